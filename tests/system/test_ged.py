"""The API answers two releases of official data as they were imported: UCDP GED, Ukraine, to 2019 and then to 2021.

`make test` reads the samples in seeds/data; `make test-data DATA=../shared/data` reads the complete releases. The
later release is imported after the earlier one.
"""

import json
from collections.abc import Callable
from typing import NamedTuple

import pytest
from flask import Flask

from tests.conftest import Databases, make_app
from tests.support import ged
from tests.support.imported import SIZES, Counts, command, counted, files_of
from tests.support.worlds import Document

EARLIER, LATER = "conflict_data_ukr.v2-to2019.csv", "conflict_data_ukr.v3-to2021.csv"
POLICIES = ("envelope", "latest", "third_party")
PARTS = (*ged.SOLDIERS, *ged.OTHERS)


class Loaded(NamedTuple):
    app: Flask
    before: list[ged.Row]  # the earlier release
    events: list[ged.Row]  # the later one
    whole: bool  # the complete releases, not samples
    counts: Counts  # of the second import
    again: str  # the output of a third import, of the same file

    def rows(self, question: str) -> list[Document]:
        answer = self.app.test_client().get(f"/v1/statistics/casualties?shape=array&{question}")
        assert answer.status_code == 200, answer.text
        found: list[Document] = answer.json
        return found

    def sums(self, group: str, question: str = "") -> dict[str, ged.Bounds]:
        """Return low, best and high by the values of one group."""
        rows = self.rows(f"group_by={group}&{question}")
        return {named(row[group]): figures(row) for row in rows}

    def one(self, record_type: str, slug: str) -> Document:
        found: Document = self.app.test_client().get(f"/v1/{record_type}/{slug}").json["data"]
        return found

    def events_as_held(self, fields: str) -> list[Document]:
        lines = self.app.test_client().get(f"/v1/events.ndjson?fields=id,{fields}").text.splitlines()
        return [json.loads(line) for line in lines]

    def changed(self, *columns: str) -> set[str]:
        """Return the ids of the events in both releases that differ in one of these columns."""
        after = {row["id"]: row for row in self.events}
        return {
            row["id"]
            for row in self.before
            if row["id"] in after and any(row[name] != after[row["id"]][name] for name in columns)
        }


def named(value: Document | str | None) -> str:
    return value["id"] if isinstance(value, dict) else value or ""


def figures(row: Document) -> ged.Bounds:
    return row["low"], row["best"], row["high"]


@pytest.fixture(scope="module", params=SIZES)
def loaded(request: pytest.FixtureRequest, databases: Databases, engine: str) -> Loaded:
    folder = files_of("ucdp-ged-ukraine", request.param)
    # This may take long on a machine that is busy with other tests.
    app = make_app(databases.upgraded(engine), databases.folder)
    command("ucdp-ged", [folder / EARLIER], databases, "--release", "v2")
    counts = counted(command("ucdp-ged", [folder / LATER], databases, "--release", "v3"))
    again = command("ucdp-ged", [folder / LATER], databases, "--release", "v3")
    whole = request.param == "release"
    return Loaded(app, ged.rows(folder / EARLIER), ged.rows(folder / LATER), whole, counts, again)


# From one release to the next ----------------------------------------------------------------------------------------


def test_what_vanished_is_withdrawn_and_what_is_new_created(loaded: Loaded) -> None:
    before, after = ({row["id"] for row in rows} for rows in (loaded.before, loaded.events))
    gone, new = len(before - after), len(after - before)
    if loaded.whole:
        assert (gone, new) == (94, 1916)
    assert (loaded.counts["events"]["withdrawn"], loaded.counts["events"]["created"]) == (gone, new)
    withdrawn = [event for event in loaded.events_as_held("status,status_reason") if event["status"] == "withdrawn"]
    assert {event["id"] for event in withdrawn} == {f"ucdp-ged-{id}" for id in before - after}
    reasons = {event["status_reason"] for event in withdrawn}
    assert reasons == {"Not in release v3 of UCDP Georeferenced Event Dataset (GED)."}


