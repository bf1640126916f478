"""Steps of the mapping language: what each makes from a row."""

import datetime
import pathlib
from typing import Any

import pytest

from imports.mapping_language.cells import UnfitCellError
from imports.mapping_language.compile import MappingError, load_mapping
from imports.mapping_language.dates import Days
from imports.readers.detect_format import read_tables
from imports.readers.tables import UnreadableFileError

HEAD = """
dataset: {id: desk, title: Desk, publisher: Desk, licence: CC BY 4.0, citation: Desk.}
usual:
  claim: {id: one, conflict: war, claimant: desk, harm: killed, measure: cumulative, reports: {source: desk}}
"""


@pytest.fixture
def make(tmp_path: pathlib.Path) -> Any:
    """Return the claim that a mapping makes from a row, or None."""

    def made(content: str, **cells: Any) -> dict[str, Any] | None:
        path = tmp_path / "desk.yaml"
        path.write_text(HEAD + content)
        mapping = load_mapping(str(path))
        claims = [
            made.document for made in mapping.records(mapping.prepare_cells(cells)) if made.record_type == "claims"
        ]
        assert len(claims) <= 1
        return claims[0] if claims else None

    return made


@pytest.mark.parametrize(
    ("shift", "expected"),
    [
        ("-1", "2024-02-29"),
        ("0", "2024-03-01"),
        ("31", "2024-04-01"),
        ("{column: back, table: {48: -1}}", "2024-02-29"),
    ],
)
def test_a_day_is_shifted(make: Any, shift: str, expected: str) -> None:
    claim = make(f"records: [{{claim: {{covers_from: {{column: day, shift: {shift}}}}}}}]", day="2024-03-01", back="48")
    assert claim["covers_from"] == expected


@pytest.mark.parametrize(
    ("day", "by"), [("2024-03", "1"), ("soon", "1"), ("2024-03-01", "a week"), ("2024-03-01", "1.5")]
)
def test_what_is_no_day_or_no_number_of_days_is_not_shifted(make: Any, day: str, by: str) -> None:
    with pytest.raises(UnfitCellError):
        make('records: [{claim: {covers_from: {column: day, shift: "{by}"}}}]', day=day, by=by)


def test_a_shifted_day_is_a_day_for_what_follows(make: Any) -> None:
    content = """
dates: ["%d/%m/%Y"]
values: {before: {column: day, shift: -1}}
records: [{claim: {id: "desk-{before}", stated: "{before}"}}]
"""
    claim = make(content, day="01/01/2024")
    assert (claim["id"], claim["stated_on"], claim["stated_precision"]) == ("desk-2023-12-31", "2023-12-31", 1)


@pytest.mark.parametrize(
    ("day", "read", "precision"), [("3/5/21", "2021-05-03", 1), ("5/2021", "2021-05", 4), ("2021", "2021", 5)]
)
def test_a_date_reads_the_same_in_every_text(make: Any, day: str, read: str, precision: int) -> None:
    content = """
values: {day: {column: Day, date: ["%d/%m/%y", "%m/%Y", "%Y"]}}
records: [{claim: {id: "desk-{day}", note: "Northford, {day}", stated: "{day}"}}]
"""
    claim = make(content, Day=day)
    assert (claim["id"], claim["note"]) == (f"desk-{read}", f"Northford, {read}")
    assert (claim["stated_on"][: len(read)], claim["stated_precision"]) == (read, precision)
    with pytest.raises(UnfitCellError, match="day: None. The claim has no id without it"):
        make(content, Day="")
    with pytest.raises(UnfitCellError, match="Must be a date written %d/%m/%y or"):
        make(content, Day="soon")


@pytest.mark.parametrize(
    ("start", "end", "covered"),
    [
        ("2021-03-05", "2021-03-09", ("2021-03-05", "2021-03-09")),
        ("2021-03", "2021-05", ("2021-03-01", "2021-05-31")),
        ("2021", "", ("2021-01-01", "2021-12-31")),
        ("", "2021-03", ("2021-03-01", "2021-03-31")),
    ],
)
def test_a_range_reaches_from_the_first_date_to_the_second(
    make: Any, start: str, end: str, covered: tuple[str, str]
) -> None:
    claim = make('records: [{claim: {covers: ["{start}", "{end}"]}}]', start=start, end=end)
    assert (claim["covers_from"], claim["covers_to"]) == covered
    assert "covers_from" not in make('records: [{claim: {covers: ["{start}", "{end}"]}}]', start="", end="")


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ('stated: ["{a}", "{b}"]', "Must be one date, not a list."),
        ('covers: ["{a}"]', "Must be one date, or a list of two: the first day and the last."),
        ('covers: ["{a}", soon]', "Must be a date written"),
    ],
)
def test_any_other_list_of_dates_is_refused(make: Any, field: str, expected: str) -> None:
    with pytest.raises(MappingError, match=expected):
        make(f"records: [{{claim: {{{field}}}}}]")


