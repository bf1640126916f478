"""`flask import --draft` writes a first mapping, which a person finishes."""

import pathlib
import re

import openpyxl
import pytest
from flask import Flask

from imports.mapping_language.compile import MappingError, load_mapping
from tests.imports.cli.test_import_files import claim
from tests.support import imported

SHEET = (
    "ID,Date,Place,Side,Killed,Injured,Source,Lat,Lon,Checked by\n"
    "7,13/5/2021,Northford,Alpha,12,,https://gazette.example/a,10.5,20.25,mk\n"
    "8,17/5/2021,Southam,Beta,3,5,https://gazette.example/b,10.75,20.5,mk\n"
    "9,18/5/2021,Southam,Alpha,NA,4,https://herald.example/c,10.75,20.5,jo\n"
)
#: What a person writes, in the order of the marked places.
ANSWERS = ["The desk's sheet", "The desk", "CC BY 4.0", "Desk (2021).", "Who checked the row."]
IDS = {"conflict": "war", "claimant": "desk"}


def draft(folder: pathlib.Path, text: str, name: str = "toll.csv") -> str:
    (folder / name).write_text(text)
    told = imported.run(folder / name, "--draft")
    assert told.exit_code == 0, told.output
    return told.output


def fill_in(text: str) -> str:
    """Answer the marked places as a person would: first those of the dataset, then the conflict and the claimant."""
    answers = iter(ANSWERS)
    lines = []
    for line in text.splitlines():
        if line.startswith("#") or "FILL_IN" not in line:
            lines.append(line)
        elif line.lstrip().startswith(("title:", "publisher:", "licence:", "citation:", '"Checked by":')):
            lines.append(re.sub("FILL_IN.*", next(answers), line))
        elif "- conflict:" in line:
            lines.append(line.replace("id: FILL_IN", "id: war").replace("FILL_IN", "The war"))
        elif "- source:" in line:
            lines.append(line.replace("FILL_IN", "The desk"))
        elif "- claimant:" in line:
            lines.append(line.replace("id: FILL_IN", "id: desk").replace("FILL_IN", "The desk"))
        else:
            lines.append(
                line.replace("conflict: FILL_IN", "conflict: war").replace("claimant: FILL_IN", "claimant: desk")
            )
    return "\n".join(lines)


def test_a_drafted_mapping_imports_when_it_is_filled_in(empty: Flask, tmp_path: pathlib.Path) -> None:
    (tmp_path / "desk.yaml").write_text(fill_in(draft(tmp_path, SHEET)))
    told = imported.run(tmp_path / "toll.csv", "--mapping", tmp_path / "desk.yaml")
    assert told.exit_code == 0, told.output
    assert imported.counted(told.output)["claims"] == {"created": 4}
    first = claim(empty, "toll-7-killed")
    assert (first["best"], first["harm"], first["subject_side"]["id"]) == (12, "killed", "alpha")
    assert (first["event_date"], first["measure"]) == ("2021-05-13", "incident")
    assert claim(empty, "toll-9-injured")["best"] == 4
    assert empty.test_client().get("/v1/claims/toll-9-killed").status_code == 404


def test_a_draft_is_refused_until_it_is_filled_in(tmp_path: pathlib.Path) -> None:
    text = draft(tmp_path, SHEET)
    (tmp_path / "desk.yaml").write_text(text)
    with pytest.raises(MappingError) as refused:
        load_mapping(str(tmp_path / "desk.yaml"))
    lines = str(refused.value).splitlines()
    assert all(
        re.fullmatch(r"desk\.yaml, line \d+: .*Write what belongs here instead of FILL_IN\.", line) for line in lines
    )
    assert len(lines) == re.sub("#.*", "", text).count("FILL_IN") > 10


def test_types_are_guessed_from_the_cells(tmp_path: pathlib.Path) -> None:
    text = draft(tmp_path, SHEET)
    for line in (
        'dates: ["%d/%m/%Y"]',
        'missing: ["NA"]',
        "# ID: id, number",
        "# Side: side, text: Alpha, Beta",
        '  sides: {"Alpha": alpha, "Beta": beta}',
        '  - when: {column: "Killed", empty: false}',
        '      latitude: "{Lat}"',
        '      id: "toll-{ID}-killed"',
    ):
        assert line in text.splitlines(), f"{line}\n{text}"


