"""A secondary compilation by war and side: a side is the victim in one bucket and responsible in the others."""

import os
import pathlib
from collections import Counter

import pytest

from imports.mapping_language.slugs import make_slug
from tests.conftest import Databases
from tests.support.imported import SIZES, Imported, Row, bounds, brought

DATASET = "casualty-source-aggregation"
SAMPLES = ["nagorno_karabakh_wars", "six_day_war", "tigray_war"]
BOUNDS = ("low", "point", "high")


@pytest.fixture(scope="module", params=SIZES)
def wars(request: pytest.FixtureRequest, databases: Databases, engine: str) -> Imported:
    names = [f"per_war_{name}.json" for name in SAMPLES]
    if request.param == "release" and (data := os.environ.get("DATA")):
        names = sorted(path.name for path in (pathlib.Path(data) / DATASET).glob("per_war_*.json"))
    return brought(databases, engine, request.param, DATASET, [(DATASET, names)])


def files(wars: Imported) -> list[Row]:
    return [wars.json(path.name) for path in sorted(wars.folder.glob("per_war_*.json"))]


def side_of(war: Row, side: Row) -> str:
    return make_slug(f"csa-{war['war_id']}-{side['name']}")


def told(bucket: Row) -> tuple[int | None, ...]:
    return tuple(bucket.get(name) for name in BOUNDS)


def test_soldiers_are_the_dead_of_their_side(wars: Imported) -> None:
    expected = {side_of(war, side): told(side["military_killed"]) for war in files(wars) for side in war["sides"]}
    claims = [row for row in wars.claims("measure=cumulative") if row["subject_side_id"]]
    assert {row["subject_side_id"]: bounds(row) for row in claims} == expected
    assert {(row["victim_status"], row["responsible_side_id"]) for row in claims} == {("member_of_armed_forces", "")}


def test_civilians_were_killed_by_the_side_and_are_of_no_side(wars: Imported) -> None:
    expected = {
        side_of(war, side): told(side["civilians_killed_directly"]) for war in files(wars) for side in war["sides"]
    }
    claims = wars.claims("measure=incident&victim_status=civilian")
    assert {row["responsible_side_id"]: bounds(row) for row in claims} == expected
    assert {row["subject_side_id"] for row in claims} == {""}


def test_deaths_from_actions_are_counted_with_the_side_that_acted(wars: Imported) -> None:
    expected = Counter(
        (side_of(war, side), told(act))
        for war in files(wars)
        for side in war["sides"]
        for act in side["deaths_from_actions"]
    )
    claims = wars.claims("measure=incident&victim_status=any")
    assert Counter((row["responsible_side_id"], bounds(row)) for row in claims) == expected


@pytest.mark.parametrize("bound", ["low", "high"])
def test_totals_by_war_and_side_are_those_of_the_files(wars: Imported, bound: str) -> None:
    """The buckets for which a side is responsible are added. A missing bound is imputed from the other bounds."""
    for war in files(wars):
        expected = {}
        for side in war["sides"]:
            buckets = [side["civilians_killed_directly"], *side["deaths_from_actions"]]
            numbers = [filled(bucket, bound) for bucket in buckets if any(n is not None for n in told(bucket))]
            expected |= {side_of(war, side): sum(numbers)} if numbers else {}
        question = f"basis=incidents&conflict=csa-{make_slug(war['war_id'])}&harm=killed&group_by=responsible_side"
        assert {row["responsible_side"]["id"]: row[bound] for row in wars.totals(question)} == expected


def filled(bucket: Row, bound: str) -> int:
    low, point, high = told(bucket)
    choices = (low, point, 0) if bound == "low" else (high, point, low)
    return next(number for number in choices if number is not None)


def test_a_war_as_a_whole_is_about_all_sides(wars: Imported) -> None:
    claims = {row["id"]: row for row in wars.claims("measure=cumulative") if not row["subject_side_id"]}
    for war in files(wars):
        for part, words in (("military", "all-soldiers"), ("civilian", "all-civilians"), ("grand", "all")):
            low, high = war["totals"][f"{part}_low"], war["totals"][f"{part}_high"]
            row = claims.pop(make_slug(f"csa-{war['war_id']}-{words}-killed"), None)
            assert (row and bounds(row)) == ((low, None, high) if (low, high) != (None, None) else None)
    assert claims == {}


def test_a_bucket_without_a_number_is_unquantified_and_no_zero(wars: Imported) -> None:
    blank = [row for row in wars.claims() if bounds(row) == (None, None, None)]
    assert len(blank) >= 5 and {row["qualifier"] for row in blank} == {"unquantified"}
    assert {row["qualifier"] for row in wars.claims() if row not in blank} == {"as_given"}


def test_notes_and_cited_addresses_are_kept(wars: Imported) -> None:
    war = wars.json("per_war_nagorno_karabakh_wars.json")
    side = war["sides"][1]
    claim = wars.claim(f"{side_of(war, side)}-soldiers-killed")
    assert claim["note"] == side["military_killed"]["notes"]
    addresses = {report["url"] for report in claim["reports"] if report["url"]}
    assert addresses == set(side["military_killed"]["sources"])
    assert claim["claimant"]["id"] == "silver"


def test_a_cited_source_has_the_title_that_the_file_gives_it(wars: Imported) -> None:
    client = wars.app.test_client()
    for war in files(wars):
        for cited in war["sources"]:
            source = client.get(f"/v1/sources/{make_slug(cited['url'])}").json["data"]
            assert (source["title"], source["publisher"]) == (cited["title"], cited["publisher"])


def test_parts_that_overlap_are_left_out(wars: Imported) -> None:
    """The dead of Barda are part of the strikes of 2020, and these are part of the civilians killed directly."""
    names = {atrocity["name"] for war in files(wars) for atrocity in war["key_atrocities"]}
    events = wars.app.test_client().get("/v1/events.csv?fields=name").text
    assert names and not [name for name in names if name in events]
    expected = sum(3 * len(war["sides"]) for war in files(wars))
    expected += sum(len(side["deaths_from_actions"]) - 1 for war in files(wars) for side in war["sides"])
    assert len([row for row in wars.claims() if row["responsible_side_id"] or row["subject_side_id"]]) == expected