def test_a_week_is_told_by_year_and_number(make: Any) -> None:
    content = """
dates: ["%G-%V-%u"]
records: [{claim: {covers_from: "{year}-{week}-1", covers_to: "{year}-{week}-7"}}]
"""
    claim = make(content, year="2025", week="1")
    assert (claim["covers_from"], claim["covers_to"]) == ("2024-12-30", "2025-01-05")


@pytest.mark.parametrize(("cell", "expected"), [("456.19", 456), ("2.5", 2), ("3.5", 4), ("7", 7)])
def test_an_estimate_is_rounded_where_the_mapping_says_so(make: Any, cell: str, expected: int) -> None:
    content = "records: [{claim: {figure: {best: {column: n, number: {round: true}}}}}]"
    assert make(content, n=cell)["best"] == expected


def test_nothing_is_rounded_unasked(make: Any) -> None:
    with pytest.raises(UnfitCellError):
        make('records: [{claim: {figure: {best: "{n}"}}}]', n="456.19")


PHRASE = 'records: [{claim: {figure: {phrase: "{n}"}}}]'


@pytest.mark.parametrize("cell", [12.345, 1.5, -3.0])
def test_a_number_that_is_not_whole_is_no_phrase(make: Any, cell: float) -> None:
    """The mean 12.345 of a cell of numbers was read as 12,345 people: as text, its point may group thousands."""
    with pytest.raises(UnfitCellError, match="whole number of people"):
        make(PHRASE, n=cell)
    assert make(PHRASE, n=12.0)["best"] == make(PHRASE, n=12)["best"] == 12


@pytest.mark.parametrize(
    ("cell", "hint"),
    [
        ("at least 41*", r'remove: \["\*"\]'),
        ("12²", r'remove: \["²"\]'),
        ("12[3]", r'remove: \["\[3\]"\]'),
        ("unknown", "`missing`"),
        ("n/a", "`missing`"),
        ("—", "`missing`"),
    ],
)
def test_a_phrase_that_is_refused_tells_the_mapping_that_reads_it(make: Any, cell: str, hint: str) -> None:
    with pytest.raises(UnfitCellError, match=hint):
        make(PHRASE, n=cell)


@pytest.mark.parametrize("cell", ["dozens of tanks", "12 or 13 (3 sources)", "unknown (dozens)"])
def test_other_refused_phrases_have_no_hint(make: Any, cell: str) -> None:
    with pytest.raises(UnfitCellError) as refused:
        make(PHRASE, n=cell)
    assert "mapping" not in refused.value.allowed


@pytest.mark.parametrize("figure", ["phrase", "number", "low"])
@pytest.mark.parametrize("cell", [datetime.datetime(2021, 4, 3), Days("2021-01-01", "2021-12-31", 5)])
def test_a_date_is_no_figure(make: Any, figure: str, cell: Any) -> None:
    with pytest.raises(UnfitCellError, match="A spreadsheet may have turned a range such as 3-4 into a date"):
        make(f'records: [{{claim: {{figure: {{{figure}: "{{n}}"}}}}}}]', n=cell)


def test_a_phrase_in_a_file_that_counts_in_thousands_is_refused(make: Any) -> None:
    """`times` was left out without a word: "at least 12" thousand was at least 12."""
    for numbers, figure in (("{times: 1000}", '"{n}"'), ("{}", "{column: n, number: {times: 1000}}")):
        with pytest.raises(UnfitCellError, match="times"):
            make(f"numbers: {numbers}\nrecords: [{{claim: {{figure: {{phrase: {figure}}}}}}}]", n="at least 12")
    once = "numbers: {times: 1000}\nrecords: [{claim: {figure: {phrase: {column: n, number: {times: 1}}}}}]"
    assert make(once, n="at least 12")["low"] == 12


def test_a_range_has_its_lower_end_for_value(make: Any) -> None:
    claim = make('records: [{claim: {figure: {low: "{a}", high: "{b}", qualifier: between}}}]', a="4000", b="5000")
    assert [claim.get(name) for name in ("value", "low", "best", "high")] == [4000, 4000, None, 5000]


@pytest.mark.parametrize(("item", "made"), [("b", True), ("c", False), ("", False)])
def test_a_condition_looks_into_a_list(make: Any, item: str, made: bool) -> None:
    content = """
values: {known: {column: sources, each: "{item.url}"}}
records: [{when: {column: item, listed_in: known}, claim: {note: x}}]
"""
    assert bool(make(content, item=item, sources=[{"url": "a"}, {"url": "b"}])) is made


