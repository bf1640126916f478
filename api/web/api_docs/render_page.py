"""The documentation page, rendered once for a process and language: nothing on it changes while the process runs.

Its frame is in the language of the reader. What the OpenAPI document says is in English, and marked so.
"""

import re
from collections.abc import Mapping
from typing import Any

from flask import current_app, render_template
from markupsafe import Markup, escape

from api.http.problems import ApiProblem
from api.web import statics
from api.web.api_docs import operations, record_schemas
from schemas.language_files import LANGUAGES, load_language

CODE = re.compile(r"`([^`]+)`")
STORED_PAGES = "counterclaim-docs-pages"
#: The parameter of the page that names an operation. No parameter of the API has capital letters.
OPERATION = "operationId"


def render_page(language: str) -> str:
    """Return the page as HTML."""
    pages: dict[str, str] = current_app.extensions.setdefault(STORED_PAGES, {})
    if language not in pages:
        values = _describe_api() | {
            "language": language,
            "direction": load_language(language).direction,
            "languages": {tag: load_language(tag).name for tag in LANGUAGES},
        }
        pages[language] = render_template("docs.html", static=statics.versioned_address, **values)
    return pages[language]


def _describe_api() -> dict[str, Any]:
    document = current_app.extensions["counterclaim-openapi"].to_dict()
    groups = operations.describe_operations(document)
    return {
        "info": document["info"],
        "tags": [(tag, groups[tag["name"]]) for tag in document["tags"] if tag["name"] in groups],
        "count": sum(map(len, groups.values())),
        "tables": record_schemas.list_tables(document),
        "word_lists": record_schemas.list_word_lists(document),
        "long_lists": record_schemas.list_long_lists(document),
        "formats": record_schemas.list_formats(document),
        "problems": record_schemas.list_problems(),
        "prose": mark_code,
        "config": current_app.config,
    }


def mark_code(text: str) -> Markup:
    """Return a description as HTML. Words between backticks are code."""
    return Markup(CODE.sub(r"<code>\1</code>", str(escape(text))))


def find_address(arguments: Mapping[str, str]) -> str:
    """Return the address that a form of the page asks for. Raises the problem not-found, or bad-query."""
    document = current_app.extensions["counterclaim-openapi"].to_dict()
    groups = operations.describe_operations(document)
    named = {operation.id: operation for group in groups.values() for operation in group}
    operation = named.get(arguments[OPERATION])
    if operation is None or not operation.has_form:
        raise ApiProblem("not-found", f"{arguments[OPERATION]} is not an operation with a form. /v1/docs lists them.")
    values = {name: value for name, value in arguments.items() if name != OPERATION and value}
    for parameter in operation.parameters:
        if parameter.place == "path" and parameter.name not in values:
            raise ApiProblem("bad-query", f"The address {operation.path} needs {parameter.name}. Fill it in.")
    return operations.build_address(operation.path, operation.parameters, values)
