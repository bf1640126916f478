"""Data packages: everything, or what answers a question, as a CSV per noun with a `datapackage.json` that explains it.

The columns are those of the CSV answers without revisions and timestamps of records, so that what is exported, imported
into an empty database and exported again is the same to the byte.
"""

import hashlib
import json
import os
import pathlib
import shutil
from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema, fields

from api import render
from api.codebook import NOUNS
from api.queries import claimants, claims, conflicts, events, relations, reports, select, sides, sources
from api.queries.select import Bound, Listing
from schemas.fields import Degrees
from schemas.hxl import HXL

LISTINGS: tuple[Listing, ...] = (
    conflicts.LISTING,
    sides.LISTING,
    claimants.LISTING,
    sources.LISTING,
    events.LISTING,
    claims.LISTING,
    reports.LISTING,
    relations.LISTING,
)
NOT_EXPORTED = frozenset({"revision", "created_at", "updated_at"})
#: What answers add to a record from others: an import would refuse it.
DERIVED = {
    "claims": frozenset({"claimant_side", "sources", "event_date", "place", "country", "latitude", "longitude"}),
    "reports": frozenset({"url", "claimant", "subject_side", "measure", "stated_on"}),
}


def write(folder: pathlib.Path, about: Mapping[str, Any], bounds: Mapping[str, Bound], hxl: bool = False) -> None:
    """Write the package into `folder`, which must not exist: it is there whole or not at all."""
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    resources = [_resource(unfinished, asked, bounds.get(asked.name, {}), hxl) for asked in LISTINGS]
    text = json.dumps({**about, "resources": resources}, ensure_ascii=False, indent=1) + "\n"
    _write_through(unfinished / "datapackage.json", [text])
    os.rename(unfinished, folder)


def _resource(folder: pathlib.Path, asked: Listing, bound: Bound, hxl: bool) -> dict[str, Any]:
    """One CSV, and what the package says of it."""
    schema = NOUNS[asked.name]()
    names = exported(asked)
    columns = render.layout(schema, names)
    path = folder / f"{asked.name}.csv"
    _write_through(path, render.csv_lines(select.every(asked, bound, fields=names), columns, bom=False, hxl=hxl))
    data = path.read_bytes()
    return {
        "name": asked.name,
        "profile": "tabular-data-resource",
        "path": path.name,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(data),
        "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
        "schema": {"fields": list(_fields(schema, names)), "primaryKey": "id", "missingValues": [""]},
    }


def exported(asked: Listing) -> tuple[str, ...]:
    """The fields of a noun that a package holds."""
    left_out = NOT_EXPORTED | DERIVED.get(asked.name, frozenset())
    return tuple(name for name in asked.columns if name not in left_out)


def _fields(schema: Schema, names: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for name in names:
        field = schema.fields[name]
        for column in render.layout(schema, [name]).header:
            told = {"name": column, "type": _type(field), "description": field.metadata["description"]}
            yield told | ({"rdfType": HXL[column]} if column in HXL else {})


def _type(field: fields.Field[Any]) -> str:
    if isinstance(field, Degrees):
        return "number"
    return "integer" if isinstance(field, fields.Integer) else "string"


def _write_through(path: pathlib.Path, parts: Any) -> None:
    """Written and on the disk before anything says that it is."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        for part in parts:
            file.write(part)
        file.flush()
        os.fsync(file.fileno())


def described(title: str, revision: int, licence: str, public_url: str) -> dict[str, Any]:
    """What the package says of itself."""
    return {
        "profile": "tabular-data-package",
        "name": "counterclaim",
        "title": title,
        "homepage": public_url,
        "version": str(revision),
        "licenses": [{"name": licence.replace(" ", "-"), "title": licence}],
    }
