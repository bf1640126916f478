"""Pictures over HTTP: their numbers are those of the API, on both engines, and they say what they leave out."""

import re
import xml.etree.ElementTree as ET
from collections import Counter
from typing import Any

import pytest

from tests.conftest import Databases
from tests.support import worlds
from tests.support.contract import HonestClient, open_client

WAR = "conflict=nagorno-karabakh-2020"
SVG = "{http://www.w3.org/2000/svg}"


def draw(client: HonestClient, query: str) -> ET.Element:
    answer = client.get(f"/v1/picture.svg?{query}")
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "image/svg+xml"
    return ET.fromstring(answer.data)


def find_groups(picture: ET.Element, name: str) -> list[dict[str, str]]:
    """Return the attributes of the groups of a class."""
    return [dict(group.attrib) for group in picture.iter(f"{SVG}g") if name in group.get("class", "").split()]


def read_texts(element: ET.Element) -> str:
    return " ".join(text.text or "" for text in element.iter(f"{SVG}text"))


def ask(client: HonestClient, address: str) -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = client.get(address).json["data"]
    return data


def as_text(value: int | None) -> str | None:
    return None if value is None else str(value)


# Who says how many -----------------------------------------------------------------------------------------------


def test_the_ranges_of_the_war_of_2020(client: HonestClient) -> None:
    """Worked by hand in tests/v1/statistics/test_seed_figures.py and in the methodology."""
    figures = find_groups(draw(client, WAR), "figure")
    ranges = {(f["data-side"], f.get("data-measure")): (f["data-low"], f["data-best"], f["data-high"]) for f in figures}
    assert ranges["armenian", "cumulative"] == ("3822", "3822", "10080")
    assert ranges["azerbaijan", "cumulative"] == ("2999", "2999", "18000")
    assert ranges["azerbaijan", "buried"] == ("2881", "2881", "2881")
    assert ranges["syrian-fighters", "bodies"] == ("195", "195", "195")
    assert ranges["armenian", None] == ("54", "54", "54")  # single events


@pytest.mark.parametrize("state", [
    WAR, f"{WAR}&as_of=2020-10-22", f"{WAR}&policy=own_side", f"{WAR}&harm=injured", f"{WAR}&victim_status=civilian",
    f"{WAR}&subject_side=azerbaijan&basis=totals", "conflict=nagorno-karabakh",
])  # fmt: skip
def test_every_statement_of_the_api_is_drawn_with_its_figures(client: HonestClient, state: str) -> None:
    picture = draw(client, state)
    harm = "" if "harm=" in state else "&harm=killed"
    rows = ask(client, f"/v1/statistics/casualties?{state}{harm}&group_by=conflict,subject_side")
    assert rows
    expected = Counter(
        (s["claim"], s["claimant"], s["stance"], s["stated_until"], *map(as_text, (s["low"], s["best"], s["high"])))
        for row in rows
        for s in row["statements"] or ()
    )
    names = ("claim", "claimant", "stance", "stated-until", "low", "best", "high")
    drawn = find_groups(picture, "statement")
    assert Counter(tuple(group.get(f"data-{name}") for name in names) for group in drawn) == expected
    unused = [s["claim"] for row in rows for s in row["statements"] or () if not s["used"]]
    assert sorted(group["data-claim"] for group in find_groups(picture, "unused")) == sorted(unused)
    ranges = [
        (row["conflict"]["id"], row["subject_side"]["id"], row["measure"], row["low"], row["high"]) for row in rows
    ]
    figures = find_groups(picture, "figure")
    assert Counter(
        (f["data-conflict"], f["data-side"], f.get("data-measure"), int(f["data-low"]), int(f["data-high"]))
        for f in figures
    ) == Counter(ranges)


def test_every_claimant_is_named_in_full_with_its_day(client: HonestClient) -> None:
    words = read_texts(draw(client, f"{WAR}&width=390"))
    for name in ("Investigative Committee of Armenia", "Human Rights Ombudsman of Artsakh", "Hrant Bagratyan"):
        assert name in words
    assert "21 Jun 2021" in words
    assert "older total" in words


