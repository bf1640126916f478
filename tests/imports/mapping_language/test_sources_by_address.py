"""Fault I18: the ids of sources that a mapping makes of their addresses."""

import pathlib

from flask import Flask

from tests.imports.cli.test_import_files import MAPPING, claim, run


def test_addresses_that_differ_by_a_capital_letter_are_two_sources(empty: Flask, tmp_path: pathlib.Path) -> None:
    text = MAPPING.replace(
        "records:\n", 'records:\n  - source: {id: "{about}", publisher: unknown, url: "{about}"}\n', 1
    )
    text = text.replace(', qualifier: {column: about, table: {"": exact, x: about}}', "")
    (tmp_path / "desk.yaml").write_text(text.replace("{source: desk-sheet}", '{source: "{about}"}'))
    (tmp_path / "sheet.csv").write_text(
        "no,day,place,harm,toll,about\n1,1/2/2020,North,dead,3,https://bit.ly/aBc\n"
        "2,2/2/2020,South,dead,5,https://bit.ly/AbC\n3,2/2/2020,East,dead,7,https://Bit.ly/AbC\n"
    )
    told = run(tmp_path)
    assert told.exit_code == 1 and "row 4" in told.output  # one source, of which two rows give different addresses
    rows = (tmp_path / "sheet.csv").read_text().replace("Bit", "bit")
    (tmp_path / "sheet.csv").write_text(rows)
    told = run(tmp_path)
    assert told.exit_code == 0, told.output
    sources = [claim(empty, f"desk-{n}")["reports"][0]["source"]["id"] for n in (1, 2, 3)]
    addresses = [empty.test_client().get(f"/v1/sources/{slug}").json["data"]["url"] for slug in sources]
    assert addresses == ["https://bit.ly/aBc", "https://bit.ly/AbC", "https://bit.ly/AbC"]
