"""A mapping may take over a built-in one, and use the tables of country codes that come along."""

import pathlib

import pytest

from imports.mapping_language.compile import Mapping, MappingError, load_mapping
from imports.mapping_language.shipped_tables import SHIPPED_TABLES

OWN = """\
like: iraq-body-count
dataset: {id: desk, title: Desk, publisher: Desk, licence: CC BY 4.0, citation: Desk.}
file: {header: 15}
"""


def load(folder: pathlib.Path, text: str) -> Mapping:
    path = folder / "desk.yaml"
    path.write_text(text)
    return load_mapping(str(path))


def test_a_mapping_takes_over_what_it_does_not_set(tmp_path: pathlib.Path) -> None:
    own, taken = load(tmp_path, OWN), load_mapping("iraq-body-count")
    assert own.definition["file"]["header"] == [15] and taken.definition["file"]["header"] == [12]
    assert own.definition["dataset"]["id"] == "desk" and "terms" not in own.definition["dataset"]
    assert own.definition["dates"] == taken.definition["dates"] and own.columns == taken.columns


def test_names_of_files_are_not_taken_over(tmp_path: pathlib.Path) -> None:
    own = load(tmp_path, OWN.replace("iraq-body-count", "ucdp-ged-candidate").replace("file: {header: 15}\n", ""))
    assert own.definition["chosen_for"] == [] and own.definition["vanished"] == "keep"


def test_an_unknown_mapping_to_take_over_is_refused_with_its_line(tmp_path: pathlib.Path) -> None:
    with pytest.raises(
        MappingError, match=r"desk\.yaml, line 1: like: There is no built-in mapping iraq-body-counts\."
    ):
        load(tmp_path, OWN.replace("iraq-body-count", "iraq-body-counts"))


def test_tables_of_country_codes_come_along(tmp_path: pathlib.Path) -> None:
    own = load(tmp_path, OWN + "tables: {countries: gleditsch-ward, numbers: iso-3166-numeric}\n")
    tables = own.definition["tables"]
    assert (tables["countries"]["371"], tables["numbers"]["51"]) == ("ARM", "ARM")
    assert {len(code) for table in SHIPPED_TABLES.values() for code in table().values()} == {3}


def test_a_table_that_does_not_come_along_is_refused(tmp_path: pathlib.Path) -> None:
    with pytest.raises(MappingError, match=r"desk\.yaml, line 4: tables › countries.*: No table iso2 comes along\."):
        load(tmp_path, OWN + "tables: {countries: iso2}\n")