def test_days_that_fit_two_formats_are_for_a_person_to_decide(tmp_path: pathlib.Path) -> None:
    text = draft(tmp_path, SHEET.replace("13/5", "3/5").replace("17/5", "4/5").replace("18/5", "5/5"))
    assert "# Date: the days also fit another format. Is the day or the month first?" in text
    assert 'dates: ["FILL_IN %d/%m/%Y"]' in text


def test_hashtags_show_what_a_column_is(tmp_path: pathlib.Path) -> None:
    text = draft(tmp_path, "A,B,C\n#date,#loc+name,#affected+killed\n2021-05-03,North,3\n2021-05-04,South,4\n")
    assert "# C #affected+killed: killed, number" in text and 'happened: "{A}"' in text
    assert 'figure: {number: "{C}"}' in text and "harm: killed" in text


def test_words_of_a_figure_become_a_phrase(tmp_path: pathlib.Path) -> None:
    assert 'figure: {phrase: "{Killed}"}' in draft(tmp_path, SHEET.replace(",12,", ",at least 12,"))


def test_a_draft_does_not_overwrite_a_file(empty: Flask, tmp_path: pathlib.Path) -> None:
    (tmp_path / "toll.csv").write_text(SHEET)
    told = imported.run(tmp_path / "toll.csv", "--draft", "--output", tmp_path / "new.yaml")
    assert told.exit_code == 0 and "FILL_IN" in (tmp_path / "new.yaml").read_text()
    told = imported.run(tmp_path / "toll.csv", "--draft", "--output", tmp_path / "new.yaml")
    assert told.exit_code == 1 and "exists already" in told.output


def test_odd_names_are_quoted(empty: Flask, tmp_path: pathlib.Path) -> None:
    text = fill_in(draft(tmp_path, SHEET.replace("Killed", '"Killed: ""all"" #1"').replace("Alpha", "No: 1")))
    (tmp_path / "desk.yaml").write_text(text)
    assert 'Killed: "all" #1' in load_mapping(str(tmp_path / "desk.yaml")).columns


def test_a_file_without_rows_is_refused(tmp_path: pathlib.Path) -> None:
    (tmp_path / "toll.csv").write_text("a,b\n")
    told = imported.run(tmp_path / "toll.csv", "--draft")
    assert told.exit_code == 1 and "has no row" in told.output


PERSONS = (
    "name,date_of_event,age,gender,event_location,killed_by\n"
    "Ada Quill,2021-05-13,31,F,Northford,Beta forces\n"
    "Bea Quill,2021-05-13,7,F,Northford,Beta forces\n"
    "Cid Marrow,2021-05-17,44,M,Southam,Beta civilians\n"
)


def test_a_list_of_persons_is_drafted_as_a_count(empty: Flask, tmp_path: pathlib.Path) -> None:
    """A column such as killed_by has no figures. The mapping keeps nobody's name."""
    text = draft(tmp_path, PERSONS)
    assert 'by: ["event_location", "date_of_event"]' in text and "harm: killed" not in text
    filled = fill_in(text).replace("harm: FILL_IN", "harm: killed")
    filled = filled.replace("FILL_IN why it is left out, or form groups by it", "Not used.")
    (tmp_path / "desk.yaml").write_text(filled)
    told = imported.run(tmp_path / "toll.csv", "--mapping", tmp_path / "desk.yaml")
    assert told.exit_code == 0, told.output
    assert "Quill" not in told.output
    group = "toll-northford-2021-05-13"
    figures = {part: claim(empty, f"{group}{part}")["best"] for part in ("", "-woman", "-child", "-adult")}
    assert figures == {"": 2, "-woman": 2, "-child": 1, "-adult": 1}


def test_the_first_person_is_no_header(empty: Flask, tmp_path: pathlib.Path) -> None:
    """A file without a header: its first person was taken for the names of the columns, and was not counted."""
    text = draft(tmp_path, PERSONS.partition("\n")[2])
    assert "Quill" not in text and "# The file has no header" in text
    assert 'file: {columns: ["column 1", "column 2", "column 3", "column 4", "column 5", "column 6"]}' in text
    assert "# column 2: date, date" in text


