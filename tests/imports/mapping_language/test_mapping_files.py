"""A wrong mapping is refused, and the message names the line. Each mapping that we ship is right."""

import pathlib
from itertools import islice

import pytest

from imports.mapping_language.cells import Numbers
from imports.mapping_language.compile import MappingError, list_built_in, load_mapping
from imports.mapping_language.dates import Days, parse_days
from imports.mapping_language.numbers import parse_whole
from imports.mapping_language.slugs import make_slug
from imports.readers.detect_format import read_tables
from seeds import DATA

GOOD = """\
dataset: {id: desk, title: Desk, publisher: Desk, licence: CC BY 4.0, citation: Desk.}
tables:
  harms: {dead: killed}
always:
  - side: {id: alpha, name: Alpha}
records:
  - claim:
      id: "{no}"
      conflict: war
      claimant: desk
      harm: {column: harm, table: harms}
      measure: cumulative
      figure: {number: "{toll}"}
      reports: {source: sheet}
"""
WRONG = [
    ("records:", f"about: {'[' * 600}{']' * 600}\nrecords:", "Its lists and keys are too deep within each other."),
    ("harm: {column", "harms: {column", "line 11: records › claim › harms: Unknown: did you mean harm?"),
    ("table: harms", "table: harm", "line 11: table harm: Unknown: did you mean harms?"),
    ("column: harm", "colum: harm", "line 11: records › claim › harm › colum: Unknown: did you mean column?"),
    ("      claimant: desk\n", "", "line 7: records › claim › claimant: Required."),
    (
        "      reports: {source: sheet}\n",
        "",
        "line 7: records › claim › reports: Required, because every claim needs a source.",
    ),
    ("{number:", "{low: 1, number:", "line 13: records › claim › figure: A figure needs number, or low"),
    ("id: desk,", "id: The Desk,", "line 1: dataset › id: Must be an id: lower-case ASCII words"),
    ("  - claim:", "  - claims:", "line 7: records › claims: Unknown: did you mean claim?"),
    ("  - claim:", "  - when: {column: a, is: 1, above: x}\n    claim:", "line 7: records › when › above:"),
    ("      measure:", "      harm: killed\n      measure:", "line 12: harm appears a second time, after line 11."),
    (
        "  - side: {id: alpha",
        "  - side: &a {id: alpha",
        "line 5: anchors, aliases and tags are not allowed in a mapping.",
    ),
    (
        "name: Alpha}",
        "name: '{column}'}",
        "`always` reads the columns column, but its records are made once",
    ),
    ("records:", "dates: ['%d.%m.']\nrecords:", "line 6: dates: Use %Y"),
    ("records:", "dates: '%d/%m/%Y; %Y'\nrecords:", "line 6: dates: Has %Y twice. Write two formats as a list"),
    ("records:", "  records:", "line 6: "),
    (
        "source: sheet}",
        "source: desk-{no}}",
        "line 14: expected ',' or '}', but got '{'. Inside {…} and […], put a text with",
    ),
    (
        "conflict: war",
        "conflict: the war: all",
        "line 9: mapping values are not allowed here. Put a text with a colon",
    ),
    (
        "      claimant: desk",
        "\t  claimant: desk",
        "line 10: found character '\\t' that cannot start any token. Indent lines",
    ),
    ('id: "{no}"', "id: {no}", 'line 8: records › claim › id: A text that begins with { needs quotes: "{no}".'),
    ("name: Alpha}", "name: '{no}'}", "`always` reads the columns no, but its records are made once"),
    ("name: Alpha}", "name: Alpha, kind: army}", "line 5: always › side › kind: Must be one of: state, "),
    (
        "name: Alpha}",
        "name: Alpha, country: Egypt}",
        "line 5: always › side › country: Must be a country code of ISO 3166-1",
    ),
    ("measure: cumulative", "measure: total", "line 12: records › claim › measure: Must be one of: incident, period,"),
    (
        '{number: "{toll}"}',
        '"{toll}"',
        "line 13: records › claim › figure: Name the source of the figure, for example {number",
    ),
    ("  - claim:", "  - when: '{no}'\n    claim:", "line 7: records › when: Must be a comparison, such as {column:"),
    ("always:", "ignore: {columns: [no]}\nalways:", "line 4: ignore › columns: Must be columns with reasons"),
    ("claimant: desk", "claimant: desk-{no", "line 10: records › claim › claimant: Write a column in { and }"),
    ("claimant: desk", "claimant: '{}'", "line 10: records › claim › claimant: Write a column in { and }"),
    ("claimant: desk", "claimant:", "line 10: records › claim › claimant: Required."),
    (
        "claimant: desk",
        "claimant: '???'",
        "line 10: records › claim › claimant: Must have between 1 and 160 characters.",
    ),
    (
        "measure: cumulative",
        "measure: [incident]",
        "line 12: records › claim › measure: Must be one value, not a list.",
    ),
    (
        "      measure:",
        "      stated: 3 May\n      measure:",
        "line 12: records › claim › stated: Must be a date written",
    ),
    (
        "      measure:",
        "      covers_to: May\n      measure:",
        "line 12: records › claim › covers_to: Must be a date",
    ),
    (
        "      measure:",
        "      credibility: 9\n      measure:",
        "line 12: records › claim › credibility: Must be one of: 1",
    ),
    ("      measure:", "      flags: [dear]\n      measure:", "line 12: records › claim › flags: Must be one of: "),
    ('"{toll}"', "1.200", "line 13: records › claim › figure › number: Must be a whole number"),
    ('"{toll}"', '"{toll}", qualifier: some', "line 13: records › claim › figure › qualifier: Must be one of: exact,"),
    (
        "source: sheet",
        "source: sheet, reported_on: May",
        "line 14: records › claim › reports › reported_on: Must be a",
    ),
    ("name: Alpha}", 'name: "Al\\u0007pha"}', "line 5: always › side › name: Contains U+0007 at position 2"),
    (
        "name: Alpha}",
        "name: Alpha, member_of: [{side: a, from_day: x}]}",
        "line 5: always › side › member_of › from_day: ",
    ),
    (
        "{column: harm, table",
        "{column: harm, split: a, part: 0, table",
        "line 11: records › claim › harm › part: Items",
    ),
    (
        "records:",
        "values: {a: '{b}', b: '{no}'}\nrecords:",
        "line 6: values › a: b is defined below. Move it above this value.",
    ),
    (
        "  - side:",
        "  - event: {id: a, name: A, conflict: war, type: Battles}\n  - side:",
        "line 5: always › event › ended_on: Required: happened fills it.",
    ),
]


