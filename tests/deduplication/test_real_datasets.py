"""Fault I22: duplicates across five real datasets are looked for among all claims that may be one."""

import itertools

import pytest

from api.database.connection import database
from api.database.snapshot import open_snapshot
from api.deduplication import candidates
from api.deduplication.similarity import compare_claims, days_between
from tests.conftest import Databases, make_app
from tests.support.imported import SIZES, command, files_of

FILES = {
    "ucdp-ged": "ucdp-ged-ukraine/conflict_data_ukr.v3-to2021.csv",
    "ucdp-conflict-totals": "ucdp-ged-sample/conflicts_summary.json",
    "economist-soldier-losses": "economist-soldier-losses/estimates.csv",
    "ukraine-russian-losses": "russia-losses-daily/russia_losses_personnel.json",
    "palestine-gaza-daily": "palestine-datasets/casualties_daily.json",
}


def share_block(first: candidates.RecordFields, second: candidates.RecordFields) -> bool:
    """Return whether two claims are of different datasets, of one harm and measure, and of one side or country."""
    if first["dataset"] == second["dataset"] or any(first[name] != second[name] for name in ("harm", "measure")):
        return False
    same_country = first["country"] == second["country"] or not (first["country"] and second["country"])
    same_side = first["subject_side"] == second["subject_side"]
    return same_side and (first["subject_side"] or same_country) or bool(first["country"]) and same_country


@pytest.mark.parametrize("size", SIZES)
def test_every_pair_across_datasets_is_compared(databases: Databases, engine: str, size: str) -> None:
    make_app(databases.upgraded(engine), databases.folder)
    for mapping, name in FILES.items():
        folder, file = name.split("/")
        command(mapping, [files_of(folder, size) / file], databases)
    search = candidates.Search(least=0, within=False)
    with database.connection_context(), open_snapshot(None):
        found = {(one.first, one.second) for one in search.find_best(["claims"], 1_000_000)}
        by_event = list(candidates._read_claims("event_date", True))
        others = list(candidates._read_claims("stated_on", False))
    assert search.crowded == 0
    if size == "release":  # to compare all pairs would take hours
        assert ("economist-2024-01-16-ukraine-general-staff-russia-casualties",
                "ukraine-general-staff-2024-01-16-russian-losses") in found  # fmt: skip
        return
    alike = set()
    for claims, days in ((by_event, 1), (others, 0)):
        dated = [claim for claim in claims if claim["day"]]
        alike |= {
            tuple(sorted((first["id"], second["id"])))
            for first, second in itertools.combinations(dated, 2)
            if share_block(first, second)
            and days_between(first["day"], second["day"]) <= days
            and compare_claims(first, second)
        }
    assert found == alike
