"""'Fewer than 5' excludes 5, and 'up to 5' does not: no statistic, picture or page says one for the other."""

from typing import Any

import pytest

from tests.conftest import Databases
from tests.support.contract import HonestClient, open_client
from tests.support.worlds import World, claim, made, report

WORDS = {"figure_rule": "fewer_than", "qualifier": "up_to"}


def said(id: str, day: str, number: int, **given: Any) -> dict[str, Any]:
    days = {"stated_on": day, "stated_until": day}
    return claim(id, subject_side="red", value=number, high=number, **days, **given)


CLAIMS = [
    said("under-five", "2020-02-01", 5, **WORDS),
    said("under-nine", "2020-02-03", 9, **WORDS),
    said("up-to-eight", "2020-02-03", 8, claimant="monitor", qualifier="up_to", figure_rule="up_to"),
]
DOUBTFUL: World = {
    "sides": [{"id": "alpha", "name": "Alpha"}, {"id": "red", "name": "Red"}],
    "conflicts": [{"id": "war", "name": "The war", "started_on": "2020-01-01", "sides": ["alpha", "red"]}],
    "claimants": [{"id": "alpha-mod", "name": "Ministry", "side": "alpha"}, {"id": "monitor", "name": "Monitor"}],
    "sources": [{"id": "times", "publisher": "Times"}],
    "claims": CLAIMS,
    "reports": [report(found["id"], "times") for found in CLAIMS],
}
STATED = {"under-nine": "fewer_than", "up-to-eight": "up_to"}
CASUALTIES = "/v1/statistics/casualties?conflict=war&harm=killed"


@pytest.fixture
def doubtful(databases: Databases, engine: str) -> HonestClient:
    return open_client(made(databases, engine, DOUBTFUL))


def read_rules(rows: list[dict[str, Any]], name: str, id: str = "claim") -> dict[str, str]:
    return {stated[id]: stated["figure_rule"] for row in rows for stated in row[name] or ()}


@pytest.mark.parametrize("pin", ["", "&revision=1"])
@pytest.mark.parametrize(
    "address",
    [CASUALTIES, f"{CASUALTIES}&group_by=dataset", "/v1/statistics/matrix?conflict=war&harm=killed"],
)
def test_statements_say_by_which_rule_their_words_were_read(doubtful: HonestClient, address: str, pin: str) -> None:
    assert read_rules(doubtful.get(address + pin).json["data"], "statements") == STATED


def test_evidence_points_and_checks_say_so_too(doubtful: HonestClient) -> None:
    evidence = doubtful.get(f"{CASUALTIES}&evidence=1&limit=9").json["data"]
    assert read_rules(evidence, "evidence", "id") == STATED
    assert read_rules(evidence, "statements") == STATED
    series = "/v1/statistics/series{}?conflict=war"
    assert read_rules(doubtful.get(series.format("")).json["data"], "points") == STATED | {"under-five": "fewer_than"}
    assert doubtful.get(series.format(".csv")).text.count(",up_to,fewer_than,") == 2
    checked = doubtful.get("/v1/check?conflict=war&subject_side=red&harm=killed&number=9").json["data"]
    found = [*checked["claims"], *filter(None, checked["nearest"].values()), *checked["not_current"]]
    assert {one["claim"]: one["figure_rule"] for one in found}["under-nine"] == "fewer_than"


@pytest.mark.parametrize(
    ("address", "said", "unsaid"),
    [
        ("/claimants/alpha-mod", ("fewer than 5", "fewer than 9"), ("up to 5", "up to 9")),
        ("/claimants/alpha-mod?lang=ru", ("менее 5", "менее 9"), ("до 5", "до 9")),
        ("/conflicts/war", ("fewer than 9", "up to 8"), ("up to 9",)),
        ("/?view=time&conflict=war", ("fewer than 9", "up to 8"), ("up to 9",)),
        ("/v1/picture.svg?view=time&conflict=war", ("fewer than 9", "up to 8"), ("up to 9",)),
        ("/v1/picture.svg?view=who&conflict=war", ("fewer than 9", "up to 8"), ("up to 9",)),
        (
            "/v1/statistics/series.atom?conflict=war",
            ("fewer than 5", "fewer than 9", "up to 8"),
            ("up to 9", "up to 5"),
        ),
    ],
)
def test_sentences_say_what_was_said(
    doubtful: HonestClient, address: str, said: tuple[str, ...], unsaid: tuple[str, ...]
) -> None:
    text = doubtful.get(address, headers={"Accept": "text/html, */*;q=0.8"}).text
    assert [words for words in said if words not in text] == []
    assert [words for words in unsaid if words in text] == []
