"""What others claim of the scope of a claim, and the figures of a claimant beside a side's own: worked out by hand."""

import re
from typing import Any

import pytest
from flask import Flask

from tests.support import worlds
from tests.support.contract import HonestClient, open_client

#: The war lasts 100 days, so that its totals are comparable within ten days.
DAYS = {"covers_from": "2020-01-01", "covers_to": "2020-04-09"}


def total(id: str, claimant: str, number: int, **given: Any) -> worlds.Document:
    exact = {"qualifier": "exact", "value": number, "low": number, "best": number, "high": number}
    stated = {"stated_on": "2020-04-09", "stated_until": "2020-04-09", "stated_precision": 1}
    return worlds.claim(id, claimant=claimant, subject_side="alpha", **{**exact, **stated, **DAYS, **given})


WORLD: worlds.World = {
    "sides": [{"id": "alpha", "name": "Alpha"}, {"id": "beta", "name": "Beta"}],
    "conflicts": [
        {
            "id": "war", "name": "The war", "started_on": "2020-01-01", "ended_on": "2020-04-09",
            "sides": ["alpha", "beta"],
        }
    ],
    "claimants": [
        {"id": "alpha-mod", "name": "Ministry of Alpha", "side": "alpha"},
        {"id": "beta-mod", "name": "Ministry of Beta", "side": "beta"},
        {"id": "observers", "name": "Observers"},
        {"id": "paper", "name": "The paper"},
        {"id": "late", "name": "Late counters"},
    ],
    "sources": [{"id": "times", "publisher": "Times"}],
    "claims": [
        total("own", "alpha-mod", 100),
        total("higher", "beta-mod", 400),
        total("same", "observers", 100),
        total("part", "paper", 30, victim_status="civilian"),
        total("early", "late", 7, covers_to="2020-02-01", stated_on="2020-02-01", stated_until="2020-02-01"),
        total("taken-back", "late", 900, status="retracted", status_reason="A slip.", status_by="claimant"),
        total("injured", "beta-mod", 5, harm="injured"),
    ],
}  # fmt: skip
WORLD["reports"] = [
    worlds.report(
        claim["id"], "times", **({"status": "retracted", "status_reason": "A slip."} if "status" in claim else {})
    )
    for claim in WORLD["claims"]
]


@pytest.fixture
def client(empty: Flask) -> HonestClient:
    worlds.write(WORLD)
    return open_client(empty)


def read_rivals(client: HonestClient, claim: str) -> dict[str, str]:
    """Return the other claims on the page of a claim, each with how it compares."""
    section = client.get(f"/claims/{claim}").text.partition('id="rivals-title"')[2].partition("</section>")[0]
    rows = re.findall(r'href="/claims/([a-z-]+)".*?Beside this claim"[^>]*>([^<]+)<', section, re.DOTALL)
    return {slug: words.partition(":")[0] for slug, words in rows}


def test_others_of_comparable_days_contradict_agree_or_are_about_other_people(client: HonestClient) -> None:
    expected = {"higher": "contradicts", "same": "does not contradict", "part": "not compared"}
    assert read_rivals(client, "own") == expected
    assert read_rivals(client, "higher") == {"own": "contradicts", "same": "contradicts", "part": "not compared"}
    assert read_rivals(client, "early") == {} and read_rivals(client, "injured") == {}


def test_a_claimant_is_compared_with_the_own_figure_of_the_side(client: HonestClient) -> None:
    """Beta says 400 where Alpha says 100 of itself: four times. Alpha gives no number of its injured."""
    text = " ".join(
        re.sub(r"<[^>]+>", " ", client.get("/claimants/beta-mod").text.partition("beside their own")[2]).split()
    )
    assert (
        "Alpha injured, running total 5 9 April 2020 no figure Not compared: it gave no such figure of its own" in text
    )
    assert "Alpha killed, running total 400 9 April 2020 100 9 April 2020 4.0 times" in text


def test_a_claimant_is_not_compared_with_itself(client: HonestClient) -> None:
    assert "It gives no total of the losses of another side" in client.get("/claimants/alpha-mod").text
