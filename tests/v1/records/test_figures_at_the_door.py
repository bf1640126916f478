"""A qualifier and its number fix low, best and high. A missing bound is filled in; a contradiction is refused."""

import random
from typing import Any

import pytest
from flask import Flask

from schemas import figures
from schemas.figures import BOUNDS, BOUNDS_OF_NUMBER
from schemas.vocabularies import QUALIFIER
from tests.support import worlds
from tests.support.clients import open_small_world
from tests.support.contract import HonestClient
from tests.support.worlds import Document, told
from tests.v1.records.test_bad_inputs import ask, dumped, dumped_all

CLAIM: Document = {
    "conflict": "war", "claimant": "observers", "harm": "killed", "measure": "cumulative", "id": "new",
    "reports": [{"id": "new-in-times", "source": "times"}],
}  # fmt: skip
FIGURE = ("value", *BOUNDS, "qualifier")
#: The codebook's reading of 20: value, low, best, high.
CODEBOOK = {
    "exact": (20, 20, 20, 20),
    "about": (20, None, 20, None),
    "at_least": (20, 20, 20, None),
    "more_than": (20, 20, 20, None),
    "nearly": (20, None, 20, 20),
    "up_to": (20, None, None, 20),
}
MANY = [pytest.param(100, id="100"), pytest.param(5000, id="5000", marks=pytest.mark.night)]


@pytest.fixture
def client(empty: Flask) -> HonestClient:
    """Return a client of the small world with a key for every scope."""
    return open_small_world(empty, "admin")


def post(client: HonestClient, *claims: Document) -> Any:
    body = dumped(claims[0]) if len(claims) == 1 else dumped_all(claims)
    answer = ask(client, "POST", "claims", body)
    assert answer.status_code == 201, answer.text
    return answer.json["data"]


def refused(client: HonestClient, record: Document, record_type: str = "claims") -> dict[str, str]:
    found = told(ask(client, "POST", record_type, dumped(record)), 422, "invalid-body")
    return {error["name"]: error["message"] for error in found["errors"]}


def stored(client: HonestClient, address: str = "claims/new", names: tuple[str, ...] = FIGURE) -> tuple[Any, ...]:
    record = client.get(f"/v1/{address}").json["data"]
    return tuple(record[name] for name in names)


# Filled in -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("qualifier", CODEBOOK)
def test_bounds_left_out_are_those_of_the_codebook(client: HonestClient, qualifier: str) -> None:
    written = post(client, CLAIM | {"qualifier": qualifier, "value": 20})
    assert stored(client) == (*CODEBOOK[qualifier], qualifier)
    bounds = dict(zip(BOUNDS, CODEBOOK[qualifier][1:], strict=True))
    assert written["reading"] == {name: bound for name, bound in bounds.items() if bound is not None}


def test_a_number_and_a_day_are_in_every_answer_that_asks_for_them(client: HonestClient) -> None:
    """Before the fix has_figure, stated_from, as_of and the statistics left them out."""
    given = CLAIM | {"qualifier": "at_least", "value": 20, "stated_on": "2021-05-01", "subject_side": "alpha"}
    given |= {"reports": [{"source": "times"}, {"source": "wire"}]}
    assert post(client, given)["reading"] == {"low": 20, "best": 20, "stated_until": "2021-05-01"}
    assert stored(client, names=("low", "best", "high", "stated_until")) == (20, 20, None, "2021-05-01")
    for query in ("has_figure=1", "stated_from=2021-05-01", "as_of=2021-05-01", "low_min=20"):
        assert "new" in worlds.ids(client.get(f"/v1/claims?{query}")), query
    rows = client.get("/v1/statistics/casualties?basis=totals&subject_side=alpha&harm=killed").json["data"]
    assert [(row["low"], row["best"]) for row in rows] == [(20, 20)]


def test_the_number_of_bounds_is_their_value(client: HonestClient) -> None:
    assert post(client, CLAIM | {"qualifier": "about", "best": 20})["reading"] == {"value": 20}
    post(
        client, CLAIM | {"id": "range", "qualifier": "between", "low": 20, "high": 30, "reports": [{"source": "wire"}]}
    )
    assert stored(client, "claims/range") == (20, 20, None, 30, "between")


def test_a_report_is_filled_in_as_its_claim_is(client: HonestClient) -> None:
    figure = {"qualifier": "exact", "value": 20}
    written = post(client, CLAIM | figure | {"reports": [{"id": "r", "source": "times"} | figure]})
    assert written["reading"]["reports"] == {"r": {"low": 20, "best": 20, "high": 20}}
    assert stored(client, "reports/r") == (20, 20, 20, 20, "exact")
    later = ask(client, "POST", "reports", dumped({"claim": "new", "source": "wire", "id": "s"} | figure))
    assert later.json["data"]["reading"] == {"low": 20, "best": 20, "high": 20}