def test_a_header_of_days_stays_a_header(tmp_path: pathlib.Path) -> None:
    text = draft(tmp_path, "Region,2021-05-13,2021-05-14\nNorth,3,4\nSouth,5,6\n")
    assert "no header" not in text and "# 2021-05-13: unknown, number" in text


COUNTRIES = "year,Alphaland,Betaland,Gammaland\n2020,0,3,12\n2021,1,,5\n"


def test_many_columns_of_numbers_are_drafted_as_a_loop(empty: Flask, tmp_path: pathlib.Path) -> None:
    """Columns that are countries or groups have no word for a harm, and each was left out on a line of its own."""
    text = draft(tmp_path, COUNTRIES)
    assert '- for: {columns: ["Alphaland", "Betaland", "Gammaland"]}' in text and "ignore:" not in text
    text = text.replace("FILL_IN {item.key}", '"{item.key}"').replace("harm: FILL_IN", "harm: killed")
    text = re.sub("measure: FILL_IN.*", "measure: period", text)
    (tmp_path / "desk.yaml").write_text(fill_in(text))
    told = imported.run(tmp_path / "toll.csv", "--mapping", tmp_path / "desk.yaml")
    assert told.exit_code == 0, told.output
    assert imported.counted(told.output)["claims"] == {"created": 5}  # an empty cell is no claim
    first = claim(empty, "toll-2020-gammaland")
    assert (first["best"], first["part"], first["covers_to"]) == (12, "Gammaland", "2020-12-31")


def test_many_columns_of_one_harm_are_drafted_as_a_loop(empty: Flask, tmp_path: pathlib.Path) -> None:
    rows = (
        '[{"date": "2026-03-09T00:00:00Z", "alpha_killed": 3, "beta_killed": 5, "gamma_killed": 7, "alpha_injured": 2}]'
    )
    text = draft(tmp_path, rows, "wide.json")
    assert '- for: {columns: "*_killed"}' in text and text.count("harm: killed") == 1
    assert 'figure: {number: "{alpha_injured}"}' in text
    assert 'dates: ["%Y-%m-%dT%H:%M:%SZ"]' in text


def test_a_tree_of_json_is_drafted_as_one_row(empty: Flask, tmp_path: pathlib.Path) -> None:
    entries = '{"alpha": {"raw": 1900, "source": "Desk"}, "beta": {"raw": 3, "source": "Desk"}}'
    tree = f'{{"updated": "2026-04-07", "metrics": {entries}}}'
    text = draft(tmp_path, tree, "tree.json")
    assert (
        "file: {path: whole}" in text
        and '- for: {column: "metrics"}     # {item.key}, {item.raw}, {item.source}' in text
    )
    answers = {"measure": "cumulative", "harm": "killed", "figure": '{number: "{item.raw}"}'}
    for field, answer in answers.items():
        text = text.replace(f"{field}: FILL_IN", f"{field}: {answer}")
    text = text.replace("part: FILL_IN {item.key}", 'part: "{item.key}"')
    text = text.replace('"updated": FILL_IN why it is left out, or use it below', '"updated": Not used.')
    (tmp_path / "desk.yaml").write_text(fill_in(text))
    told = imported.run(tmp_path / "tree.json", "--mapping", tmp_path / "desk.yaml")
    assert told.exit_code == 0, told.output
    assert "Columns that the mapping does not know: metrics.source." in told.output
    assert claim(empty, "tree-metrics-alpha")["best"] == 1900
    assert "Competing claims" not in told.output  # the entries were figures of the same people


BANNERS = {
    "empty cells": "Date,Place,Killed,,Hurt\n,,Soldiers,Civilians,Civilians\n",
    "repeated names": "Date,Place,Killed,Killed,Hurt\n,,Soldiers,Civilians,Civilians\n",
    "under a title": "Attacks of May\nDate,Place,Killed,,Hurt\n,,Soldiers,Civilians,Civilians\n",
}