def test_a_list_is_joined_to_one_text(make: Any) -> None:
    content = 'records: [{claim: {note: {column: members, join: "; "}}}]'
    assert make(content, members=["Armenia", "Artsakh"])["note"] == "Armenia; Artsakh"
    assert "note" not in make(content, members=[])


def test_a_text_that_might_have_been_a_list_is_one_item(make: Any) -> None:
    content = 'records: [{claim: {note: {column: members, each: "of {item}", join: "; "}}}]'
    assert make(content, members="Armenia")["note"] == "of Armenia"
    assert make(content, members=["Armenia", "Artsakh"])["note"] == "of Armenia; of Artsakh"


@pytest.mark.parametrize(
    ("cell", "read"),
    [(datetime.datetime(2024, 3, 5), "2024-03-05"), (datetime.datetime(2024, 3, 5, 14, 30), "2024-03-05 14:30:00")],
)
def test_the_day_of_a_spreadsheet_reads_as_it_is_seen(make: Any, cell: datetime.datetime, read: str) -> None:
    assert make('records: [{claim: {note: "North, {day}"}}]', day=cell)["note"] == f"North, {read}"


def test_a_day_fills_of_a_relation_what_a_relation_has(tmp_path: pathlib.Path) -> None:
    (tmp_path / "desk.yaml").write_text(
        HEAD + 'records: [{relation: {claim: a, kind: supersedes, target: b, stated: "{day}"}}]'
    )
    (made,) = load_mapping(str(tmp_path / "desk.yaml")).records({"day": "2024-03"})
    assert made.document == {
        "id": "a-supersedes-b",
        "claim": "a",
        "kind": "supersedes",
        "target": "b",
        "stated_on": "2024-03-01",
        "stated_until": "2024-03-31",
    }


def test_where_no_column_is_to_blame_the_field_is(make: Any) -> None:
    with pytest.raises(UnfitCellError, match="^stated: 'soon'"):
        make('records: [{claim: {stated: {cases: [{then: "{day}"}]}}}]', day="soon")


def test_a_column_that_a_value_renames_is_still_needed(tmp_path: pathlib.Path) -> None:
    (tmp_path / "desk.yaml").write_text(
        HEAD + 'values: {day: {column: day, date: "%d/%m/%Y"}, said: "{day}"}\nrecords: [{claim: {stated: "{said}"}}]'
    )
    assert load_mapping(str(tmp_path / "desk.yaml")).needed_columns == {"day"}


@pytest.mark.parametrize("wrong", ["shift: {days: 1}", "join: [a]", "number: {round: maybe}"])
def test_a_step_written_wrongly_is_told_by_its_line(make: Any, wrong: str) -> None:
    with pytest.raises(MappingError, match="line 5"):
        make(f"records: [{{claim: {{note: {{column: a, {wrong}}}}}}}]", a="x")


@pytest.mark.parametrize("zero", ["0", "0.0", "0.00", "-0", "0e0", 0, 0.0])
def test_a_number_compares_as_a_number(make: Any, zero: Any) -> None:
    """Fault I3: pandas writes the 0 of a column with empty cells as 0.0."""
    content = "records: [{when: {column: n, is_not: 0}, claim: {note: x}}]"
    assert make(content, n=zero) is None
    assert make(content, n="0.5") and make(content, n="unknown") and make(content, n="")
    assert make("records: [{when: {column: n, in: [7, 0]}, claim: {note: x}}]", n=zero)
    assert make("records: [{when: {not: {column: n, in: [7, 0]}}, claim: {note: x}}]", n=zero) is None


@pytest.mark.parametrize(
    ("former", "expected"),
    [
        ("column: n, not_in: [7, 0]", "not_in: Is no longer a word. Write {not: {column: status, in: "),
        ('first: ["{n}"], is: 0', "first: Is no longer a word. Write column: [Town, District]"),
    ],
)
def test_a_former_word_is_refused_with_the_present_one(make: Any, former: str, expected: str) -> None:
    with pytest.raises(MappingError) as refused:
        make(f"records: [{{when: {{{former}}}, claim: {{note: x}}}}]", n="3")
    assert expected in str(refused.value) and "line 5" in str(refused.value)


def test_the_first_column_that_is_not_empty_is_compared(make: Any) -> None:
    content = "records: [{when: {column: [a, b], is: x}, claim: {note: x}}]"
    assert make(content, a="", b="x") and make(content, a="x", b="y") and not make(content, a="y", b="x")


