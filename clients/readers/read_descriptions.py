"""Read what the data are with extruct, rdflib, csvw and mlcroissant. Print what each of them found."""

import json
import sys
import urllib.request
from typing import Any

import extruct
import mlcroissant
import pandas
import rdflib
from csvw import CSVW

SCHEMA, DCAT = rdflib.Namespace("https://schema.org/"), rdflib.Namespace("http://www.w3.org/ns/dcat#")
RECORDS = ("sides", "conflicts", "claimants", "sources", "events", "claims", "reports", "relations")


def fetch(address: str, accept: str = "*/*") -> bytes:
    with urllib.request.urlopen(urllib.request.Request(address, headers={"Accept": accept})) as answer:
        return bytes(answer.read())


def read_page(server: str) -> dict[str, Any]:
    """Return the name and the first file of the block of the page."""
    (block,) = extruct.extract(fetch(f"{server}/", "text/html").decode(), syntaxes=["json-ld"])["json-ld"]
    return {"name": block["name"], "file": block["distribution"][0]["contentUrl"]}


def read_graph(address: str, kind: rdflib.URIRef, file: rdflib.URIRef) -> dict[str, Any]:
    """Return the number of datasets in JSON-LD, and the addresses of their files."""
    graph = rdflib.Graph().parse(data=fetch(address), format="json-ld")
    files = sorted({str(target) for target in graph.objects(None, file) if isinstance(target, rdflib.URIRef)})
    named = [node for node in graph.subjects(rdflib.RDF.type, kind) if (node, None, None) in graph]
    return {"datasets": len(set(named)), "files": files}


def read_csv(address: str) -> dict[str, Any]:
    """Return what csvw finds by the description beside the CSV, and the types of some cells."""
    table = CSVW(address, validate=True)
    rows = list(table.t.iterdicts())
    kinds = {name: type(value).__name__ for name, value in rows[0].items()}
    return {"valid": table.is_valid, "rows": len(rows), "title": table.common_props["dc:title"], "kinds": kinds}


def read_records(server: str, release: str) -> dict[str, list[int]]:
    """Return how many records mlcroissant reads of each type, and how many cells differ from the JSON of the API."""
    dataset = mlcroissant.Dataset(f"{server}/v1/releases/{release}/croissant.json")
    found = {}
    for name in RECORDS:
        expected = json.loads(fetch(f"{server}/v1/{name}?shape=array&release={release}"))
        records = {}
        for record in dataset.records(name):
            cells = {field.partition("/")[2]: write_cell(value) for field, value in record.items()}
            records[cells["id"]] = cells
        different = [
            (field, records[record["id"]][field], value)
            for record in expected
            for field, value in record.items()
            if not isinstance(value, list | dict) and records[record["id"]].get(field) != value
        ]
        found[name] = [len(records), len(different)]
    return found


def write_cell(value: Any) -> Any:
    """Return a value of mlcroissant as JSON of the API has it."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, pandas.Timestamp):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ") if value.tzinfo else value.strftime("%Y-%m-%d")
    return None if pandas.isna(value) else value


def main(server: str, release: str) -> None:
    found = {
        "page": read_page(server),
        "schema.org": read_graph(f"{server}/v1/metadata.jsonld", SCHEMA.Dataset, SCHEMA.contentUrl),
        "dcat": read_graph(f"{server}/v1/catalog.jsonld", DCAT.Dataset, DCAT.downloadURL),
        "csv": read_csv(f"{server}/v1/claims.csv?harm=killed"),
        "tsv": read_csv(f"{server}/v1/events.tsv"),
        "statistic": read_csv(f"{server}/v1/statistics/casualties.csv?conflict=nagorno-karabakh-2020"),
        "croissant": read_records(server, release),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:3])
