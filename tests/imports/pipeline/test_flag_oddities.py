"""Official data that is odd but true: an import flags it, where an editor must set the flag."""

import pathlib

from flask import Flask

from tests.imports.cli.test_import_files import MAPPING, claim, lines, run
from tests.support import imported

#: Makes a claim from each row, stated on the day in the second column.
DATED = MAPPING.replace("      harm:", '      stated: {column: said, date: "%d/%m/%Y"}\n      harm:')
ROWS = "no,day,said,place,harm,toll,about\n1,5/2/2020,4/2/2020,North,dead,3,\n2,5/2/2020,1/2/2020,South,hurt,12,x\n"


def test_an_import_flags_a_statement_before_its_event(empty: Flask, tmp_path: pathlib.Path) -> None:
    """The event of the second row begins four days after the statement. A later dataset release corrects the day."""
    (tmp_path / "desk.yaml").write_text(DATED)
    (tmp_path / "sheet.csv").write_text(ROWS)
    told = run(tmp_path)
    assert told.exit_code == 0, told.output
    assert [claim(empty, f"desk-{n}")["flags"] for n in (1, 2)] == [[], ["stated_early"]]
    assert "Nothing changed" in run(tmp_path).output
    (tmp_path / "sheet.csv").write_text(
        ROWS.replace("2,5/2/2020,1/2", "2,1/2/2020,1/2").replace("4/2/2020", "1/2/2020")
    )
    counts = imported.counted(run(tmp_path, "--release", "2").output)
    assert counts["claims"] == {"revised": 2}
    assert [claim(empty, f"desk-{n}")["flags"] for n in (1, 2)] == [["stated_early"], []]


def test_an_import_refuses_a_row_about_a_side_that_is_no_party(empty: Flask, tmp_path: pathlib.Path) -> None:
    """The mapping may set the flag for such a row."""
    wrong = MAPPING.replace("  - conflict:", "  - side: {id: beta, name: Beta}\n  - conflict:")
    wrong = wrong.replace("subject_side: alpha", "subject_side: beta")
    (tmp_path / "desk.yaml").write_text(wrong)
    (tmp_path / "sheet.csv").write_text("no,day,place,harm,toll,about\n1,1/2/2020,North,dead,3,\n")
    assert run(tmp_path).exit_code == 1
    (line,) = lines(tmp_path)
    assert (line["row"], line["field"], line["found"]) == ("2", "subject_side", "beta")
    assert line["allowed"].startswith("beta is not a party to war, whose sides are alpha.")
    (tmp_path / "desk.yaml").write_text(wrong.replace("      harm:", "      flags: [not_a_party]\n      harm:"))
    assert run(tmp_path).exit_code == 0
    assert claim(empty, "desk-1")["flags"] == ["not_a_party"]
