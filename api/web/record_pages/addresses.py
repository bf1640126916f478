"""Addresses of pages and of the API, relative to this host. Links of a pinned page stay at its revision."""

import urllib.parse
from collections.abc import Mapping
from typing import Any

from flask import current_app

from api.v1.shared.addresses import read_pins
from schemas.language_files import DEFAULT_LANGUAGE


def page_address(record_type: str, record_id: str, language: str = DEFAULT_LANGUAGE) -> str:
    """Return the address of the page of a record: `/claims/ganja-killed`."""
    return join_query(f"/{record_type}/{record_id}", read_pins() | _name_language(record_type, language))


def newest_page(record_type: str, record_id: str, language: str = DEFAULT_LANGUAGE) -> str:
    return join_query(f"/{record_type}/{record_id}", _name_language(record_type, language))


def _name_language(record_type: str, language: str) -> dict[str, str]:
    """Return the language of a page, which its links to claims repeat. Pages of other records are in English."""
    return {"lang": language} if record_type == "claims" and language != DEFAULT_LANGUAGE else {}


def data_address(path: str, **parameters: Any) -> str:
    """Return an address of the API: `data_address("claims", conflict="war")` → `/v1/claims?conflict=war`."""
    return join_query(f"/v1/{path}", {**parameters, **read_pins()})


def list_address(**filters: Any) -> str:
    """Return the address of the page with the claims that match the filters."""
    return join_query("/claims", {**filters, **read_pins()})


def local_address(address: str) -> str:
    """Return an address of the API as seen from this host: the public URL may have another name."""
    return address.removeprefix(current_app.config["PUBLIC_URL"])


def claims_behind(address: str) -> str:
    """Return the page with the claims behind a figure: the address of the API has the same query."""
    return local_address(address).replace("/v1/claims?", "/claims?", 1)


def public_address(path: str) -> str:
    return f"{current_app.config['PUBLIC_URL']}{path}"


def join_query(path: str, parameters: Mapping[str, Any]) -> str:
    query = urllib.parse.urlencode({name: value for name, value in parameters.items() if value is not None}, safe=",:")
    return f"{path}?{query}" if query else path