def test_changed_figures_are_revised_with_before_and_after(loaded: Loaded) -> None:
    bounds, parts = loaded.changed("low", "best", "high"), loaded.changed("low", "best", "high", *PARTS)
    if loaded.whole:
        assert (len(bounds), len(parts)) == (67, 71)
    entries = [entry for entry in log(loaded, "claims") if told(entry["before"]) != told(entry["after"])]
    revised = {entry["id"]: entry for entry in entries if entry["operation"] == "revise"}
    assert {id for id in revised if id.count("-") == 2} == {f"ucdp-ged-{id}" for id in bounds}
    known = {row["id"] for row in loaded.before} & {row["id"] for row in loaded.events}
    assert {entry["id"].split("-")[2] for entry in entries} & known == parts
    before, after = ({row["id"]: row for row in rows} for rows in (loaded.before, loaded.events))
    for id in bounds:
        entry = revised[f"ucdp-ged-{id}"]
        assert (figures(entry["before"]), figures(entry["after"])) == (ged.bounds(before[id]), ged.bounds(after[id]))


def told(claim: Document | None) -> ged.Bounds | None:
    """Return the figure of a claim; None if the claim is not active."""
    return figures(claim) if claim and claim["status"] == "active" else None


def log(loaded: Loaded, resource: str) -> list[Document]:
    """Return the entries of the change log about the second import."""
    client, url = loaded.app.test_client(), f"/v1/changes?resource={resource}&since=1&limit=1000"
    found: list[Document] = []
    while url:
        answer = client.get(url).json
        found += answer["data"]
        url = answer["links"].get("next", "").removeprefix("http://127.0.0.1:8000")
    return found


def test_the_same_release_again_changes_nothing(loaded: Loaded) -> None:
    assert "Nothing changed: no new revision." in loaded.again
    assert {word for counts in counted(loaded.again).values() for word in counts} == {"unchanged"}


def test_the_revision_before_still_gives_the_earlier_release(loaded: Loaded) -> None:
    by_year = loaded.sums("year", "revision=1")
    assert by_year == ged.summed(loaded.before, lambda event: event["year"])
    assert loaded.sums("event", "revision=1") == ged.summed(loaded.before, GROUPS["event"])


# Figures -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", POLICIES)
def test_all_events_add_up_to_the_columns_of_the_file(loaded: Loaded, policy: str) -> None:
    (row,) = loaded.rows(f"policy={policy}")
    assert figures(row) == tuple(sum(ged.bounds(event)[n] for event in loaded.events) for n in range(3))
    assert row["cells"] == row["claims"] == len(loaded.events)
    assert (row["open_ended"], row["imputed"], row["incomplete"], row["disputed"]) == (0, 0, 0, 0)


def lies_in(event: ged.Row, letters: int, precision: int) -> str:
    """Return the year or month of the event; empty if its days are in two, or are not precise enough."""
    first, last = event["date_start"][:letters], event["date_end"][:letters]
    return first if first == last and int(event["date_prec"]) <= precision else ""


GROUPS: dict[str, Callable[[ged.Row], str]] = {
    "year": lambda event: lies_in(event, 4, 5),
    "month": lambda event: lies_in(event, 7, 4),
    "admin1": lambda event: event["adm_1"],
    "conflict": lambda event: f"ucdp-conflict-{event['conflict_new_id']}",
    "event": lambda event: f"ucdp-ged-{event['id']}",
}


@pytest.mark.parametrize("group", GROUPS)
def test_every_group_adds_up_to_the_columns_of_the_file(loaded: Loaded, group: str) -> None:
    assert loaded.sums(group) == ged.summed(loaded.events, GROUPS[group])


@pytest.mark.parametrize("year", range(2014, 2022))
def test_a_year_asked_alone_is_the_year_of_the_file(loaded: Loaded, year: int) -> None:
    (row,) = loaded.rows(f"year={year}")
    of_year = [event for event in loaded.events if event["date_start"].startswith(str(year))]
    assert {str(year): figures(row)} == ged.summed(of_year, lambda event: event["year"])