@pytest.mark.parametrize(("right", "wrong", "told"), WRONG)
def test_what_is_wrong_is_told_by_its_line(tmp_path: pathlib.Path, right: str, wrong: str, told: str) -> None:
    path = tmp_path / "desk.yaml"
    path.write_text(GOOD)
    load_mapping(str(path))
    assert right in GOOD
    path.write_text(GOOD.replace(right, wrong, 1))
    with pytest.raises(MappingError) as error:
        load_mapping(str(path))
    assert f"desk.yaml, {told}" in str(error.value) or f"desk: {told}" in str(error.value)


@pytest.mark.parametrize("name", list(list_built_in()))
def test_each_that_comes_along_is_right(name: str) -> None:
    assert load_mapping(name).definition["dataset"]["citation"]


def test_an_unknown_mapping_is_refused_with_those_there_are() -> None:
    with pytest.raises(MappingError, match="There is no mapping nothing. Built-in mappings: .*ucdp-ged"):
        load_mapping("nothing")


@pytest.mark.parametrize(
    ("written", "format", "number"),
    [
        ("1200", Numbers(), 1200),
        ("12.0", Numbers(), 12),
        (12.0, Numbers(), 12),
        ("1,200", Numbers(thousands=","), 1200),
        ("1200", Numbers(thousands=","), 1200),
        ("1.200.000", Numbers(thousands=".", decimal=","), 1_200_000),
        ("12.5", Numbers(times=1000), 12_500),
        ("-25", Numbers(), -25),
        ("12.00", Numbers(), 12),
        ("1234.000", Numbers(), 1234),
        ("٣٤", Numbers(), 34),
        ("1e3", Numbers(), 1000),
        ("1e+05", Numbers(), 100_000),
        ("2.00E+05", Numbers(), 200_000),
        ("1 200", Numbers(), 1200),
        ("1\u00a0200\u00a0300", Numbers(), 1_200_300),
        ("1'200", Numbers(), 1200),
        ("2.000", Numbers(times=1000), 2000),
        ("۱٬۲۰۰", Numbers(), 1200),
        ("۱٫۲", Numbers(times=1000), 1200),
        ("٠٫٥", Numbers(times=1000, decimal=","), 500),
    ],
)
def test_numbers_are_read_as_they_are_written(written: object, format: Numbers, number: int) -> None:
    assert parse_whole(written, format) == number