def test_each_of_an_array_shows_its_own_reading(client: HonestClient) -> None:
    whole = dict(zip(FIGURE, (20, 20, 20, 20, "exact"), strict=True))
    report = [{"source": "times"}]
    written = post(client, CLAIM | {"id": "a", "qualifier": "up_to", "value": 3, "reports": report},
                   CLAIM | {"id": "b", "reports": report} | whole)  # fmt: skip
    assert [one.get("reading") for one in written] == [{"high": 3}, None]


def test_a_source_of_one_day_was_published_by_that_day(client: HonestClient) -> None:
    answer = ask(client, "POST", "sources", dumped({"id": "daily", "publisher": "Daily", "published_on": "2021-05-01"}))
    assert answer.json["data"]["reading"] == {"published_until": "2021-05-01"}
    assert "daily" in worlds.ids(client.get("/v1/sources?as_of=2021-05-01"))
    month = {"id": "m", "publisher": "Monthly", "published_on": "2021-05-01", "published_precision": 4}
    assert ask(client, "POST", "sources", dumped(month)).json["data"]["reading"] is None


# Read from words -----------------------------------------------------------------------------------------------------


def test_words_alone_are_read_and_the_reading_is_shown(client: HonestClient) -> None:
    written = post(client, CLAIM | {"phrase": "at least 20 soldiers"})
    assert stored(client) == (20, 20, 20, None, "at_least")
    assert stored(client, names=("figure_rule", "phrase", "phrase_lang")) == ("at_least", "at least 20 soldiers", "en")
    assert written["reading"] == {
        "value": 20, "low": 20, "best": 20, "qualifier": "at_least", "figure_rule": "at_least", "phrase_lang": "en",
    }  # fmt: skip


def test_words_are_read_in_their_language(client: HonestClient) -> None:
    post(client, CLAIM | {"phrase": "не менее 20 погибших", "phrase_lang": "ru"})
    assert stored(client) == (20, 20, 20, None, "at_least")


def test_words_that_no_rule_reads_are_a_fault_of_the_phrase_alone(client: HonestClient) -> None:
    faults = refused(client, CLAIM | {"phrase": "20 killed and 30 injured"})
    assert list(faults) == ["/phrase"]
    assert faults["/phrase"].endswith("Send qualifier and value, or other words.")


def test_words_beside_a_figure_are_kept_and_not_read(client: HonestClient) -> None:
    written = post(client, CLAIM | {"phrase": "twenty or so", "qualifier": "about", "value": 20})
    assert stored(client) == (20, None, 20, None, "about") and written["reading"] == {"best": 20}


def test_the_words_of_a_report_are_read_as_those_of_a_claim(client: HonestClient) -> None:
    """Before the fix a report without a figure took that of its claim, whatever its phrase."""
    words = {"id": "r", "source": "times", "phrase": "at least 20 killed"}
    written = post(client, CLAIM | {"qualifier": "at_least", "value": 20, "reports": [words]})
    assert written["reading"]["reports"]["r"] == {
        "value": 20, "low": 20, "best": 20, "qualifier": "at_least", "phrase_lang": "en",
    }  # fmt: skip
    assert stored(client, "reports/r") == (20, 20, 20, None, "at_least")
    other = {"id": "s", "claim": "new", "source": "wire", "phrase": "23 killed", "harm": "killed"}
    assert ask(client, "POST", "reports", dumped(other)).status_code == 201
    assert stored(client, names=("low", "best", "high", "flags")) == (20, 20, None, ["reports_differ"])
    unread = {"claim": "new", "source": "agency", "phrase": "20 killed and 30 injured"}
    assert "/phrase" in refused(client, unread, "reports")


def test_the_words_of_the_claim_have_its_figure(client: HonestClient) -> None:
    words = {"phrase": "20 killed and 30 injured"}
    figure = {"qualifier": "exact", "value": 20}
    post(client, CLAIM | words | figure | {"reports": [{"id": "r", "source": "times", **words}]})
    assert stored(client, "reports/r") == (20, 20, 20, 20, "exact")


def test_a_report_of_another_harm_is_flagged(client: HonestClient) -> None:
    figure = {"qualifier": "exact", "value": 20}
    hurt = CLAIM | figure | {"reports": [{"source": "times", "harm": "injured", **figure}]}
    assert list(refused(client, hurt)) == ["/flags"]
    post(client, hurt | {"flags": ["reports_differ_in_harm"]})


# Refused -------------------------------------------------------------------------------------------------------------