def test_earlier_figures_of_a_claimant_are_faded_and_never_dropped(client: HonestClient) -> None:
    """The ministry of Artsakh gave nine totals of dead soldiers before 1,383, none of which counts now."""
    drawn = {group["data-claim"]: group for group in find_groups(draw(client, WAR), "statement")}
    (newest,) = (
        group for group in drawn.values() if group["data-claimant"] == "artsakh-mod" and group["data-best"] == "1383"
    )
    assert newest["data-earlier"] == "9"
    series = ask(client, "/v1/statistics/series?conflict=nagorno-karabakh-2020&claimant=artsakh-mod&harm=killed")
    totals = [p for one in series for p in one["points"] if p["measure"] == "cumulative"]
    assert len([point for point in totals if point["standing"] != "stands" or point["best"] != 1383]) >= 9


def test_what_does_not_fit_is_counted(client: HonestClient) -> None:
    picture = draw(client, f"{WAR}&width=800&height=420")
    assert picture.get("height") == "420"
    statements = find_groups(picture, "statement")
    words = read_texts(picture)
    omitted = [int(number) for number in re.findall(r"and (\d+) more statements? of", words)]
    assert len(statements) + sum(omitted) == 18 + 13  # of the running totals of both camps
    assert re.search(r"And \d+ more figures of other sides and counts", words)
    # The ends of the ranges are seen first.
    assert {group["data-claim"] for group in statements} >= {
        group["data-claim"]
        for group in find_groups(draw(client, WAR), "statement")
        if group.get("data-best") == "18000"
    }


def test_nothing_is_drawn_below_the_source(client: HonestClient) -> None:
    for width, height in ((400, 240), (800, 420), (1200, 630)):
        for view in ("who", "time", "matrix", "map", "table"):
            picture = draw(client, f"{WAR}&view={view}&width={width}&height={height}")
            assert int(picture.get("height", "0")) == height or width == 400
            (source,) = (group for group in picture.iter(f"{SVG}g") if group.get("class") == "source")
            (first, *_) = (float(text.get("y", "0")) for text in source.iter(f"{SVG}text"))
            others = [float(t.get("y", "0")) for t in picture.iter(f"{SVG}text") if t not in list(source)]
            assert max(others) < first, (view, height)


# Over time -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "state", [f"{WAR}&span=all", f"{WAR}&span=all&subject_side=azerbaijan", f"{WAR}&span=all&harm=injured"]
)
def test_every_dated_figure_of_the_series_is_drawn(client: HonestClient, state: str) -> None:
    harm = "" if "harm=" in state else "&harm=killed"
    series = ask(client, f"/v1/statistics/series?{state.replace('&span=all', '')}{harm}")
    expected = Counter()
    for one in series:
        dated = [p for p in one["points"] if p["stated_on"]]
        if dated:
            value = next(dated[-1][name] for name in ("best", "low", "high") if dated[-1][name] is not None)
            expected[
                one["claimant"]["id"], one["subject_side"]["id"], one["victim_status"], str(len(dated)), str(value)
            ] += 1
    names = ("claimant", "side", "status", "points", "newest")
    drawn = Counter(
        tuple(g[f"data-{n}"] for n in names) for g in find_groups(draw(client, f"view=time&{state}"), "series")
    )
    single = {side for (_, side, *_) in expected if sum(int(k[3]) * n for k, n in expected.items() if k[1] == side) < 2}
    assert drawn == Counter({key: n for key, n in expected.items() if key[1] not in single})


