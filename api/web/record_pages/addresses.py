"""Addresses of pages and of the API, relative to this host. Links keep the revision and the language of their page."""

import urllib.parse
from collections.abc import Mapping
from typing import Any

from flask import current_app

from api.http.reader_language import PARAMETER, read_language_choice
from api.v1.shared.addresses import read_pins
from schemas.language_files import DEFAULT_LANGUAGE, LANGUAGES


def page_address(record_type: str, record_id: str) -> str:
    """Return the address of the page of a record: `/claims/ganja-killed`."""
    return join_query(f"/{record_type}/{record_id}", read_pins() | read_language_choice())


def newest_page(record_type: str, record_id: str) -> str:
    return join_query(f"/{record_type}/{record_id}", read_language_choice())


def explorer_address(**state: str | None) -> str:
    """Return the address of a state of the explorer: `/?conflict=war`."""
    return join_query("/", {**state, **read_pins(), **read_language_choice()})


def list_translations(path: str) -> dict[str, str]:
    """Return the public address of a page in each language, and as `x-default` the one for readers of any language."""
    plain = public_address(path)
    others = [language for language in LANGUAGES if language != DEFAULT_LANGUAGE]
    return {
        DEFAULT_LANGUAGE: plain,
        **{language: join_query(plain, {PARAMETER: language}) for language in others},
        "x-default": plain,
    }


def data_address(path: str, **parameters: Any) -> str:
    """Return an address of the API: `data_address("claims", conflict="war")` → `/v1/claims?conflict=war`."""
    return join_query(f"/v1/{path}", {**parameters, **read_pins()})


def list_address(**filters: Any) -> str:
    """Return the address of the page with the claims that match the filters."""
    return join_query("/claims", {**filters, **read_pins(), **read_language_choice()})


def local_address(address: str) -> str:
    """Return an address of the API as seen from this host: the public URL may have another name."""
    return address.removeprefix(current_app.config["PUBLIC_URL"])


def claims_behind(address: str) -> str:
    """Return the page with the claims behind a figure: the address of the API has the same query."""
    path, _, query = local_address(address).partition("?")
    chosen = urllib.parse.urlencode(read_language_choice())
    return f"{path.replace('/v1/claims', '/claims', 1)}?" + "&".join(filter(None, (query, chosen)))


def public_address(path: str) -> str:
    return f"{current_app.config['PUBLIC_URL']}{path}"


def join_query(path: str, parameters: Mapping[str, Any]) -> str:
    query = urllib.parse.urlencode({name: value for name, value in parameters.items() if value is not None}, safe=",:")
    return f"{path}?{query}" if query else path