MESSAGE = "Leave the bounds out, or send as_given if the source prints them."
CONTRADICTIONS: list[tuple[Document, dict[str, str]]] = [
    ({"qualifier": "exact", "value": 41, "low": 5, "best": 7, "high": 9},
     {"/low": f"exact 41 means low 41, best 41, high 41. {MESSAGE}"}),
    ({"qualifier": "at_least", "value": 41, "high": 41},
     {"/high": f"at_least 41 means low 41, best 41, high null. {MESSAGE}"}),
    ({"qualifier": "exact"}, {"/value": "Required when qualifier is exact."}),
    ({"qualifier": "between", "value": 8, "low": 5, "high": 9},
     {"/value": "Must be 5, the lower end of the range. You can also leave it out."}),
    ({"qualifier": "between", "low": 5},
     {"/qualifier": "between needs low and high, the two ends of the range, and no best. "
                    "If the source prints the bounds itself, send as_given."}),
    ({"qualifier": "vague", "low": 24, "best": 30},
     {"/qualifier": figures.VAGUE}),
    ({"qualifier": "unquantified", "value": 3},
     {"/qualifier": figures.UNQUANTIFIED}),
    ({"qualifier": "as_given"},
     {"/qualifier": "as_given needs low, best or high. If the source gives no number, send unquantified."}),
]  # fmt: skip


@pytest.mark.parametrize(("figure", "faults"), CONTRADICTIONS)
def test_a_figure_that_its_qualifier_contradicts_is_refused(
    client: HonestClient, figure: Document, faults: dict[str, str]
) -> None:
    assert refused(client, CLAIM | figure) == faults
    report = {"claim": "a-killed", "source": "wire"} | figure
    assert refused(client, report, "reports") == faults


def test_a_number_without_a_qualifier_is_refused(client: HonestClient) -> None:
    faults = {"/qualifier": figures.UNQUALIFIED}
    assert refused(client, {"claim": "a-killed", "source": "wire", "value": 30}, "reports") == faults


def test_a_report_of_thirty_under_a_claim_of_twenty_is_refused(client: HonestClient) -> None:
    report = {"source": "times", "qualifier": "exact", "value": 30}
    faults = refused(client, CLAIM | {"qualifier": "exact", "value": 20, "reports": [report]})
    assert list(faults) == ["/low", "/best", "/high"]
    assert faults["/low"].startswith("Must be 30, because of the reports of new")


def test_one_wrong_number_is_one_fault(client: HonestClient) -> None:
    assert list(refused(client, CLAIM | {"qualifier": "exact", "value": -1})) == ["/value"]
    assert list(refused(client, CLAIM | {"qualifier": "exact", "value": 1, "stated_on": "2020-02-30"})) == [
        "/stated_on"
    ]


def test_bounds_of_the_source_itself_have_no_rule(client: HonestClient) -> None:
    post(client, CLAIM | {"qualifier": "as_given", "value": 41, "low": 5, "best": 7, "high": 9})
    assert stored(client) == (41, 5, 7, 9, "as_given")


# Corrected -----------------------------------------------------------------------------------------------------------


def test_bounds_follow_a_corrected_value(client: HonestClient) -> None:
    post(client, CLAIM | {"qualifier": "at_least", "value": 20})
    answer = ask(client, "PATCH", "claims", dumped({"value": 25}), path="new")
    assert answer.json["data"]["reading"] == {"low": 25, "best": 25}
    assert stored(client) == (25, 25, 25, None, "at_least")
    ask(client, "PATCH", "claims", dumped({"qualifier": "up_to"}), path="new")
    assert stored(client) == (25, None, None, 25, "up_to")


def test_the_value_of_a_range_follows_its_low_if_it_has_one(client: HonestClient) -> None:
    """A dataset may have ranges without a value. A correction of the low gave them one that nobody sent."""
    post(client, CLAIM | {"qualifier": "between", "low": 20, "high": 30})
    answer = ask(client, "PATCH", "claims", dumped({"low": 22}), path="new")
    assert answer.json["data"]["reading"] == {"value": 22}
    assert stored(client) == (22, 22, None, 30, "between")
    ask(client, "PATCH", "claims", dumped({"value": None}), path="new")
    answer = ask(client, "PATCH", "claims", dumped({"low": 24}), path="new")
    assert answer.json["data"]["reading"] is None
    assert stored(client) == (None, 24, None, 30, "between")
    ask(client, "PATCH", "claims", dumped({"qualifier": "as_given"}), path="new")
    ask(client, "PATCH", "claims", dumped({"qualifier": "between", "low": 25}), path="new")
    assert stored(client) == (25, 25, None, 30, "between")