def test_the_axis_has_the_days_of_the_war(client: HonestClient) -> None:
    """The war ended on 10 November 2020. The newest figure is of 2023, and 13 of the Armenian side are later."""
    words = read_texts(draw(client, f"view=time&{WAR}"))
    assert "27 Sep 2020" in words
    assert not re.search(r"(?<!\d )(?:Jan|Jul) 202[23]", words)
    assert "2 figures without a day and 13 figures stated on days before or after these" in words
    assert "2022" in read_texts(draw(client, f"view=time&{WAR}&span=all"))


def test_a_war_whose_figures_are_all_later_shows_them(client: HonestClient) -> None:
    """The only running total of the war of 1988 to 1994 is of 2020."""
    words = read_texts(draw(client, "view=time&conflict=nagorno-karabakh-1988-1994"))
    assert "Losses of all sides together: Unattributed, about 30,000, 30 Sep 2020." in words


# Matrix, map, table ----------------------------------------------------------------------------------------------

FIGURE = ("basis", "conflict", "side", "measure", "low", "best", "high")


def list_figures(picture: ET.Element, *further: str) -> Counter[tuple[str | None, ...]]:
    names = (*FIGURE, *further)
    return Counter(tuple(group.get(f"data-{name}") for name in names) for group in find_groups(picture, "figure"))


def list_rows(rows: list[dict[str, Any]], *further: str) -> Counter[tuple[str | None, ...]]:
    return Counter(
        (
            row["basis"], row["conflict"]["id"], row["subject_side"]["id"], row["measure"],
            *(as_text(row[name]) for name in ("low", "best", "high")),
            *(None if row[name] is None else f"{row[name]:g}" if name == "ratio" else row[name] for name in further),
        )
        for row in rows
        if row["best"] is not None
    )  # fmt: skip


@pytest.mark.parametrize(
    "state", [WAR, f"{WAR}&harm=injured", f"{WAR}&as_of=2020-10-22", "conflict=nagorno-karabakh&basis=totals"]
)
def test_the_matrix_has_the_figures_of_the_api_and_its_ratios(client: HonestClient, state: str) -> None:
    picture = draw(client, f"view=matrix&{state}")
    rows = ask(client, f"/v1/statistics/matrix?{state}")
    assert list_figures(picture, "stance", "ratio") == list_rows(rows, "stance", "ratio")


def test_the_matrix_names_claimants_and_days_and_no_ratio_across_days(client: HonestClient) -> None:
    words = read_texts(draw(client, f"view=matrix&{WAR}"))
    assert "Investigative Committee of Armenia" in words
    assert "covers 27 Sep 2020 to 3 Oct 2020" in words
    assert "no ratio: other days" in words
    assert "times its own figure" not in words
    assert "armenia-mod" not in words


@pytest.mark.parametrize("state", [
    "", "conflict=nagorno-karabakh", f"{WAR}&policy=highest&harm=injured", f"{WAR}&from=2020-10-10", "q=Ganja",
])  # fmt: skip
def test_the_table_has_the_bars_of_the_api(client: HonestClient, state: str) -> None:
    picture = draw(client, f"view=table&{state}")
    harm = "" if "harm=" in state else "&harm=killed"
    rows = ask(client, f"/v1/statistics/casualties?{state}{harm}&group_by=conflict,subject_side")
    assert list_figures(picture) == list_rows([row | {"measure": row.get("measure")} for row in rows])


def test_all_conflicts_are_the_ranges_alone(client: HonestClient) -> None:
    assert list_figures(draw(client, "view=who")) == list_figures(draw(client, "view=table"))


@pytest.mark.parametrize(
    "state", ["conflict=nagorno-karabakh", WAR, f"{WAR}&harm=injured", "", f"{WAR}&at=46,40,47,41"]
)
def test_the_map_has_every_figure_of_the_places_once(client: HonestClient, state: str) -> None:
    picture = draw(client, f"view=map&{state}")
    harm = "" if "harm=" in state else "&harm=killed"
    places = ask(client, f"/v1/statistics/places?{state.replace('at=', 'bbox=')}{harm}&grid=0.5")
    drawn = find_groups(picture, "place")
    for name in ("low", "best", "high", "events", "claims"):
        assert sum(int(group[f"data-{name}"]) for group in drawn) == sum(place[name] for place in places)
    assert {group["data-located"] for group in drawn} == {place["located"] for place in places}


