"""The parts of a picture: lines of text, scales, days, steps and PNG."""

import datetime
import re
import struct
import threading

import pytest

from api.pictures.marks import find_open_end
from api.pictures.markup import write_element, write_number
from api.pictures.png import FILES, render_png
from api.pictures.scales import DayScale, list_steps, make_scale
from api.pictures.step_lines import write_steps
from api.pictures.text_widths import measure_text, wrap_text
from api.pictures.who_says import Main, write_main
from api.pictures.words import describe_range, write_count, write_days, write_range
from api.v1.pictures.views import describe_newest
from schemas.figure_words import say_figure_briefly

NAME = "Office of the United Nations High Commissioner for Human Rights"


def claim(low: int | None, best: int | None, high: int | None, qualifier: str = "exact") -> dict[str, object]:
    return {"low": low, "best": best, "high": high, "qualifier": qualifier}


@pytest.mark.parametrize(
    ("statement", "direction"),
    [
        (claim(53, 53, None, "at_least"), 1),
        (claim(24, None, None, "vague"), 1),
        (claim(None, None, 5, "up_to"), -1),
        (claim(None, 100, 100, "nearly"), -1),
        (claim(3, None, None, "as_given"), 1),
        (claim(None, None, 8, "as_given"), -1),
        (claim(5, 7, 9, "as_given"), 0),
        (claim(None, 7, 9, "as_given"), 0),
        (claim(60, None, 70, "between"), 0),
        (claim(None, None, None, "unquantified"), 0),
    ],
)
def test_an_arrow_is_where_the_words_leave_the_figure_open(statement: dict[str, object], direction: int) -> None:
    assert find_open_end(statement) == direction


def test_the_newest_claim_is_not_one_that_only_may_be_newer() -> None:
    days = [("2026-01-01", "2026-12-31"), ("2026-06-30", "2026-06-30"), (None, "2026-05-01"), (None, None)]
    claims = [{"stated_on": first, "stated_until": last} for first, last in days]
    assert describe_newest(claims, "en") == "Newest claim: 30 Jun 2026."
    assert describe_newest(claims[:1], "en") == "Newest claim: in 2026."


@pytest.mark.parametrize("width", [40, 90, 300, 2000])
def test_text_is_broken_but_never_cut(width: int) -> None:
    lines = wrap_text(NAME, 13, width)
    assert "".join(lines).replace(" ", "") == NAME.replace(" ", "")
    assert max(measure_text(line, 13) for line in lines) <= width


def test_a_word_wider_than_its_column_keeps_its_letters() -> None:
    assert "".join(wrap_text("Donaudampfschifffahrt" * 9, 13, 50)) == "Donaudampfschifffahrt" * 9


def test_markup_is_escaped_and_controls_are_dropped() -> None:
    assert write_element("text", x=1.04, data_name='<"&\x01>') == '<text x="1" data-name="&lt;&quot;&amp;&gt;"/>'
    assert [write_number(value) for value in (0.04, -0.04, 12.46, 12)] == ["0", "0", "12.5", "12"]


def test_equal_ratios_have_equal_lengths() -> None:
    scale = make_scale("ratio", [100, 10_000], 0, 200)
    assert [scale.find_place(value) for value in (100, 1_000, 10_000)] == pytest.approx([0, 100, 200])
    assert scale.ticks == (100, 1_000, 10_000)


def test_zero_and_smaller_figures_stand_before_a_scale_of_ratios() -> None:
    scale = make_scale("ratio", [100, 10_000], 0, 200, smaller=[3])
    assert (scale.find_place(3), scale.find_place(0)) == (0, 0)
    assert scale.find_place(100) == pytest.approx(14)
    assert make_scale("ratio", [0], 0, 200).find_place(0) == 0


def test_equal_numbers_have_equal_lengths() -> None:
    scale = make_scale("count", [75], 0, 200)
    assert scale.ticks == (0, 20, 40, 60, 80)
    assert [scale.find_place(value) for value in (0, 40, 80)] == [0, 100, 200]
    assert list_steps(0, 4) == (0,)


@pytest.mark.parametrize(("first", "last", "words"), [
    ("2020-09-27", "2020-10-25", ["27 Sep 2020", "4 Oct 2020", "11 Oct 2020", "18 Oct 2020", "25 Oct 2020"]),
    ("2020-01-01", "2020-03-15", ["Jan 2020", "Feb 2020", "Mar 2020"]),
    ("1988-02-01", "1994-05-12", ["1990", "1992", "1994"]),
])  # fmt: skip
def test_days_have_round_ticks(first: str, last: str, words: list[str]) -> None:
    days = DayScale(datetime.date.fromisoformat(first), datetime.date.fromisoformat(last), 0, 470)
    assert [text for _, text in days.list_ticks(92)] == words


