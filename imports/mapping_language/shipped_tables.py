"""The tables that come along, so that a mapping can use the codes of countries by name: `countries: gleditsch-ward`."""

import pathlib
from collections.abc import Callable, Mapping
from typing import Any

import pycountry

from imports.mapping_language import yaml_lines

FOLDER = pathlib.Path(__file__).parents[1] / "tables"


def _read_table(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml_lines.read((FOLDER / f"{name}.yaml").read_text(encoding="utf-8")).content
    return content


def _list_numeric_codes() -> dict[str, str]:
    """Return the country codes of ISO 3166-1 by its numbers, which files write without leading zeros: 51 → ARM."""
    return {str(int(country.numeric)): country.alpha_3 for country in pycountry.countries}


SHIPPED_TABLES: Mapping[str, Callable[[], dict[str, Any]]] = {
    "gleditsch-ward": lambda: _read_table("gleditsch-ward"),
    "iso-3166-numeric": _list_numeric_codes,
}


def insert_tables(content: Any) -> None:
    """Replace the names of shipped tables in `tables` of a mapping, as YAML has it, by these tables. In place."""
    tables = content.get("tables") if isinstance(content, dict) else None
    if isinstance(tables, dict):
        tables |= {name: SHIPPED_TABLES[table]() for name, table in tables.items() if table in tuple(SHIPPED_TABLES)}
