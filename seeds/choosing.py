"""Which mapping: the one that is named, or that the first table asks for by its columns or its HXL hashtags."""

import pathlib
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from seeds.hxl import hashtags
from seeds.hxl import mapping as hxl
from seeds.language import load
from seeds.language.load import Wrong
from seeds.readers.open import tables
from seeds.readers.tables import LOOKED, Table
from seeds.reading import matching


class Chosen(NamedTuple):
    mapping: load.Mapping
    told: tuple[str, ...]  # what was understood, line by line


def chosen(files: Sequence[pathlib.Path], name: str | None, settings: Mapping[str, str]) -> Chosen:
    """Raises `Wrong`."""
    if name and name != hxl.NAME:
        if settings:
            raise Wrong(f"--set goes with HXL hashtags; what the mapping {name} leaves open is told in itself.")
        return Chosen(load.load(name), ())
    table = next(tables(files[0], {}, lambda read: None))
    fitting = [] if name or settings else list(_fitting(table))
    if table.tags and not fitting:
        return Chosen(hxl.mapping(table, settings), tuple(hashtags.told(table)))
    if name or settings:
        raise Wrong(f"{table.name} has no row of HXL hashtags among its first {LOOKED} rows.")
    return Chosen(_only(fitting, table.name), ())


def _fitting(table: Table) -> Iterator[load.Mapping]:
    """The shipped mappings all of whose columns the table has."""
    return (found for found in map(load.load, load.shipped()) if matching(found, table.columns or ()))


def _only(fitting: list[load.Mapping], table: str) -> load.Mapping:
    if len(fitting) == 1:
        return fitting[0]
    names = ", ".join(found.name for found in fitting) or "none"
    raise Wrong(
        f"Which mapping? Say --mapping; {names} fits the columns of {table}. Shipped: {', '.join(load.shipped())}."
    )


def settings(given: Sequence[str]) -> dict[str, str]:
    """`NAME=VALUE`, each. Raises `Wrong` for what is not written so."""
    split = [text.partition("=") for text in given]
    if wrong := next(
        (text for text, (name, _, value) in zip(given, split, strict=True) if not name or not value), None
    ):
        raise Wrong(f"--set {wrong}: must be NAME=VALUE.")
    return {name: value for name, _, value in split}
