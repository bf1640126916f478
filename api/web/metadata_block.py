"""The description of a page's data in its head: one block of JSON-LD, which no text of a record can end."""

from typing import Any

from markupsafe import Markup

from api.http.formats import json_for_html
from api.v1.metadata import read_whole, write_schema_org


def write_block(payload: dict[str, Any]) -> Markup:
    """Return JSON-LD as the script element of a page's head. A page has one: some readers lose all if one is broken."""
    return Markup('<script type="application/ld+json">{}</script>').format(
        Markup(json_for_html(payload).decode().strip())
    )


def describe_database() -> Markup:
    """Return the block that describes the whole database. The snapshot of the page is open."""
    return write_block(write_schema_org(read_whole()))
