"""Choose the mapping: the one that is named, or the one that fits the first table's columns or HXL hashtags."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from imports.hxl import hashtags, tag_mapping
from imports.mapping_language import compile as mappings
from imports.mapping_language.compile import MappingError
from imports.packages import claims_alone, native_rows
from imports.pipeline.fitting_mappings import find_fitting
from imports.readers.detect_format import read_tables
from imports.readers.headers import SEARCHED_ROWS
from imports.readers.tables import Table, find_malformed_tag

OWN, OWN_CLAIMS = "plain", "plain-claims"


class ChosenMapping(NamedTuple):
    mapping: mappings.Mapping
    notes: tuple[str, ...]  # the meaning of hashtags, line by line


def choose_mapping(
    files: Sequence[pathlib.Path], name: str | None, settings: Mapping[str, str], with_database: bool = True
) -> ChosenMapping:
    """Return the mapping for the files. Raise `MappingError` if none or several fit.

    `with_database`: also check the settings against the records in it.
    """
    if name and name != tag_mapping.NAME:
        if settings:
            raise MappingError(f"--set works only with HXL hashtags. Edit the mapping {name} instead.")
        return ChosenMapping(mappings.load_mapping(name), ())
    table = next(read_tables(files[0], {}, lambda read: None))
    fitting = [] if name or settings else find_fitting(files[0], table)
    if table.tags and not settings and claims_alone.is_list_of_claims(table):
        return ChosenMapping(
            mappings.load_mapping(OWN_CLAIMS), (f"{table.name} has the columns of a list of claims from Counterclaim.",)
        )
    if table.tags and not fitting:
        mapping = tag_mapping.build_mapping(table, settings, with_database)
        notes = (*tag_mapping.describe_key(mapping), *tag_mapping.describe_language(mapping))
        return ChosenMapping(mapping, (*hashtags.describe_hashtags(table), *notes))
    if malformed := None if fitting else find_malformed_tag(table.first):
        row, cell = malformed
        raise MappingError(
            f"{table.title}, row {row}: {cell!r} is no HXL hashtag. Write # and a word, then + and a word for each "
            "attribute, such as #affected+killed; leave the cell empty if the column has no hashtag."
        )
    if name or settings:
        raise MappingError(f"{table.name} has no row of HXL hashtags in its first {SEARCHED_ROWS} rows.")
    return ChosenMapping(_require_single(fitting, table), ())


def _require_single(fitting: list[mappings.Mapping], table: Table) -> mappings.Mapping:
    """Return the only one. Raise `MappingError` for none or several, which also names those for our own columns.

    Raise it too for data with terms, so that nobody serves them without a decision.
    """
    if len(fitting) == 1:
        if terms := fitting[0].definition["dataset"].get("terms"):
            raise MappingError(
                f"The columns of {table.name} are those of {fitting[0].name}. {terms} "
                f"If you may import them, give --mapping {fitting[0].name}"
            )
        return fitting[0]
    names = [mapping.name for mapping in fitting]
    names += [OWN] if native_rows.has_own_columns(table) else []
    names += [OWN_CLAIMS] if claims_alone.is_list_of_claims(table) else []
    raise MappingError(
        f"Give --mapping. Built-in mappings that fit the columns of {table.name}: {', '.join(names) or 'none'}. "
        "All built-in mappings: "
        f"{', '.join(mappings.list_built_in())}."
    )


def parse_settings(texts: Sequence[str]) -> dict[str, str]:
    """Parse texts `NAME=VALUE` into a dict. Raise `MappingError` for any other text."""
    split = [text.partition("=") for text in texts]
    if malformed := next(
        (text for text, (name, _, value) in zip(texts, split, strict=True) if not name or not value), None
    ):
        raise MappingError(f"--set {malformed}: write NAME=VALUE.")
    return {name: value for name, _, value in split}