def test_steps_of_a_break_begin_again() -> None:
    points = [
        (0.0, 90.0, {"breaks": None}),
        (10.0, 80.0, {"breaks": None}),
        (20.0, 40.0, {"breaks": {"reason": "gap"}}),
    ]
    assert "".join(write_steps(points)) == "M0 90H10V80M20 40"


def test_many_figures_of_a_pixel_are_one_column() -> None:
    points = [(number / 10, 100 - number / 10, {"breaks": None}) for number in range(918)]
    path = "".join(write_steps(points))
    assert len(re.findall("[MH]", path)) <= 93
    assert path.endswith("V8.3")  # the newest figure is the end of the line


@pytest.mark.parametrize(("stated", "words"), [
    (claim(729, 729, 729), "729"), (claim(7000, 7000, None, "at_least"), "at least 7,000"),
    (claim(None, None, 400, "up_to"), "up to 400"), (claim(4000, None, 5000, "between"), "4,000 to 5,000"),
    (claim(256, 292, 328, "as_given"), "292 (256 to 328)"), (claim(None, None, None, "unquantified"), "no number"),
    (claim(5, None, 9, "as_given"), "5 to 9"), (claim(24, None, None, "vague"), "24 or more"),
])  # fmt: skip
def test_a_figure_is_hedged_as_its_speaker_hedged_it(stated: dict[str, object], words: str) -> None:
    assert say_figure_briefly(stated) == words


def test_days_are_written_as_far_as_they_are_known() -> None:
    assert write_days("2020-10-17", "2020-10-17") == "17 Oct 2020"
    assert write_days("2023-01-01", "2023-12-31") == "in 2023"
    assert write_days("2020-02-01", "2020-02-29") == "in Feb 2020"
    assert write_days("2021-01-01", "2021-04-13") == "1 Jan to 13 Apr 2021"
    assert (write_days(None, None), write_count(None)) == ("undated", "–")


def draw_text(text: str) -> bytes:
    return render_png(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="40"><text y="30">{text}</text></svg>', 1
    )


@pytest.mark.parametrize(("first", "second"), [
    ("Azərbaycan", "Az\U00010300rbaycan"), ("Россия", "Россиа"), ("Հայաստան", "Հայաստաս"), ("غزة", "غزت"),
    ("ישראל", "ישראן"),
])  # fmt: skip
def test_every_script_has_letters_of_its_own(first: str, second: str) -> None:
    """A script without a font would show the same empty boxes for both words."""
    assert draw_text(first) != draw_text(second)
    assert len(FILES) == 5


def test_letters_between_isolates_are_drawn() -> None:
    """Texts from right to left stand between isolates, in which resvg would show boxes for both words."""
    assert draw_text("\u2067ישראל 2020 war\u2069") != draw_text("\u2067ישראן 2020 war\u2069")


def test_a_png_has_the_size_that_was_asked_for() -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="390" height="100"/>'
    assert [struct.unpack(">II", render_png(svg, zoom)[16:24]) for zoom in (1, 1.5)] == [(390, 100), (585, 150)]


def test_the_sentence_says_which_group_no_claim_of_a_total_counts() -> None:
    soldiers = {
        "basis": "totals", "low": 125000, "best": 125000, "high": 150000, "open_ended": 0, "incomplete": 1,
        "subject_side": {"id": "alpha"}, "missing": [{"side": "alpha", "status": "civilian", "cells": 1}],
    }  # fmt: skip
    assert write_main(Main(soldiers, None)) == "125,000 to 150,000 (civilians not counted)"
    of_member = soldiers | {"missing": [{"side": "member", "status": "civilian", "cells": 1}]}
    for row in (of_member, soldiers | {"basis": "incidents"}, soldiers | {"incomplete": 0}):
        assert write_main(Main(row, None)) == "125,000 to 150,000"


def test_an_upper_bound_is_no_range_from_zero() -> None:
    row = {"low": 0, "best": 400, "high": 400, "open_ended": 0, "imputed": 1, "cells": 1, "claims": 1}
    assert write_range(row) == describe_range(row, "en") == "up to 400"
    assert write_range(row | {"claims": 2}) == "0 to 400"  # one claimant says 400
    assert write_range(row | {"imputed": 0}) == "0 to 400"  # the 0 was stated
    assert write_range({name: row[name] for name in ("low", "best", "high", "open_ended")}) == "0 to 400"
    assert write_range(row | {"low": 400, "open_ended": 1}) == "400 or more"


def test_every_thread_of_a_server_draws_the_same() -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="390" height="100"><text x="9" y="50">Killed</text></svg>'
    drawn: list[bytes] = [render_png(svg, 1)]
    for _ in range(2):
        thread = threading.Thread(target=lambda: drawn.append(render_png(svg, 1)))
        thread.start()
        thread.join()
    assert len(drawn) == 3 and len(set(drawn)) == 1
