"""Every data set comes again in nasty orders: twice, with its rows reversed, by half, and whole again.

The claims are then those of the first import. That their sums are those of the files is in the tests of each data set.
"""

import csv
import io
import json
import pathlib
import re

import pytest

from tests.conftest import Databases, make_app
from tests.support import ged
from tests.support.imported import Imported, counted, files_of, run

#: The file of each mapping, and the number of its lines that stay on top.
FILES = {
    "economist-meduza-2024": ("economist-soldier-losses/meduza_2024.csv", 1),
    "economist-meduza-2025": ("economist-soldier-losses/meduza_2025_weekly.csv", 1),
    "economist-meduza-2026": ("economist-soldier-losses/meduza_2026_weekly.csv", 1),
    "economist-raw-estimates": ("economist-soldier-losses/raw_estimates.csv", 1),
    "economist-soldier-losses": ("economist-soldier-losses/estimates.csv", 1),
    "economist-uk-mod-monthly": ("economist-soldier-losses/uk-mod-monthly.csv", 1),
    "palestine-gaza-daily": ("palestine-datasets/casualties_daily.json", 0),
    "palestine-lebanon-daily": ("palestine-datasets/lebanon_casualties_daily.json", 0),
    "palestine-west-bank-daily": ("palestine-datasets/west_bank_daily.json", 0),
    "ucdp-conflict-totals": ("ucdp-ged-sample/conflicts_summary.json", 0),
    "ucdp-country-year": ("ucdp-country-year/organizedviolencecy_v25_1.csv", 1),
    "ucdp-ged": ("ucdp-ged-ukraine/conflict_data_ukr.v3-to2021.csv", 2),
    "ucdp-ged-sample": ("ucdp-ged-sample/events_sample.json", 0),
    "ukraine-russian-losses": ("russia-losses-daily/russia_losses_personnel.json", 0),
}


def reordered(path: pathlib.Path, top: int, half: bool) -> str:
    """Return the content of a file with its rows reversed, or with the first half of them."""
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".json":
        rows = json.loads(text)
        return json.dumps(rows[: len(rows) // 2] if half else rows[::-1])
    head, lines = [], list(csv.reader(io.StringIO(text)))
    head, lines = lines[:top], lines[top:]
    written = io.StringIO()
    csv.writer(written).writerows([*head, *(lines[: len(lines) // 2] if half else lines[::-1])])
    return written.getvalue()


def standing(app: Imported) -> list[tuple[object, ...]]:
    rows = app.claims("status=active&fields=id,claimant,subject_side,harm,measure,stated_on,value,low,best,high")
    return sorted(tuple(row.values()) for row in rows)


each_size = pytest.mark.parametrize(
    "size", ["sample", pytest.param("release", marks=[pytest.mark.data, pytest.mark.night])]
)


@each_size
@pytest.mark.parametrize("mapping", FILES)
def test_a_data_set_that_comes_in_a_nasty_order_ends_as_it_began(
    databases: Databases, engine: str, tmp_path: pathlib.Path, mapping: str, size: str
) -> None:
    name, top = FILES[mapping]
    path = files_of(name.split("/")[0], size) / name.split("/")[1]
    loaded = Imported(make_app(databases.upgraded(engine), databases.folder), path.parent, size == "release", "")
    changed = tmp_path / path.name

    def imported(file: pathlib.Path, *options: object) -> str:
        told = run(file, "--mapping", mapping, "--report", tmp_path / "report.csv", *options)
        if told.exit_code and (allowed := re.search("give --vanished ([0-9]+)", told.output)):
            return imported(file, "--vanished", allowed[1])
        assert told.exit_code == 0, told.output
        return told.output

    imported(path)
    whole = standing(loaded)
    assert whole and "Nothing changed: no new revision." in imported(path)
    changed.write_text(reordered(path, top, half=False), encoding="utf-8")
    imported(changed)
    assert standing(loaded) == whole
    changed.write_text(reordered(path, top, half=True), encoding="utf-8")
    assert counted(imported(changed))["claims"]["withdrawn"]
    assert 0 < len(standing(loaded)) < len(whole)
    imported(path)
    assert standing(loaded) == whole
    assert "Nothing changed: no new revision." in imported(path)


GED_OLD, GED_NEW = "conflict_data_ukr.v2-to2019.csv", "conflict_data_ukr.v3-to2021.csv"
LOSSES = "russia_losses_personnel.json"


@each_size
def test_releases_in_any_order_sum_to_the_file_that_came_last(
    databases: Databases, engine: str, tmp_path: pathlib.Path, size: str
) -> None:
    """An older file after a newer, one file twice, a part and then the whole, a row that vanished and is back.

    Another dataset about the same war is there too, and each of the two keeps its own sums.
    """
    folder, losses = files_of("ucdp-ged-ukraine", size), files_of("russia-losses-daily", size)
    loaded = Imported(make_app(databases.upgraded(engine), databases.folder), folder, size == "release", "")
    head, rows = split_lines(folder / GED_NEW)
    (tmp_path / "part.csv").write_text("".join([*head, *rows[: len(rows) // 3]]), encoding="utf-8")
    (tmp_path / "gap.csv").write_text("".join([*head, *rows[:5], *rows[6:]]), encoding="utf-8")
    files = [folder / GED_NEW, folder / GED_OLD, folder / GED_OLD, tmp_path / "part.csv", folder / GED_NEW]
    people = sum(row["personnel"] for row in json.loads((losses / LOSSES).read_text(encoding="utf-8")))
    bring(losses / LOSSES, "ukraine-russian-losses", tmp_path)
    for file in [*files, tmp_path / "gap.csv", folder / GED_NEW]:
        bring(file, "ucdp-ged", tmp_path)
        assert loaded.total("dataset=ucdp-ged") == sum(int(row["best"]) for row in ged.rows(file)), file.name
        claims = loaded.claims("dataset=ukraine-russian-losses&harm=killed_or_injured&status=active")
        assert sum(row["best"] for row in claims) == people, file.name


def bring(file: pathlib.Path, mapping: str, folder: pathlib.Path) -> None:
    """Import a file, and announce the number of missing records if the command asks for it."""
    options: tuple[object, ...] = ("--mapping", mapping, "--report", folder / "report.csv")
    told = run(file, *options)
    if told.exit_code and (allowed := re.search("give --vanished ([0-9]+)", told.output)):
        told = run(file, *options, "--vanished", allowed[1])
    assert told.exit_code == 0, told.output


def split_lines(path: pathlib.Path) -> tuple[list[str], list[str]]:
    """Return the header with the row of hashtags, and the rows. A cell may have line breaks."""
    written = []
    for line in csv.reader(io.StringIO(path.read_text(encoding="utf-8"))):
        out = io.StringIO()
        csv.writer(out).writerow(line)
        written.append(out.getvalue())
    return written[:2], written[2:]