def test_the_strikes_on_ganja_and_barda(client: HonestClient) -> None:
    """Worked by hand: 10 and 13 or 14 dead in two strikes on Ganja, one more strike; 21 in Barda."""
    picture = draw(client, f"view=map&{WAR}")
    discs = {group["data-best"] for group in find_groups(picture, "place") if group["data-located"] == "point"}
    places = ask(client, f"/v1/statistics/places?{WAR}&harm=killed")
    assert discs == {str(place["best"]) for place in places if place["located"] == "point"}
    assert "Azerbaijan" in read_texts(picture)
    assert "Rocket strike on Barda, 28 October 2020" in read_texts(picture)


def test_a_filter_is_named_where_it_counts_and_only_there(client: HonestClient) -> None:
    def describe(view: str) -> str:
        picture = draw(
            client, f"view={view}&{WAR}&victim_status=civilian&from=2020-10-10&policy=highest&as_of=2020-11-02"
        )
        return picture.findtext(f"{SVG}desc") or ""

    filters = ("As known on 2 Nov 2020.", "Only civilians.", "Rule: highest figure.", "Happened from")
    named = {view: [f for f in filters if f in describe(view)] for view in ("who", "time", "matrix", "map")}
    assert named == {
        "who": ["As known on 2 Nov 2020.", "Only civilians.", "Rule: highest figure."],
        "time": ["As known on 2 Nov 2020.", "Only civilians."],
        "matrix": ["As known on 2 Nov 2020."],
        "map": ["As known on 2 Nov 2020.", "Only civilians.", "Rule: highest figure.", "Happened from"],
    }


# The address -----------------------------------------------------------------------------------------------------


def test_a_picture_names_its_source_and_reads_without_eyes(client: HonestClient) -> None:
    picture = draw(client, f"{WAR}&view=who&theme=dark&width=800")
    assert picture.findtext(f"{SVG}title") == "Who says how many were killed: 2020 Nagorno-Karabakh war"
    described = picture.findtext(f"{SVG}desc") or ""
    assert described.startswith("Armenian side: 3,822 to 10,080 or more; Azerbaijan: 2,999 to 18,000;")
    assert re.search(
        r"Counterclaim, revision \d+, CC BY 4.0: http://127.0.0.1:8000/\?conflict=nagorno-karabakh-2020&view=who$",
        described,
    )
    assert picture.get("role") == "img"
    assert "style" not in {name for element in picture.iter() for name in element.attrib}


def test_trackers_are_ignored_and_other_unknown_parameters_are_refused(client: HonestClient) -> None:
    plain = client.get(f"/v1/picture.svg?{WAR}")
    tracked = client.get(f"/v1/picture.svg?utm_source=x&{WAR}&fbclid=y&gclid=z&mc_cid=1&igshid=2&ref=z")
    assert tracked.data == plain.data
    assert client.get(f"/v1/picture.svg?{WAR}&utm=x").json["type"].endswith("/unknown-parameter")
    assert (
        client.get("/v1/claims?utm_source=x").status_code == 400
    )  # an address of data has no readers from newsletters


@pytest.mark.parametrize(("query", "status"), [
    ("view=time", 422), ("view=matrix", 422), ("view=pie", 422), ("width=100", 422), ("width=9000", 422),
    ("height=9000", 422), ("theme=pink", 422), ("zoom=9", 422), ("policy=claimant", 422), ("harm=any", 422),
    ("conflict=no-such-war", 422), (f"{WAR}&subject_side=nobody", 422), (f"{WAR}&width=400&width=500", 400),
])  # fmt: skip
def test_what_cannot_be_drawn_is_refused_in_words(client: HonestClient, query: str, status: int) -> None:
    answer = client.get(f"/v1/picture.svg?{query}")
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), answer.text
    assert answer.json["detail"]


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_a_picture_has_the_same_bytes_until_the_next_revision(client: HonestClient, suffix: str) -> None:
    address = f"/v1/picture.{suffix}?{WAR}&width=800&height=420"
    first, second = client.get(address), client.get(address, headers={"Cache-Control": "no-cache"})
    assert first.data == second.data
    unchanged = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    assert first.headers["Cache-Control"].startswith("public")
    assert "immutable" in client.get(f"{address}&revision=1").headers["Cache-Control"]