@pytest.mark.parametrize(
    ("written", "format"),
    [
        ("3.7", Numbers()),
        (3.7, Numbers()),
        ("2.000", Numbers()),  # two thousand, as some people write it
        ("12.50", Numbers()),
        ("1,200", Numbers()),
        ("1,20", Numbers(thousands=",")),
        ("1,2000", Numbers(thousands=",")),
        ("1_000", Numbers()),
        ("1 20", Numbers()),
        ("1 200'300", Numbers()),
        ("1e-3", Numbers()),
        ("1e999", Numbers()),
        ("", Numbers()),
        ("12 (3 women)", Numbers()),
        (True, Numbers()),
        ("0.0005", Numbers(times=1000)),
    ],
)
def test_what_is_no_whole_number_is_refused(written: object, format: Numbers) -> None:
    with pytest.raises(ValueError, match="Must be a"):
        parse_whole(written, format)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("1,200", 'If , groups thousands, put this into the mapping: numbers: {thousands: ","}.'),
        ("1.200.300", 'If . groups thousands, put this into the mapping: numbers: {thousands: ".", decimal: ","}.'),
        ("1.200", 'people. If . groups thousands, put this into the mapping: numbers: {thousands: ".", decimal: ","}.'),
        ("1,20", "before decimals."),
        ("3.7", "people."),
        ("41*", 'If * refers to a note, put this into the mapping: remove: ["*"].'),
        ("1 234²", 'If ² refers to a note, put this into the mapping: remove: ["²"].'),
        ("12 [a]", 'If [a] refers to a note, put this into the mapping: remove: ["[a]"].'),
        ("12[3]", 'If [3] refers to a note, put this into the mapping: remove: ["[3]"].'),
        ("н/д", "If it means that nothing is stated, list it in the mapping under `missing`."),
        ("—", "If it means that nothing is stated, list it in the mapping under `missing`."),
        ("12 dead", "before decimals."),
    ],
)
def test_a_number_tells_the_mapping_that_reads_it(written: str, told: str) -> None:
    with pytest.raises(ValueError) as refused:
        parse_whole(written, Numbers())
    assert str(refused.value).endswith(told)


def test_dates_tell_their_precision() -> None:
    formats = ("%d/%m/%Y", "%m/%Y", "%Y")
    assert parse_days("3/5/2021", formats) == Days("2021-05-03", "2021-05-03", 1)
    assert parse_days("02/2024", formats) == Days("2024-02-01", "2024-02-29", 4)
    assert parse_days("1999", formats) == Days("1999-01-01", "1999-12-31", 5)


@pytest.mark.parametrize("written", ["31/02/2021", "2021-05-03", "3/5/21", "٣/٥/٢٠٢١", "3/5/2021 noon", ""])
def test_what_is_no_date_of_the_format_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="Must be a date written %d/%m/%Y"):
        parse_days(written, ("%d/%m/%Y",))


def test_a_date_that_two_formats_read_differently_is_refused() -> None:
    either = ("%d/%m/%Y", "%m/%d/%Y")
    assert parse_days("13/5/2021", either).first == "2021-05-13"
    assert parse_days("5/5/2021", either).first == "2021-05-05"
    with pytest.raises(ValueError, match="Ambiguous"):
        parse_days("3/5/2021", either)


def test_ids_are_ascii_and_different_where_the_words_are() -> None:
    assert make_slug("Ağdərə, 2020") == "agdere-2020"
    cyrillic = {make_slug("Минобороны"), make_slug("Генштаб"), make_slug("ДНР 3"), make_slug("ЛНР 3")}
    assert len(cyrillic) == 4 and all(found.isascii() for found in cyrillic)
    long = [make_slug("word " * 60 + end) for end in ("a", "b")]
    assert len(set(long)) == 2 and max(map(len, long)) <= 160


def test_a_release_that_pandas_wrote_makes_the_same_records() -> None:
    """Fault I3: pandas writes whole numbers with `.0` if a cell of the column is empty."""
    mapping = load_mapping("ucdp-ged")
    path = next((DATA / "ucdp-ged-ukraine").glob("*.csv*"))
    (table,) = read_tables(path, {}, lambda read: None)
    figures = ("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown", "best", "low", "high")
    rows = [cells for _, cells in islice(table.rows, 200) if isinstance(cells, dict)]
    assert any(row["deaths_a"] == "0" for row in rows)
    for row in rows:
        rewritten = row | {name: f"{row[name]}.0" for name in figures}
        assert mapping.records(mapping.prepare_cells(rewritten)) == mapping.records(mapping.prepare_cells(row))


def test_addresses_that_differ_by_a_capital_letter_have_two_ids() -> None:
    """Fault I18. The host has no case. An address without a capital letter keeps its plain id."""
    ids = [make_slug(f"https://bit.ly/{path}") for path in ("aBc", "AbC", "abc", "ABC", "?id=aBc")]
    assert len(set(ids)) == 5
    assert ids[0] == make_slug("HTTPS://Bit.ly/aBc") and ids[0].startswith("https-bit-ly-abc-")
    assert ids[2] == "https-bit-ly-abc" == make_slug("https://BIT.ly/abc")
    assert make_slug("Report of the Ministry") == "report-of-the-ministry"