@pytest.mark.parametrize("banner", BANNERS)
def test_a_header_of_two_rows_is_drafted(tmp_path: pathlib.Path, banner: str) -> None:
    """The second row was read as data, or the file was refused without a way on."""
    text = draft(tmp_path, BANNERS[banner] + "2021-05-13,North,3,4,5\n2021-05-14,South,1,0,\n")
    top = 2 if "title" in banner else 1
    assert f"file: {{header: [{top}, {top + 1}]}}" in text
    assert "# Killed Civilians: killed, number" in text
    assert 'figure: {number: "{Killed Soldiers}"}' in text and "victim_status: member_of_armed_forces" in text


def test_rows_of_words_are_no_second_header(tmp_path: pathlib.Path) -> None:
    text = draft(tmp_path, "Date,Place,\n2021-05-13,North,x\n2021-05-14,South,y\n")
    assert "header:" not in text and "column 3" in text
    told = imported.run(tmp_path / "toll.csv", "--draft")
    (tmp_path / "toll.csv").write_text("Killed,Killed\n3,4\n5,6\n")
    told = imported.run(tmp_path / "toll.csv", "--draft")
    assert told.exit_code == 1 and "If the header has two rows, give both in the mapping" in told.output


def test_groups_of_people_are_told_apart(tmp_path: pathlib.Path) -> None:
    """Each column of a loop would count all people of its harm."""
    people = "id,killed_men,killed_women,killed_children,killed_total,injured_children\n1,3,4,5,12,2\n2,3,4,5,12,2\n"
    text = draft(tmp_path, people)
    assert (
        'victim_age: {column: item.1, table: {"men": adult, "women": adult, "children": child, "total": null}}' in text
    )
    assert "victim_age: child\n" in text and "part:" not in text
    text = draft(tmp_path, "id,alpha_killed,beta_killed,total_killed\n1,3,4,7\n2,3,4,7\n")
    assert "# Whom does * name (alpha, beta)?" in text and "part: FILL_IN {item.1}\n" in text


def test_the_bounds_of_a_figure_are_one_claim(empty: Flask, tmp_path: pathlib.Path) -> None:
    """Each bound became a claim of its own: two figures of the same dead."""
    sheet = (
        "ID,Date,Place,Killed min,Killed best,Killed max,Injured_low,Injured_high\n"
        "7,13/5/2021,Northford,3,4,6,10,12\n8,17/5/2021,Southam,5,5,5,,\n"
    )
    text = fill_in(draft(tmp_path, sheet))
    assert text.count("figure:") == 2
    (tmp_path / "desk.yaml").write_text(text)
    told = imported.run(tmp_path / "toll.csv", "--mapping", tmp_path / "desk.yaml")
    assert told.exit_code == 0, told.output
    killed, injured = claim(empty, "toll-7-killed-min"), claim(empty, "toll-7-injured-low")
    assert [killed[name] for name in ("low", "best", "high")] == [3, 4, 6]
    assert [injured[name] for name in ("low", "best", "high")] == [10, None, 12]
    assert imported.counted(told.output)["claims"] == {"created": 3}


def test_dates_in_several_spellings_are_dates(tmp_path: pathlib.Path) -> None:
    """No one format fits all of them, so the column was text, and the draft had no event."""
    days = ["2021-05-03", "4 May 2021", "2021-05", "May 2021", "2021", "Total"]
    text = draft(tmp_path, "Date,Place,Killed\n" + "".join(f"{day},Northford,3\n" for day in days))
    assert '\ndates: ["%Y-%m-%d", "%d %B %Y", "%B %Y", "%Y-%m", "%Y"]\n' in text
    assert "# Date: cells that are no dates: 1." in text and 'happened: "{Date}"' in text
    text = draft(tmp_path, "Date,Place,Killed\n3/5/2021,Northford,3\nMay 2021,Southam,4\n")
    assert '\ndates: ["FILL_IN %d/%m/%Y", "%B %Y"]\n' in text


MASSACRES = (
    "FECHA,COD_DEPTO,MUNICIPIO,CASOS,VICTIMAS\n"
    "01/02/2022 12:00:00 AM,81,FORTUL,1,4\n01/13/2022 12:00:00 AM,76,JAMUNDI,1,3\n01/13/2022 12:00:00 AM,76,TAME,1,3\n"
)