def test_an_unknown_conflict_is_named_by_the_parameter_that_was_sent(client: HonestClient) -> None:
    problem = client.get("/v1/picture.svg?conflict=nagorno-karabakh-2021").json
    assert (problem["errors"][0]["name"], problem["status"]) == ("conflict", 422)
    assert "nagorno-karabakh-2020" in problem["errors"][0]["did_you_mean"]


@pytest.mark.parametrize("view", ["who", "matrix"])
def test_the_losses_of_several_wars_are_named_by_their_war(client: HonestClient, view: str) -> None:
    """The same side had 2,999 to 18,000 in one phase of the conflict, and 79 in another."""
    text = client.get(f"/v1/picture.svg?view={view}&conflict=nagorno-karabakh").text
    lead = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))
    assert "Azerbaijan (2020 Nagorno-Karabakh war)" in lead, lead[:600]
    alone = client.get(f"/v1/picture.svg?view={view}&conflict=nagorno-karabakh-2020").text
    assert "Azerbaijan (2020" not in alone


def test_a_png_of_too_many_pixels_is_refused(client: HonestClient) -> None:
    answer = client.get(f"/v1/picture.png?{WAR}&width=1600&zoom=3")
    assert answer.json["type"].endswith("/too-broad")
    assert "height=" in answer.json["detail"]
    assert client.get(f"/v1/picture.svg?{WAR}&width=1600&zoom=3").status_code == 200


def test_png_has_the_size_that_shared_links_want(client: HonestClient) -> None:
    answer = client.get(f"/v1/picture.png?{WAR}&width=800&height=420&zoom=1.5")
    assert answer.content_type == "image/png"
    assert answer.data[16:24] == (1200).to_bytes(4) + (630).to_bytes(4)


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_a_picture_is_never_of_an_older_revision(databases: Databases, engine: str, suffix: str) -> None:
    app = worlds.made(databases, engine, worlds.SMALL, response_cache_mb=16)
    client = open_client(app)
    address = f"/v1/picture.{suffix}?conflict=war&width=800"
    first, again = client.get(address), client.get(address)
    assert first.data == again.data
    total = {
        "subject_side": "alpha",
        "qualifier": "exact",
        "low": 731,
        "best": 731,
        "high": 731,
        "stated_on": "2020-03-01",
    }
    new = worlds.claim("a-new-total", **total)
    worlds.write({"claims": [new], "reports": [worlds.report("a-new-total", "times")]})
    second = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (second.status_code, second.data == first.data) == (200, False)
    drawn = find_groups(draw(client, "conflict=war&width=800"), "statement")
    assert ("a-new-total", "731") in [(group["data-claim"], group.get("data-best")) for group in drawn]


def test_an_empty_value_is_no_value_as_in_a_page(client: HonestClient) -> None:
    """A form without a script sends all its fields."""
    empty = "&claimant=&q=&from=&to=&as_of="
    shown = [find_groups(draw(client, WAR + more), "statement") for more in ("", f"{empty}&subject_side=&harm=")]
    assert shown[0] == shown[1] != []
    pages = [client.get(f"/claims?{WAR}{more}", headers={"Accept": "text/html"}).text for more in ("", empty)]
    tables = [page.partition("<tbody>")[2].partition("</tbody>")[0] for page in pages]
    assert tables[0] == tables[1] != ""