def test_the_parts_are_told_by_side_and_status_and_never_added_to_the_whole(loaded: Loaded) -> None:
    dead: dict[str, int] = {}
    statuses = {"member_of_armed_forces": 0, "civilian": 0, "unknown": 0}
    for event in loaded.events:
        for column, side in ged.SOLDIERS.items():
            statuses["member_of_armed_forces"] += int(event[column])
            if int(event[column]):
                slug = f"ucdp-actor-{event[side]}"
                dead[slug] = dead.get(slug, 0) + int(event[column])
        for column, status in ged.OTHERS.items():
            statuses[status] += int(event[column])
    whole = sum(int(event["best"]) for event in loaded.events)
    by_side = {named(row["subject_side"]): row["best"] for row in loaded.rows("group_by=subject_side")}
    assert by_side == {"all": whole, **dead}
    by_status = {row["victim_status"]: row["best"] for row in loaded.rows("group_by=victim_status")}
    assert by_status == {"any": whole, **statuses}
    assert sum(statuses.values()) == whole


# Faults of naive importers --------------------------------------------------------------------------------------------


def test_bounds_out_of_order_are_kept_as_given_and_flagged(loaded: Loaded) -> None:
    wrong = [event for event in loaded.events if ged.disordered(event)]
    assert {"155425", "232776"} <= {event["id"] for event in wrong} and len(wrong) == 13
    answer = loaded.app.test_client().get("/v1/claims?flag=bounds_disordered&status=active")
    assert {claim["event"]["id"]: figures(claim) for claim in answer.json["data"]} == {
        f"ucdp-ged-{event['id']}": ged.bounds(event) for event in wrong
    }
    (row,) = loaded.rows("event=ucdp-ged-155425")
    assert figures(row) == (7, 7, 6)


def test_the_claimant_as_free_text_stands_on_the_report(loaded: Loaded) -> None:
    claim = loaded.one("claims", "ucdp-ged-154667")
    assert figures(claim) == (0, 0, 250)
    assert claim["claimant"]["id"] == "ucdp"
    assert [report["source_original"] for report in claim["reports"]] == ["Ukrainian army, denied by rebels"]


def test_articles_are_kept_whole_where_parallel_lists_differ_in_length(loaded: Loaded) -> None:
    lists = ("source_office", "source_date", "source_headline")
    uneven = [row for row in loaded.events if len({row[name].count(";") for name in lists}) > 1]
    if loaded.whole:
        assert len(uneven) == 16
    assert uneven
    for row in uneven:
        assert loaded.one("events", f"ucdp-ged-{row['id']}")["note"] == f"Coded by UCDP from: {row['source_article']}"


def test_dates_and_places_follow_the_later_release(loaded: Loaded) -> None:
    dates, places = loaded.changed("date_start", "date_end"), loaded.changed("where_coordinates")
    if loaded.whole:
        assert (len(dates), len(places)) == (65, 424)
    assert dates and places
    after = {f"ucdp-ged-{row['id']}": row for row in loaded.events}
    fields = "started_on,ended_on,place,country,latitude,longitude,date_precision"
    events = loaded.events_as_held(f"status,{fields}")
    found = {event["id"]: event for event in events if event["status"] == "active"}
    assert found.keys() == after.keys()
    for slug, event in found.items():
        row = after[slug]
        assert (event["started_on"], event["ended_on"]) == (row["date_start"][:10], row["date_end"][:10])
        assert (event["place"], event["country"]) == (row["where_coordinates"], row["iso3"])
        assert (event["latitude"], event["longitude"]) == (float(row["latitude"]), float(row["longitude"]))
        assert event["date_precision"] == int(row["date_prec"])


def test_what_cannot_be_seen_is_taken_out_of_a_note(loaded: Loaded) -> None:
    (row,) = [row for row in loaded.events if row["id"] == "407752"]
    assert "\u200b" in row["where_description"]
    assert (
        loaded.one("events", "ucdp-ged-407752")["place_note"] == row["where_description"].replace("\u200b", "").strip()
    )


def test_two_actors_of_one_name_stay_two(loaded: Loaded) -> None:
    names = {side["id"]: side["name"] for side in loaded.app.test_client().get("/v1/sides").json["data"]}
    assert names["ucdp-actor-5840"] == names["ucdp-actor-6711"] == "DPR"
