"""A data package (Frictionless, profile 1): one file for each table, and `datapackage.json`, which describes them."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from marshmallow import fields

from api.export.csv_rows import DIALECTS, write_csv
from api.export.parquet import write_parquet
from api.export.tables import Column, Export, Table
from api.http import formats
from schemas.fields import Word
from schemas.imports.hxl import HXL
from schemas.vocabularies import Vocabulary

Members = Iterator[tuple[str, Iterator[bytes]]]
DESCRIPTION = """Casualty claims: who says how many, one table per record type. Claims are alternatives, not parts.
Never add figures of different claimants, of running totals over time, or of different harms. In CSV an empty cell is
null, never zero. A text that a spreadsheet would run as a formula has an apostrophe before it, which is not part of it.
Lists are joined by `;`, and a `;` or `\\` within an entry has a `\\` before it. Documents keep their own licences."""
#: The record type that each field refers to.
REFERENCES = {
    "conflict": "conflicts",
    "parent": "conflicts",
    "side": "sides",
    "affiliation": "sides",
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


def _csv_lines(table: Table, hxl: bool) -> Iterator[bytes]:
    lines = write_csv(table.texts(DIALECTS["csv"]), formats.csv_header(table.layout, bom=False, hxl=hxl))
    return (line.encode() for line in lines)


def _write_parquet(table: Table) -> Iterator[bytes]:
    descriptions = {column.name: column.description for column in table.columns}
    return write_parquet(table.layout, table.texts(DIALECTS["parquet"]), {"columns": descriptions})


CSV = Form("csv", "text/csv", _csv_lines)
PARQUET = Form("parquet", formats.MEDIA_TYPES["parquet"], lambda table, _: _write_parquet(table))


class _SizeAndHash:
    """The size and hash of the bytes that pass through."""

    def __init__(self) -> None:
        self.size, self.hash = 0, hashlib.sha256()

    def pass_through(self, parts: Iterable[bytes]) -> Iterator[bytes]:
        for part in parts:
            self.size += len(part)
            self.hash.update(part)
            yield part


def members(description: Mapping[str, Any], export: Export, form: Form = CSV, hxl: bool = False) -> Members:
    """Yield the files of a package, `(name, parts)`. The caller must read each to its end before the next.

    The description comes last, because it has the sizes and hashes of the others, and the datasets of their records.
    """
    resources = []
    for table in export.tables:
        measured = _SizeAndHash()
        yield f"{table.record_type}.{form.suffix}", measured.pass_through(form.parts(table, hxl))
        resources.append(_describe_resource(table, form, measured, hxl))
    package = {**description, **_credit_datasets(description, export), "resources": resources}
    text = json.dumps(package, ensure_ascii=False, indent=1) + "\n"
    yield "datapackage.json", iter([text.encode()])


def _credit_datasets(description: Mapping[str, Any], export: Export) -> dict[str, Any]:
    """Return the licences of the compilation and of its datasets, and the citations of the datasets."""
    datasets = [dataset for chunk in export.origins.read_chunks() for dataset in chunk]
    licences = [_licence_entry(dataset["licence"]) for dataset in datasets]
    sources = [
        {
            "title": f"{dataset['title']}, release {dataset['release']}. {dataset['publisher']}",
            **({"path": dataset["url"]} if dataset["url"] else {}),
            "license": dataset["licence"],
            "citation": dataset["citation"],
        }
        for dataset in datasets
    ]
    new = [
        licence
        for place, licence in enumerate(licences)
        if licence not in [*description["licenses"], *licences[:place]]
    ]
    return {"licenses": [*description["licenses"], *new], "sources": sources}


def _licence_entry(title: str) -> dict[str, str]:
    return {"name": re.sub(r"[^A-Za-z0-9._]+", "-", title).strip("-"), "title": title}


def _describe_resource(table: Table, form: Form, measured: _SizeAndHash, hxl: bool) -> dict[str, Any]:
    """Return the description of one file."""
    dialect = {"dialect": {"commentRows": [2]}} if hxl else {}  # the row of tags under the header is no record
    foreign_keys = list(_foreign_keys(table))
    return {
        "name": table.record_type,
        "profile": "tabular-data-resource",
        "path": f"{table.record_type}.{form.suffix}",
        "format": form.suffix,
        "mediatype": form.media_type,
        "encoding": "utf-8",
        "bytes": measured.size,
        "hash": f"sha256:{measured.hash.hexdigest()}",
        **dialect,
        "schema": {
            "fields": [_describe_field(column) for column in table.columns],
            "primaryKey": "id",
            **({"foreignKeys": foreign_keys} if foreign_keys else {}),  # the profile refuses an empty list
            "missingValues": [""],
        },
    }


def _describe_field(column: Column) -> dict[str, Any]:
    descriptor: dict[str, Any] = {"name": column.name, "type": column.kind, "description": column.description}
    if column.name in HXL:
        descriptor["rdfType"] = HXL[column.name]
    if column.name == "id":
        descriptor["constraints"] = {"required": True, "unique": True}
    elif isinstance(column.field, Word) and isinstance(column.field.words, Vocabulary):
        descriptor["constraints"] = {"enum": list(column.field.words)}
    return descriptor


def _foreign_keys(table: Table) -> Iterator[dict[str, Any]]:
    for column in table.columns:
        name = column.name.removesuffix("_id")
        if name in REFERENCES and not isinstance(column.field, fields.List):
            record_type = REFERENCES[name]
            reference = {"resource": "" if record_type == table.record_type else record_type, "fields": "id"}
            yield {"fields": column.name, "reference": reference}


def describe_package(
    title: str, revision: int, question: Mapping[str, Any], licence: str, public_url: str
) -> dict[str, Any]:
    """Return the description of a package: its question (empty: everything), its revision and its licence."""
    return {
        "profile": "tabular-data-package",
        "name": "counterclaim",
        "title": title,
        "description": " ".join(DESCRIPTION.split()),
        "homepage": public_url,
        "version": str(revision),
        "question": question,
        "licenses": [_licence_entry(licence)],
        "citation": f"{title}, revision {revision}. {public_url}",
    }
