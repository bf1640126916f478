"""schema.org: what search engines for datasets read. One block, absolute addresses, no context to fetch."""

from collections.abc import Mapping
from typing import Any

from api.metadata.described_data import KEYWORDS, METHOD, VARIABLES, Described, File, write_interval

#: `@vocab` in place of "https://schema.org", which some readers would fetch.
CONTEXT = {
    "@vocab": "https://schema.org/",
    "@language": "en",
    **{name: {"@type": "@id"} for name in ("url", "contentUrl", "sameAs", "isBasedOn", "usageInfo")},
}


def write_dataset(described: Described, public_url: str, contact: str) -> dict[str, Any]:
    """Return the `Dataset` of schema.org as JSON-LD."""
    address = public_url + described.path
    whole = {"isPartOf": {"@type": "Dataset", "@id": public_url + described.part_of}} if described.part_of else {}
    return _drop_empty(
        {
            "@context": CONTEXT,
            "@type": "Dataset",
            "@id": address,
            "url": address,
            "identifier": described.id,
            "name": described.title,
            "description": described.description,
            "version": described.version,
            "dateModified": described.modified,
            "license": _write_licence(described),
            "creator": _write_organization(described.publisher),
            "publisher": _write_publisher(public_url, contact),
            "citation": described.citation,
            "creditText": described.citation,
            "keywords": [*KEYWORDS, *described.conflicts[:20]],
            "temporalCoverage": write_interval(described.first_day, described.last_day),
            "spatialCoverage": [{"@type": "Country", "identifier": code} for code in described.countries],
            "variableMeasured": [
                {"@type": "PropertyValue", "name": name, "description": text} for name, text in VARIABLES.items()
            ],
            "measurementTechnique": METHOD,
            "isAccessibleForFree": True,
            "isBasedOn": described.based_on,
            "usageInfo": f"{public_url}/v1/methodology",
            "includedInDataCatalog": {
                "@type": "DataCatalog",
                "name": "Counterclaim",
                "url": f"{public_url}/v1/catalog.jsonld",
            },
            **whole,
            "distribution": [_write_download(file) for file in described.files],
        }
    )


def _write_licence(described: Described) -> dict[str, Any]:
    licence = described.licence
    return _drop_empty({"@type": "CreativeWork", "name": licence.name, "url": licence.address})


def _write_organization(name: str) -> dict[str, Any]:
    return {"@type": "Organization", "name": name}


def _write_publisher(public_url: str, contact: str) -> dict[str, Any]:
    point = {"@type": "ContactPoint", "contactType": "corrections"}
    place = {"email": contact.removeprefix("mailto:")} if contact.startswith("mailto:") else {"url": contact}
    return {
        "@type": "Organization",
        "name": "Counterclaim",
        "url": f"{public_url}/",
        "contactPoint": {**point, **place},
    }


def _write_download(file: File) -> dict[str, Any]:
    return {
        "@type": "DataDownload",
        "name": file.name,
        "encodingFormat": file.media_type,
        "contentUrl": file.address,
    }


def _drop_empty(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return the node without what is not known."""
    return {name: value for name, value in node.items() if value is not None and value != [] and value != ""}