def test_a_number_of_victims_is_no_side(tmp_path: pathlib.Path) -> None:
    """Each number of victims became a side, and the codes of places became figures."""
    text = draft(tmp_path, MASSACRES)
    assert "- side:" not in text and 'dates: ["%m/%d/%Y %I:%M:%S %p"]' in text
    assert "# VICTIMAS: victims, number" in text and "columns:" not in text.partition("records:")[2]
    assert 'happened: "{FECHA}"' in text and 'place: "{MUNICIPIO}"' in text
    claims = text.partition("  - claim:")[2]
    assert "harm: FILL_IN" in claims and 'figure: {number: "{VICTIMAS}"}' in claims


@pytest.mark.parametrize(
    ("killed", "injured", "language"),
    [("Загинуло", "Поранено", "uk"), ("muertos", "heridos", "es"), ("morts", "blessés", "fr"), ("قتلى", "جرحى", "ar")],
)
def test_a_harm_is_known_in_the_languages_of_phrases(
    tmp_path: pathlib.Path, killed: str, injured: str, language: str
) -> None:
    text = draft(tmp_path, f"ID,{killed} 2024,{injured} 2024\n1,3,4\n2,понад 5,0\n")
    assert f"# {killed} 2024: killed, text" in text and f"# {injured} 2024: injured, number" in text
    assert "harm: killed" in text and "harm: injured" in text


def test_none_is_a_number_of_people(tmp_path: pathlib.Path) -> None:
    """It was drafted as not stated, so that a figure of nobody was lost."""
    text = draft(tmp_path, "ID,Killed,Weapon\n1,none,none\n2,3,shell\n3,—,—\n4,unknown,gun\n")
    assert 'missing: ["unknown", "—"]' in text and 'figure: {phrase: "{Killed}"}' in text


def test_a_row_without_an_id_is_known_by_its_unique_text(tmp_path: pathlib.Path) -> None:
    """All rows had one id, so that two provinces with the same figure were one claim."""
    text = draft(tmp_path, "Province,Killed,Injured\nNorth,3,4\nSouth,3,4\n")
    assert 'id: "toll-{Province}-killed"' in text and "No column identifies a row" in text
    assert 'Province": FILL_IN' not in text


def test_a_long_sheet_is_drafted(tmp_path: pathlib.Path) -> None:
    """The workbook was closed after its first 16 KiB, and the draft ended in a traceback."""
    book = openpyxl.Workbook()
    for row in (["ID", "Place", "Killed"], *([n, f"Place {n} in the north", n] for n in range(2000))):
        book.active.append(row)
    book.save(tmp_path / "toll.xlsx")
    told = imported.run(tmp_path / "toll.xlsx", "--draft")
    assert told.exit_code == 0 and 'figure: {number: "{Killed}"}' in told.output


def test_the_largest_sheet_is_drafted(empty: Flask, tmp_path: pathlib.Path) -> None:
    """The first sheet was, which has only notes."""
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    for row in (["About the data"], ["See", "https://desk.example"], ["Written", "by the desk"]):
        book.active.append(row)
    sheet = book.create_sheet("Data 2024")
    for row in (["ID", "Date", "Place", "Killed"], *([n, "2024-05-03", f"Place {n}", n] for n in range(5))):
        sheet.append(row)
    book.save(tmp_path / "toll.xlsx")
    text = imported.run(tmp_path / "toll.xlsx", "--draft").output
    assert 'file: {name: "Data 2024"}     # the other sheets: Notes' in text
    (tmp_path / "desk.yaml").write_text(fill_in(text))
    told = imported.run(tmp_path / "toll.xlsx", "--mapping", tmp_path / "desk.yaml")
    assert told.exit_code == 0 and imported.counted(told.output)["claims"] == {"created": 5}, told.output


def test_rows_with_ids_of_one_claimant_are_events_of_their_own(empty: Flask, tmp_path: pathlib.Path) -> None:
    """Two strikes on one place and day were one event, whose second figure replaced the first."""
    sheet = "Strike ID,Date,Place,Killed\nY1,13/5/2021,Northford,3\nY2,13/5/2021,Northford,4\nY3,14/5/2021,Unknown,5\n"
    (tmp_path / "desk.yaml").write_text(fill_in(draft(tmp_path, sheet)))
    told = imported.run(tmp_path / "toll.csv", "--mapping", tmp_path / "desk.yaml", "--report", tmp_path / "r.csv")
    assert told.exit_code == 0, told.output
    assert imported.counted(told.output)["events"] == imported.counted(told.output)["claims"] == {"created": 3}
    total = empty.test_client().get("/v1/statistics/casualties?basis=incidents&harm=killed&conflict=war").json
    assert total["data"][0]["best"] == 12


