"""DCAT 3 (W3C): what catalogues of open data read."""

from collections.abc import Iterable, Mapping
from typing import Any

from api.metadata.described_data import KEYWORDS, Described, File

IANA = "https://www.iana.org/assignments/media-types/"
COUNTRIES = "http://publications.europa.eu/resource/authority/country/"
CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def write_catalogue(described: Iterable[Described], public_url: str, licence: str, contact: str) -> dict[str, Any]:
    """Return the catalogue of the instance: the compilation, its releases and the imported datasets."""
    datasets = [_write_node(each, public_url, contact) for each in described]
    return {
        "@context": CONTEXT,
        "@id": f"{public_url}/v1/catalog.jsonld",
        "@type": "dcat:Catalog",
        "dct:title": _in_english("Counterclaim"),
        "dct:description": _in_english("Who says how many: casualty claims side by side."),
        "dct:publisher": _write_agent("Counterclaim"),
        "dct:rights": licence,
        "foaf:homepage": {"@id": f"{public_url}/"},
        "dcat:service": {
            "@id": f"{public_url}/v1",
            "@type": "dcat:DataService",
            "dct:title": _in_english("The Counterclaim API"),
            "dcat:endpointURL": {"@id": f"{public_url}/v1"},
            "dcat:endpointDescription": {"@id": f"{public_url}/v1/openapi.json"},
            "dcat:servesDataset": [{"@id": dataset["@id"]} for dataset in datasets],
        },
        "dcat:dataset": datasets,
    }


def write_dataset(described: Described, public_url: str, contact: str) -> dict[str, Any]:
    """Return the `dcat:Dataset` of one dataset or release."""
    return {"@context": CONTEXT, **_write_node(described, public_url, contact)}


def _write_node(described: Described, public_url: str, contact: str) -> dict[str, Any]:
    address = public_url + described.path
    node: dict[str, Any] = {
        "@id": address,
        "@type": "dcat:Dataset",
        "dct:identifier": described.id,
        "dct:title": _in_english(described.title),
        "dct:description": _in_english(described.description),
        "dcat:version": described.version,
        "dct:modified": _write_time(described.modified),
        "dct:license": _write_licence(described),
        "dct:publisher": _write_agent(described.publisher),
        "dcat:contactPoint": _write_contact(contact),
        "dct:bibliographicCitation": described.citation,
        "dcat:keyword": [_in_english(word) for word in (*KEYWORDS, *described.conflicts[:20])],
        "dct:temporal": _write_period(described),
        "dct:spatial": [{"@id": COUNTRIES + code} for code in described.countries],
        "dct:source": {"@id": described.based_on} if described.based_on else None,
        **_write_whole(described, public_url),
        "dcat:distribution": [_write_distribution(file, described) for file in described.files],
    }
    return {name: value for name, value in node.items() if value not in (None, [])}


def _write_whole(described: Described, public_url: str) -> dict[str, Any]:
    """Return what a release is a version of, or what an imported dataset is a part of."""
    if described.part_of is None:
        return {}
    return {"dcat:isVersionOf" if described.is_release else "dct:isPartOf": {"@id": public_url + described.part_of}}


def _write_distribution(file: File, described: Described) -> dict[str, Any]:
    return {
        "@id": f"{file.address}#distribution",
        "@type": "dcat:Distribution",
        "dct:title": _in_english(file.name),
        "dcat:accessURL": {"@id": file.address},
        "dcat:downloadURL": {"@id": file.address},
        "dcat:mediaType": {"@id": IANA + file.media_type},
        "dct:license": _write_licence(described),
    }


def _write_licence(described: Described) -> dict[str, Any]:
    licence = described.licence
    if licence.address:
        return {"@id": licence.address}
    return {"@type": "dct:LicenseDocument", "dct:title": licence.name}


def _write_agent(name: str) -> dict[str, Any]:
    return {"@type": "foaf:Agent", "foaf:name": name}


def _write_contact(contact: str) -> dict[str, Any]:
    is_mail = contact.startswith("mailto:")
    return {"@type": "vcard:Kind", "vcard:hasEmail" if is_mail else "vcard:hasURL": {"@id": contact}}


def _write_period(described: Described) -> dict[str, Any] | None:
    ends = {"dcat:startDate": described.first_day, "dcat:endDate": described.last_day}
    days = {name: {"@value": day, "@type": "xsd:date"} for name, day in ends.items() if day}
    return {"@type": "dct:PeriodOfTime", **days} if days else None


def _write_time(moment: str | None) -> Mapping[str, str] | None:
    if moment is None:
        return None
    return {"@value": moment, "@type": "xsd:date" if len(moment) == 10 else "xsd:dateTime"}


def _in_english(text: str) -> dict[str, str]:
    return {"@value": text, "@language": "en"}