def test_a_corrected_bound_alone_is_refused(client: HonestClient) -> None:
    post(client, CLAIM | {"qualifier": "at_least", "value": 20})
    found = told(ask(client, "PATCH", "claims", dumped({"high": 20}), path="new"), 422, "invalid-body")
    assert [(error["name"], error["message"]) for error in found["errors"]] == [
        ("/high", f"at_least 20 means low 20, best 20, high null. {MESSAGE}")
    ]


def test_a_report_is_corrected_and_its_claim_follows(client: HonestClient) -> None:
    figure = {"qualifier": "exact", "value": 20}
    post(client, CLAIM | figure | {"reports": [{"id": "r", "source": "times"} | figure]})
    assert ask(client, "PATCH", "reports", dumped({"value": 25}), path="r").json["data"]["reading"] == {
        "low": 25, "best": 25, "high": 25,
    }  # fmt: skip
    assert stored(client, "reports/r") == stored(client) == (25, 25, 25, 25, "exact")


def test_the_last_day_follows_a_corrected_day(client: HonestClient) -> None:
    post(client, CLAIM | {"qualifier": "exact", "value": 20, "stated_on": "2021-05-01"})
    ask(client, "PATCH", "claims", dumped({"stated_on": "2021-05-03"}), path="new")
    assert stored(client, names=("stated_on", "stated_until")) == ("2021-05-03", "2021-05-03")


# At random -----------------------------------------------------------------------------------------------------------


def holds(value: Any, low: Any, best: Any, high: Any, qualifier: str | None) -> bool:
    """Return whether a stored figure follows the codebook. The rule is written here a second time."""
    if qualifier in CODEBOOK:
        return bool(value is not None) and (low, best, high) == tuple(
            None if bound is None else value for bound in CODEBOOK[qualifier][1:]
        )
    return {
        None: (value, low, best, high) == (None,) * 4,
        "between": low is not None and high is not None and best is None and value == low,
        "vague": low is not None and (value, best, high) == (None,) * 3,
        "unquantified": (value, low, best, high) == (None,) * 4,
        "as_given": (low, best, high) != (None,) * 3,
    }[qualifier]


def any_figure(chance: random.Random) -> Document:
    """Return any qualifier with any numbers, in any order. Numbers may be null or left out."""
    names = chance.sample(FIGURE[:-1], chance.randrange(5))
    numbers = {name: chance.choice([None, 0, 3, 3, 5, 20]) for name in names}
    return numbers | ({"qualifier": chance.choice([*QUALIFIER, None])} if chance.random() < 0.95 else {})


@pytest.mark.parametrize("record_type", ["claims", "reports"])
@pytest.mark.parametrize("many", MANY)
def test_any_figure_is_refused_or_stored_as_the_codebook_says(
    client: HonestClient, record_type: str, many: int
) -> None:
    chance = random.Random(f"{record_type} {many}")
    outcomes = {201: 0, 422: 0}
    for number in range(many):
        given = any_figure(chance)
        sent = CLAIM | {"id": f"x-{number}", "reports": [{"source": "times"}]} | given
        if record_type == "reports":
            post(client, CLAIM | {"id": f"y-{number}", "qualifier": "unquantified", "reports": [{"source": "times"}]})
            sent = {"id": f"x-{number}", "claim": f"y-{number}", "source": "wire", "status": "retracted",
                    "status_reason": "Only its figure is looked at."} | given  # fmt: skip
        answer = ask(client, "POST", record_type, dumped(sent))
        outcomes[answer.status_code] += 1
        if answer.status_code == 201:
            figure = dict(zip(FIGURE, stored(client, f"{record_type}/x-{number}"), strict=True))
            assert holds(**figure), (given, answer.json)
            kept = {name: figure[name] for name, value in given.items() if value is not None}
            assert kept == {name: value for name, value in given.items() if value is not None}
    assert min(outcomes.values()) > many / 10, outcomes


def test_the_table_of_the_code_is_that_of_the_codebook() -> None:
    assert BOUNDS_OF_NUMBER == {
        qualifier: tuple(bound is not None for bound in bounds) for qualifier, (_, *bounds) in CODEBOOK.items()
    }


# Claims that are refused --------------------------------------------------------------------------------------------


def test_flags_about_reports_need_reports_that_differ(client: HonestClient) -> None:
    """The flag turns off the check of the claim's own bounds, so it needs such reports."""
    wild = {"qualifier": "exact", "value": 20, "low": 5, "best": 7, "high": 900, "flags": ["reports_differ"]}
    assert refused(client, CLAIM | wild) == {
        "/flags": "Must not have the flag reports_differ, because no report of new has a figure of its own."
    }
    combined = CLAIM | wild | {"flags": [], "figure_rule": "reports_combined"}
    assert list(refused(client, combined)) == ["/low"]
