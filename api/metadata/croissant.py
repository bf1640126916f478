"""Croissant 1.0 (MLCommons): the Parquet files of a release, with their checksums, for machine learning.

Readers of Croissant guess the types of CSV: `007` becomes 7, `NA` becomes null. In Parquet each column has its type.
Every day in it is a whole day, so a reader has nothing to fill in. Fields name no references: mlcroissant 1.1.1 would
join the tables, and then reads none.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from api.http.formats import Layout
from api.metadata.described_data import KEYWORDS, Described

CONFORMS_TO = "http://mlcommons.org/croissant/1.0"
PARQUET = "application/x-parquet"  # readers of Croissant know no other name
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
DATA_TYPES = {
    "integer": "sc:Integer",
    "number": "sc:Float",
    "boolean": "sc:Boolean",
    "day": "sc:Date",
    "time": "sc:DateTime",
}


class Table(NamedTuple):
    """A Parquet file of a release. `address` always has these bytes."""

    name: str
    address: str
    sha256: str
    size: int
    layout: Layout


def write_release(described: Described, tables: Sequence[Table], public_url: str) -> dict[str, Any]:
    """Return the description of a release with its files and their columns."""
    licence = described.licence
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": described.id,
        "alternateName": described.title,
        "description": described.description,
        "url": public_url + described.path,
        "version": _write_version(described.version),
        "datePublished": described.modified,
        "license": licence.address or licence.name,
        "citeAs": described.citation,
        "creator": {"@type": "Organization", "name": described.publisher, "url": f"{public_url}/"},
        "publisher": {"@type": "Organization", "name": described.publisher, "url": f"{public_url}/"},
        "keywords": list(KEYWORDS),
        "isLiveDataset": False,
        "distribution": [_write_file(table) for table in tables],
        "recordSet": [_write_records(table) for table in tables],
    }


def _write_version(name: str) -> str:
    """Return the name of a release as a version of three numbers: `2026-1` → `2026.1.0`. Readers expect one."""
    numbers = [str(int(part)) for part in name.replace(".", "-").split("-") if part.isascii() and part.isdigit()]
    return ".".join([*numbers, "0", "0", "0"][:3])


def _write_file(table: Table) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": f"{table.name}.parquet",
        "name": f"{table.name}.parquet",
        "contentUrl": table.address,
        "contentSize": f"{table.size} B",
        "encodingFormat": PARQUET,
        "sha256": table.sha256,
    }


def _write_records(table: Table) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "key": {"@id": f"{table.name}/id"},
        "field": [_write_field(table, column) for column in table.layout.header],
    }


def _write_field(table: Table, column: str) -> Mapping[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"{table.name}/{column}",
        "name": f"{table.name}/{column}",
        "description": table.layout.descriptions.get(column, ""),
        "dataType": DATA_TYPES.get(table.layout.kinds.get(column, ""), "sc:Text"),
        "source": {"fileObject": {"@id": f"{table.name}.parquet"}, "extract": {"column": column}},
    }