LISTS = {
    "es": "Nombre y apellido,Edad,Sexo,Fecha,Lugar\nAda Quill,31,F,2021-05-13,Norte\nCid Marrow,7,M,2021-05-13,Norte\n",
    "uk": "ПІБ,Вік,Стать,Дата,Місце\nAda Quill,31,ж,2021-05-13,Північ\nCid Marrow,7,ч,2021-05-13,Північ\n",
    "ru": "ФИО,Возраст,Пол,Дата,Место\nAda Quill,31,ж,2021-05-13,Север\nCid Marrow,7,м,2021-05-13,Север\n",
    "ar": "الاسم,العمر,الجنس,التاريخ,المكان\nAda Quill,31,أنثى,2021-05-13,شمال\nCid Marrow,7,ذكر,2021-05-13,شمال\n",
    "fr": "Nom et prénom,Âge,Sexe,Date,Lieu\nAda Quill,31,femme,2021-05-13,Nord\nCid Marrow,7,homme,2021-05-13,Nord\n",
    "en": "Victim,Age,Gender,Date,Place\nAda Quill,31,F,2021-05-13,North\nCid Marrow,7,M,2021-05-13,North\n",
}


@pytest.mark.parametrize("language", LISTS)
def test_a_list_of_persons_is_known_in_other_languages(tmp_path: pathlib.Path, language: str) -> None:
    """It was drafted as a table without figures, and a column Victim as sides with the names of the persons."""
    header, first, second, _ = LISTS[language].split("\n")
    third = first.replace("Ada", "Bea")
    text = draft(tmp_path, f"{header}\n{first}\n{second}\n{third}\n")
    assert "\ncount:\n" in text and "Nobody's name is kept." in text and "Quill" not in text
    assert ": woman" in text and ": man" in text and "below: 18" in text


@pytest.mark.parametrize("above", ["Report,2024-01-01\nFilters,Region=All\n\n", '"Data Source","Desk",\n\n'])
def test_a_header_under_rows_about_the_file_is_drafted(empty: Flask, tmp_path: pathlib.Path, above: str) -> None:
    """The first of these rows was taken for the header, and the draft had no figure."""
    sheet = above + "ID,Date,Place,Killed\n1,2024-05-03,North,3\n2,2024-05-04,South,4\n3,2024-05-05,South,4\n"
    text = draft(tmp_path, sheet)
    assert f"file: {{header: [{above.count(chr(10)) + 1}]}}\n" in text and 'figure: {number: "{Killed}"}' in text
    (tmp_path / "desk.yaml").write_text(fill_in(text))
    told = imported.run(tmp_path / "toll.csv", "--mapping", tmp_path / "desk.yaml")
    assert told.exit_code == 0 and imported.counted(told.output)["claims"] == {"created": 3}, told.output


def test_rows_without_an_address_have_the_data_set_as_their_source(empty: Flask, tmp_path: pathlib.Path) -> None:
    """They were refused, because their source had no id."""
    (tmp_path / "desk.yaml").write_text(fill_in(draft(tmp_path, SHEET.replace("https://gazette.example/b", ""))))
    told = imported.run(tmp_path / "toll.csv", "--mapping", tmp_path / "desk.yaml")
    assert told.exit_code == 0, told.output
    sources = [report["source"]["id"] for report in claim(empty, "toll-8-killed")["reports"]]
    assert sources == ["toll"] and claim(empty, "toll-7-killed")["reports"][0]["source"]["id"] != "toll"


def test_codes_under_no_header_are_ids(tmp_path: pathlib.Path) -> None:
    text = draft(tmp_path, ",Date,Place,Killed\nSOM001,2024-05-03,North,3\nSOM002,2024-05-03,North,4\n")
    assert "# column 1: id, text" in text and 'id: "toll-{column 1}-killed"' in text