def test_a_number_in_quotes_compares_as_text(make: Any) -> None:
    content = 'records: [{when: {column: n, is: "0"}, claim: {note: x}}]'
    assert make(content, n="0") and make(content, n="0.0") is None


@pytest.mark.parametrize(("cell", "meaning"), [("3", "c"), ("3.0", "c"), (3.0, "c"), ("1.0", "a")])
def test_a_code_that_pandas_writes_with_a_point_is_in_its_table(make: Any, cell: Any, meaning: str) -> None:
    assert make("records: [{claim: {note: {column: n, table: {1: a, 3: c}}}}]", n=cell)["note"] == meaning
    with pytest.raises(UnfitCellError):
        make("records: [{claim: {note: {column: n, table: {1: a, 3: c}}}}]", n="3.5")


# Rows that are gathered into one


LONG = "id,kind,n,day\n1,low,10,2024-01-01\n1,high,12,2024-01-01\n2,best,5,2024-01-02\n"
GATHER = {"gather": {"by": ["id"], "name": "kind", "value": "n"}}


def rows(path: pathlib.Path, told: dict[str, Any]) -> list[Any]:
    (table,) = read_tables(path, told, lambda read: None)
    return list(table.rows)


def test_rows_that_follow_each_other_are_gathered(tmp_path: pathlib.Path) -> None:
    (tmp_path / "long.csv").write_text(LONG + "3,low\n2,low,4,2024-01-02\n")
    one, two, ragged, again = rows(tmp_path / "long.csv", GATHER)
    assert one == (2, {"id": "1", "day": "2024-01-01", "low": "10", "high": "12"})
    assert two == (4, {"id": "2", "day": "2024-01-02", "best": "5"})
    assert ragged[0] == 5 and isinstance(ragged[1], UnfitCellError)
    assert again == (6, {"id": "2", "day": "2024-01-02", "low": "4"})


def test_a_file_without_the_columns_to_gather_by_is_refused(tmp_path: pathlib.Path) -> None:
    (tmp_path / "long.csv").write_text(LONG.replace("kind", "sort"))
    with pytest.raises(UnreadableFileError, match="lacks kind"):
        rows(tmp_path / "long.csv", GATHER)


MERGED = "State,County,Town,n\nUnity,Leer,Adok,1\n,,Thonyor,2\n,Koch,Bieh,3\nJonglei,,,9\n ,Bor,Anyidi,4\n"


def test_cells_under_merged_cells_have_their_content(tmp_path: pathlib.Path) -> None:
    """Only the first of merged cells has their content. A new state ends the county."""
    (tmp_path / "merged.csv").write_text(MERGED + "x\n")
    *filled, (number, ragged) = rows(tmp_path / "merged.csv", {"fill": ["State", "County"]})
    assert [(cells["State"], cells["County"], cells["n"]) for _, cells in filled] == [
        ("Unity", "Leer", "1"), ("Unity", "Leer", "2"), ("Unity", "Koch", "3"), ("Jonglei", "", "9"),
        ("Jonglei", "Bor", "4"),
    ]  # fmt: skip
    assert number == 7 and isinstance(ragged, UnfitCellError)
    with pytest.raises(UnreadableFileError, match="lacks Province, which the mapping fills."):
        rows(tmp_path / "merged.csv", {"fill": ["Province"]})


def test_a_word_that_is_not_in_a_table_is_refused_with_those_that_are(make: Any) -> None:
    """The words were "F, M, ." with the empty cell, and a table of 200 countries was listed for each row."""
    content = "records: [{{claim: {{victim_sex: {{column: sex, table: {table}}}}}}}]"
    with pytest.raises(UnfitCellError, match='Must be one of: F, M, "". Or add it to the table in the mapping.'):
        make(content.format(table='{F: woman, M: man, "": null}'), sex="X")
    many = ", ".join(f"w{number}: man" for number in range(30))
    with pytest.raises(UnfitCellError, match="w18, w19, …. Or add it"):
        make(content.format(table=f"{{{many}}}"), sex="X")


@pytest.mark.parametrize("id", ['"desk-{place}-{day}"', "{column: place}", '{text: "{place}"}'])
def test_an_id_that_is_empty_names_the_column(make: Any, id: str) -> None:
    """It was `id: empty. Required.`"""
    content = f"records: [{{claim: {{id: {id}, note: x}}}}]"
    with pytest.raises(UnfitCellError) as refused:
        make(content, place=" ", day="2020-01-01")
    assert refused.value.column == "place" and "The claim has no id" in refused.value.allowed
    assert make(content, place="North", day="2020-01-01")["id"]
