"""A data package (Frictionless, profile 1): a file of each table, and the `datapackage.json` that explains them."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from marshmallow import fields

from api import render
from api.export import parquet
from api.export.tables import Column, Export, Table
from schemas.fields import Word
from schemas.hxl import HXL
from schemas.vocab import Vocabulary

Members = Iterator[tuple[str, Iterator[bytes]]]
DESCRIPTION = """Casualty claims: who says how many, one table a noun. Claims are alternatives, not parts: never add
figures of different claimants, of running totals over time, or of different harms. In CSV an empty cell is null and
never zero; a text that a spreadsheet would run as a formula has an apostrophe before it, which is not part of it. Lists
are joined by `;`, and a `;` or `\\` within an entry stands behind a `\\`. Documents named keep their own licences."""
#: The nouns to which fields refer.
REFERENCES = {
    "conflict": "conflicts",
    "parent": "conflicts",
    "side": "sides",
    "subject_side": "sides",
    "responsible_side": "sides",
    "claimant": "claimants",
    "source": "sources",
    "event": "events",
    "claim": "claims",
    "target": "claims",
    "dataset": "datasets",
}


class Form(NamedTuple):
    """How a table becomes a file."""

    suffix: str
    media_type: str
    parts: Callable[[Table, bool], Iterator[bytes]]


def _csv(table: Table, hxl: bool) -> Iterator[bytes]:
    return (line.encode() for line in render.csv_lines(table.chunks(), table.layout, bom=False, hxl=hxl))


CSV = Form("csv", "text/csv", _csv)
PARQUET = Form("parquet", "application/vnd.apache.parquet", lambda table, _: parquet.parts(table))


class _Measured:
    """Size and hash of what passes through."""

    def __init__(self) -> None:
        self.size, self.hash = 0, hashlib.sha256()

    def through(self, parts: Iterable[bytes]) -> Iterator[bytes]:
        for part in parts:
            self.size += len(part)
            self.hash.update(part)
            yield part


def members(about: Mapping[str, Any], export: Export, form: Form = CSV, hxl: bool = False) -> Members:
    """The files of a package by name; each is read to its end before the next is asked for.

    The description comes last, for it tells size and hash of all others, and the datasets that were met.
    """
    resources = []
    for table in export.tables:
        measured = _Measured()
        yield f"{table.noun}.{form.suffix}", measured.through(form.parts(table, hxl))
        resources.append(_resource(table, form, measured, hxl))
    told = {**about, **_credits(about, export), "resources": resources}
    text = json.dumps(told, ensure_ascii=False, indent=1) + "\n"
    yield "datapackage.json", iter([text.encode()])


def _credits(about: Mapping[str, Any], export: Export) -> dict[str, Any]:
    """The licences of the compilation and of the datasets in it, and how these ask to be cited."""
    datasets = [dataset for chunk in export.origins.chunks() for dataset in chunk]
    licences = [_licence(dataset["licence"]) for dataset in datasets]
    sources = [
        {
            "title": f"{dataset['title']}, release {dataset['release']}. {dataset['publisher']}",
            **({"path": dataset["url"]} if dataset["url"] else {}),
            "license": dataset["licence"],
            "citation": dataset["citation"],
        }
        for dataset in datasets
    ]
    new = [licence for place, licence in enumerate(licences) if licence not in [*about["licenses"], *licences[:place]]]
    return {"licenses": [*about["licenses"], *new], "sources": sources}


def _licence(title: str) -> dict[str, str]:
    return {"name": re.sub(r"[^A-Za-z0-9._]+", "-", title).strip("-"), "title": title}


def _resource(table: Table, form: Form, measured: _Measured, hxl: bool) -> dict[str, Any]:
    """One file, and what the package says of it."""
    dialect = {"dialect": {"commentRows": [2]}} if hxl else {}  # the tags under the header are no record
    return {
        "name": table.noun,
        "profile": "tabular-data-resource",
        "path": f"{table.noun}.{form.suffix}",
        "format": form.suffix,
        "mediatype": form.media_type,
        "encoding": "utf-8",
        "bytes": measured.size,
        "hash": f"sha256:{measured.hash.hexdigest()}",
        **dialect,
        "schema": {
            "fields": [_field(column) for column in table.columns],
            "primaryKey": "id",
            "foreignKeys": list(_foreign_keys(table)),
            "missingValues": [""],
        },
    }


def _field(column: Column) -> dict[str, Any]:
    told: dict[str, Any] = {"name": column.name, "type": column.kind, "description": column.description}
    if column.name in HXL:
        told["rdfType"] = HXL[column.name]
    if column.name == "id":
        told["constraints"] = {"required": True, "unique": True}
    elif isinstance(column.field, Word) and isinstance(column.field.words, Vocabulary):
        told["constraints"] = {"enum": list(column.field.words)}
    return told


def _foreign_keys(table: Table) -> Iterator[dict[str, Any]]:
    for column in table.columns:
        name = column.name.removesuffix("_id")
        if name in REFERENCES and not isinstance(column.field, fields.List):
            noun = REFERENCES[name]
            reference = {"resource": "" if noun == table.noun else noun, "fields": "id"}
            yield {"fields": column.name, "reference": reference}


def described(title: str, revision: int, question: Mapping[str, Any], licence: str, public_url: str) -> dict[str, Any]:
    """What the package says of itself: which question it answers (everything: none), at which revision."""
    return {
        "profile": "tabular-data-package",
        "name": "counterclaim",
        "title": title,
        "description": " ".join(DESCRIPTION.split()),
        "homepage": public_url,
        "version": str(revision),
        "question": question,
        "licenses": [_licence(licence)],
        "citation": f"{title}, revision {revision}. {public_url}",
    }
