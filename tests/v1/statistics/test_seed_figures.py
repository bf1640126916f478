"""Figures of the seed claims over HTTP. The expected ones come by hand from the statements."""

from typing import Any

from tests.support.contract import HonestClient


def claims(client: HonestClient, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/v1/claims?shape=array&limit=1000&{query}").json
    return found


def figures(client: HonestClient, query: str) -> dict[tuple[str, str], list[int]]:
    """Return best figures by claimant and status, in the order of their ids."""
    found: dict[tuple[str, str], list[int]] = {}
    for claim in claims(client, query):
        found.setdefault((claim["claimant"]["id"], claim["status"]), []).append(claim["best"])
    return found


CLASH = "event=border-clash-2020-07-12&has_figure=1"


def test_the_border_clash_of_12_july_was_2_killed_then_3(client: HonestClient) -> None:
    killed = figures(client, f"{CLASH}&harm=killed&subject_side=azerbaijan")
    assert killed[("azerbaijan-mod", "superseded")] == [2]
    assert killed[("azerbaijan-mod", "active")] == [3]
    latest = claims(
        client, f"{CLASH}&harm=killed&subject_side=azerbaijan&claimant_side=azerbaijan&status=active&sort=-stated_on"
    )
    assert latest[0]["best"] == 3


def test_its_5_injured_became_4_by_derivation(client: HonestClient) -> None:
    injured = claims(client, f"{CLASH}&harm=injured&claimant=azerbaijan-mod")
    assert sorted((claim["best"], claim["status"], claim["flags"]) for claim in injured) == [
        (4, "active", ["derived"]),
        (5, "superseded", []),
    ]


def test_no_losses_are_zeros_and_not_nulls(client: HonestClient) -> None:
    own = claims(client, f"{CLASH}&claimant=armenia-mod")
    assert sorted((claim["harm"], claim["low"], claim["best"], claim["high"]) for claim in own) == [
        ("injured", 0, 0, 0),
        ("killed", 0, 0, 0),
    ]


def test_the_one_killed_at_night_is_another_event(client: HonestClient) -> None:
    night = claims(client, "claimant=azerbaijan-mod&measure=incident&harm=killed&from=2020-07-13&to=2020-07-13")
    assert [(claim["best"], claim["event"]["id"] != "border-clash-2020-07-12") for claim in night] == [(1, True)]


def test_30_september_2300_killed_or_injured_beside_103_or_104_killed(client: HonestClient) -> None:
    day = "stated_from=2020-09-30&stated_to=2020-09-30&subject_side=armenian&members=1"
    about_2300 = claims(client, f"{day}&claimant=azerbaijan-mod&has_figure=1")
    assert [(c["harm"], c["measure"], c["low"], c["best"], c["high"]) for c in about_2300] == [
        ("killed_or_injured", "cumulative", None, 2300, None)
    ]
    admitted = claims(client, f"{day}&claimant=artsakh-mod&harm=killed&has_figure=1")
    assert [(c["low"], c["best"], c["high"], c["flags"]) for c in admitted] == [(103, 103, 104, ["reports_differ"])]
    reports = client.get(f"/v1/claims/{admitted[0]['id']}").json["data"]["reports"]
    assert sorted(report["best"] for report in reports) == [103, 104]


def test_the_three_strikes_on_ganja(client: HonestClient) -> None:
    def strike(day: int, harm: str) -> list[int]:
        query = f"event=ganja-2020-10-{day:02}&harm={harm}&has_figure=1&claimant_side=azerbaijan"
        return sorted(claim["best"] for claim in claims(client, query))

    assert strike(4, "killed") == [1] and strike(4, "injured") == [32]
    assert strike(11, "killed") == [7, 10] and strike(11, "injured") == [34, 35]
    assert strike(17, "killed") == [12, 13]
    all_three = claims(client, "measure=period&from=2020-10-04&to=2020-10-17&q=ganja&has_figure=1")
    assert sorted((claim["harm"], claim["best"]) for claim in all_three) == [("injured", 118), ("killed", 26)]


def test_armenian_losses_by_three_claimants_in_three_measures(client: HonestClient) -> None:
    told = claims(client, "recorded_conflict=nagorno-karabakh-2020&subject_side=armenian&harm=killed&has_figure=1")
    by_day = {(c["stated_on"], c["claimant"]["id"]): (c["best"], c["measure"]) for c in told}
    assert by_day[("2020-11-13", "artsakh-mod")][0] == 1383
    assert by_day[("2020-11-14", "armenia-moh")] == (2317, "bodies")
    assert by_day[("2021-09-27", "armenia-investigative-committee")] == (3781, "cumulative")


def test_azerbaijani_losses_do_not_fall_from_died_to_buried(client: HonestClient) -> None:
    told = claims(
        client,
        "claimant=azerbaijan-mod&subject_side=azerbaijan&harm=killed&part=none&stated_from=2020-12-03&stated_to=2020-12-08",
    )
    assert [(c["best"], c["measure"]) for c in sorted(told, key=lambda c: c["stated_on"])] == [
        (2783, "cumulative"),
        (2723, "buried"),
    ]


def test_azerbaijans_silence_on_its_soldiers(client: HonestClient) -> None:
    silence = claims(client, "kind=silence")
    assert [
        (c["covers_from"], c["covers_to"], c["victim_status"], c["low"], c["best"], c["high"]) for c in silence
    ] == [("2020-09-27", "2020-12-02", "member_of_armed_forces", None, None, None)]


def test_the_article_is_there_in_full(client: HonestClient) -> None:
    told = claims(client, "source=article-2020-09-30")
    killed = {c["best"]: (c["qualifier"], c["confirmation"]) for c in told if c["harm"] == "killed" and c["best"]}
    assert killed[100] == ("nearly", "confirmed")
    assert killed[3][0] == "exact" and killed[30000][0] == "about"
    assert len([c for c in told if c["qualifier"] == "unquantified"]) == 2
    blamed = {c["responsible_side"]["id"] for c in told if c["kind"] == "responsibility"}
    assert blamed == {"azerbaijan", "armenian"} or blamed == {"azerbaijan", "armenia"} or "azerbaijan" in blamed


def test_a_grade_that_no_source_has_leaves_no_figure(client: HonestClient) -> None:
    """Claims that are no figure, or that a relation touches, are read nevertheless."""
    answer = client.get("/v1/statistics/casualties?conflict=nagorno-karabakh-2020&reliability=E").json
    excluded = {left_out["reason"]: left_out["claims"] for left_out in answer["meta"]["excluded"]}
    assert (answer["data"], excluded["not_a_figure"], excluded["not_heard"]) == ([], 12, 136)
