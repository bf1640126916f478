"""A claim has the figures of its reports: it changes with them, and a write that contradicts them is refused."""

import itertools
import pathlib
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from werkzeug.test import TestResponse

from api.auth import api_keys
from api.cli.log import log_group as log_commands
from api.database.connection import database
from api.database.statements import select_rows
from api.history.revisions import current_revision
from tests.conftest import Databases
from tests.support import imported, worlds
from tests.support.contract import open_client
from tests.support.editors import base
from tests.support.worlds import Document

SHAPES = {
    "exact": (1, 1, 1), "about": (0, 1, 0), "at_least": (1, 1, 0), "more_than": (1, 1, 0), "nearly": (0, 1, 1),
    "up_to": (0, 0, 1), "unquantified": (0, 0, 0),
}  # fmt: skip
CLAIM = {"id": "toll", "conflict": "war", "event": "clash", "claimant": "one-mod", "subject_side": "camp-one"} | {
    "harm": "killed", "measure": "incident", "stated_on": "2020-03-02", "stated_until": "2020-03-02",
}  # fmt: skip
GRADES = {"a": "A", "b": "B", "f": "F", "d": "D", "wire": None}


def figure(qualifier: str, value: int | None = None) -> Document:
    """Return the bounds of a qualifier, as in the table of the codebook."""
    bounds = {
        name: value if told else None for name, told in zip(("low", "best", "high"), SHAPES[qualifier], strict=True)
    }
    return {"qualifier": qualifier, "value": value, **bounds}


def report(source: str, qualifier: str | None = None, value: int | None = None, **more: Any) -> Document:
    told = figure(qualifier, value) if qualifier else {}
    return {"id": source, "claim": "toll", "source": source, "harm": "killed", **told, **more}


class Desk:
    """An editor at the HTTP interface."""

    def __init__(self, app: Flask) -> None:
        self.app, self.numbers = app, itertools.count()
        graded = [{"id": name, "publisher": name, "reliability": grade} for name, grade in GRADES.items()]
        worlds.write(base() | {"sources": graded})
        client = open_client(app)
        self.client = client
        with database.connection_context():
            key = api_keys.create("A desk", ["write", "retract"], None)
        self.headers = {"Authorization": f"Bearer {key}"}

    def post(self, record_type: str, body: Any, expected: int = 201) -> TestResponse:
        headers = self.headers | {"Idempotency-Key": str(next(self.numbers))}
        return self._told(self.client.post(f"/v1/{record_type}?reason=Entered.", json=body, headers=headers), expected)

    def patch(self, record_type: str, slug: str, expected: int = 200, /, **patch: Any) -> TestResponse:
        headers = self.headers | {"If-Match": "*"}
        return self._told(
            self.client.patch(f"/v1/{record_type}/{slug}?reason=Misread.", json=patch, headers=headers), expected
        )

    def retract(self, record_type: str, slug: str, expected: int = 200) -> TestResponse:
        headers = self.headers | {"If-Match": "*"}
        return self._told(self.client.delete(f"/v1/{record_type}/{slug}?reason=Withdrawn.", headers=headers), expected)

    @staticmethod
    def _told(answer: TestResponse, status: int) -> TestResponse:
        assert answer.status_code == status, answer.text
        return answer

    def claim(self, address: str = "toll") -> Document:
        found: Document = self.client.get(f"/v1/claims/{address}").json["data"]
        return found

    def said(self, address: str = "toll") -> tuple[Any, ...]:
        """Return low, best, high, qualifier, value, rule and flags of a claim."""
        claim = self.claim(address)
        return tuple(claim[name] for name in ("low", "best", "high", "qualifier", "value", "figure_rule", "flags"))

    def counted(self, question: str = "") -> tuple[Any, ...]:
        row = self.client.get(f"/v1/statistics/casualties?harm=killed{question}").json["data"][0]
        return row["low"], row["best"], row["high"]

    def errors(self, answer: TestResponse) -> dict[str, str]:
        return {error["name"]: error["message"] for error in answer.json["errors"]}


@pytest.fixture
def desk(empty: Flask) -> Desk:
    """Return a desk with a claim of exactly 104, which the source `wire` carries."""
    made = Desk(empty)
    made.post("claims", CLAIM | figure("exact", 104) | {"phrase": "104 men", "reports": [report("wire", "exact", 104)]})
    return made


DIFFERING = ["reports_differ"]


def test_a_second_report_that_differs_makes_the_claim_a_range(desk: Desk) -> None:
    before = desk.said(), desk.client.head("/v1/claims/toll").headers["ETag"], desk.counted()
    assert (before[0], before[2]) == ((104, 104, 104, "exact", 104, None, []), (104, 104, 104))
    revision = desk.post("reports", report("f", "exact", 103, phrase="103 names")).json["data"]["revision"]
    assert desk.said() == (103, 103, 104, "exact", 103, "reports_combined", DIFFERING)
    assert desk.counted() == (103, 103, 104)
    assert desk.client.head("/v1/claims/toll").headers["ETag"] != before[1]
    assert desk.claim()["revision"] == revision
    assert (desk.said(f"toll?revision={revision - 1}"), desk.counted(f"&revision={revision - 1}")) == (
        before[0],
        before[2],
    )
    assert worlds.ids(desk.client.get("/v1/claims?flag=reports_differ")) == ["toll"]


def test_the_change_log_tells_what_followed_from_the_report(desk: Desk) -> None:
    revision = desk.post("reports", report("f", "exact", 103)).json["data"]["revision"]
    told = desk.client.get(f"/v1/changes?since={revision - 1}").json["data"]
    assert [(one["resource"], one["id"], one["operation"], one["reason"]) for one in told] == [
        ("reports", "f", "create", "Entered."), ("claims", "toll", "revise", "Entered.")
    ]  # fmt: skip
    before, after = told[1]["before"], told[1]["after"]
    assert {name: (before[name], after[name]) for name in after if before[name] != after[name]} == {
        "low": (104, 103), "best": (104, 103), "value": (104, 103),
        "figure_rule": (None, "reports_combined"), "flags": ([], DIFFERING),
    }  # fmt: skip


def test_a_report_that_says_the_same_changes_nothing(desk: Desk) -> None:
    before = desk.claim()
    desk.post("reports", report("f", "exact", 104))
    desk.post("reports", report("d"))
    after = desk.claim()
    assert [one["id"] for one in after["reports"]] == ["d", "f", "wire"]
    assert desk.said() == (104, 104, 104, "exact", 104, None, [])
    assert len(before["reports"]) == 1


#: Reports that are added to one of "exactly 104" from an ungraded source, and the figure that the claim then has.
CASES: list[tuple[list[Document], tuple[Any, ...]]] = [
    # The better graded source gives the best: A before ungraded before D.
    ([report("a", "exact", 110)], (104, 110, 110, "exact", 110)),
    ([report("d", "exact", 90)], (90, 104, 104, "exact", 104)),
    ([report("b", "exact", 120), report("a", "exact", 110)], (104, 110, 120, "exact", 110)),
    # Of equal grades the lowest counts; a source that cannot be judged counts as ungraded.
    ([report("f", "exact", 103)], (103, 103, 104, "exact", 103)),
    ([report("f", "exact", 105)], (104, 104, 105, "exact", 104)),
    # If one report leaves a bound open, it is open; the qualifier follows from the bounds.
    ([report("f", "at_least", 100)], (100, 100, None, "at_least", 100)),
    ([report("f", "more_than", 100)], (100, 100, None, "more_than", 100)),
    ([report("f", "more_than", 104)], (104, 104, None, "at_least", 104)),
    ([report("f", "about", 100)], (None, 100, None, "about", 100)),
    ([report("a", "about", 100), report("b", "at_least", 95)], (None, 100, None, "about", 100)),
    ([report("f", "nearly", 110)], (None, 104, 110, "exact", 104)),
    ([report("f", "up_to", 110)], (None, None, 110, "up_to", 110)),
    ([report("f", qualifier=None) | {"qualifier": "between", "low": 90, "high": 95}], (90, None, 104, "between", 90)),
    ([report("a", "up_to", 110), report("b", "at_least", 90)], (None, None, None, "unquantified", None)),
    ([report("f", "unquantified")], (None, None, None, "unquantified", None)),
    ([report("f", qualifier=None) | {"qualifier": "vague", "low": 24}], (24, None, None, "vague", None)),
]


def test_the_rule(desk: Desk) -> None:
    """All records of one array are one revision."""
    for number, (given, combined) in enumerate(CASES):
        name = f"claim-{number}"
        told = CLAIM | {"id": name, "reports": [{"id": f"{name}-first", "source": "wire", **figure("exact", 104)}]}
        first = desk.post("claims", told | figure("exact", 104)).json["data"]["revision"]
        desk.post("reports", [one | {"id": f"{name}-{one['id']}", "claim": name} for one in given])
        assert desk.said(name) == (*combined, "reports_combined", DIFFERING), given
        assert desk.claim(name)["revision"] == first + 1


def test_reports_that_are_corrected_to_agree_give_the_claim_their_figure(desk: Desk) -> None:
    desk.post("reports", report("f", "exact", 103, phrase="103 names"))
    desk.patch("reports", "f", **figure("exact", 104))
    assert desk.said() == (104, 104, 104, "exact", 104, "exact", [])
    desk.patch("reports", "f", **figure("at_least", 104))
    assert desk.said() == (104, 104, None, "at_least", 104, "reports_combined", DIFFERING)
    desk.patch("reports", "wire", **figure("at_least", 104))
    assert desk.said() == (104, 104, None, "at_least", 104, "at_least", [])


def test_a_report_that_is_retracted_no_longer_counts(desk: Desk) -> None:
    desk.post("reports", report("f", "exact", 103, phrase="103 names", phrase_lang="en"))
    desk.retract("reports", "f")
    assert desk.said() == (104, 104, 104, "exact", 104, "exact", [])
    assert desk.claim()["phrase"] == ""  # the remaining report quotes no words
    desk.post("reports", report("b", "exact", 103, phrase="103 names", phrase_lang="en"))
    desk.retract("reports", "wire")
    assert desk.said() == (103, 103, 103, "exact", 103, "exact", [])
    assert (desk.claim()["phrase"], desk.claim()["phrase_lang"]) == ("103 names", "en")
    assert worlds.ids(desk.client.get("/v1/claims?q=names")) == ["toll"]
    assert worlds.ids(desk.client.get("/v1/claims?q=men")) == []
    desk.patch("reports", "wire", status="active", status_reason="")
    assert desk.said() == (103, 103, 104, "exact", 103, "reports_combined", DIFFERING)


def test_the_only_report_that_is_corrected_takes_the_claim_along(desk: Desk) -> None:
    """Otherwise nobody could correct either of them: each would contradict the other."""
    desk.patch("reports", "wire", **figure("exact", 114), phrase="114 men")
    assert desk.said() == (114, 114, 114, "exact", 114, "exact", [])
    assert (desk.claim()["phrase"], desk.counted()) == ("114 men", (114, 114, 114))


def test_a_report_that_goes_over_to_another_claim_is_felt_by_both(desk: Desk) -> None:
    other = CLAIM | {"id": "other"} | figure("exact", 7)
    desk.post("claims", other | {"reports": [{"id": "o", "source": "wire"} | figure("exact", 7)]})
    desk.post("reports", report("f", "exact", 103))
    desk.patch("reports", "f", claim="other")
    assert desk.said() == (104, 104, 104, "exact", 104, "exact", [])
    moved = desk.client.get("/v1/claims/other").json["data"]
    assert (moved["low"], moved["best"], moved["high"], moved["flags"]) == (7, 7, 103, DIFFERING)


def test_a_source_that_is_graded_anew_decides_anew(desk: Desk) -> None:
    desk.post("reports", report("d", "exact", 103))
    assert desk.said()[:3] == (103, 104, 104)
    desk.patch("sources", "d", reliability="A")
    assert desk.said() == (103, 103, 104, "exact", 103, "reports_combined", DIFFERING)


def test_reports_that_differ_in_harm_leave_the_claims_own(desk: Desk) -> None:
    desk.post("reports", report("f", "exact", 104, harm="killed_or_injured"))
    assert desk.said() == (104, 104, 104, "exact", 104, None, ["reports_differ_in_harm"])
    assert desk.claim()["harm"] == "killed"
    desk.patch("reports", "f", **figure("exact", 110))
    assert desk.said()[:3] == (104, 104, 110)
    assert desk.said()[-1] == ["reports_differ", "reports_differ_in_harm"]
    desk.retract("reports", "f")
    assert desk.said()[-1] == []


def test_other_flags_stay(desk: Desk) -> None:
    desk.patch("claims", "toll", flags=["date_inferred"])
    desk.post("reports", report("f", "exact", 103))
    assert desk.said()[-1] == ["reports_differ", "date_inferred"]
    desk.retract("reports", "f")
    assert desk.said()[-1] == ["date_inferred"]


def test_bounds_out_of_order_are_taken_as_given_and_flagged(desk: Desk) -> None:
    """UCDP's Armenia of 2022: 154, 154, 153."""
    desk.patch("reports", "wire", qualifier="as_given", value=None, low=154, best=154, high=153)
    assert desk.said() == (154, 154, 153, "as_given", None, "as_given", ["bounds_disordered"])
    desk.patch("reports", "wire", high=154)
    assert desk.said() == (154, 154, 154, "as_given", None, "as_given", [])


# Refused -------------------------------------------------------------------------------------------------------------


def test_a_claim_is_not_corrected_against_its_reports(desk: Desk) -> None:
    desk.post("reports", report("f", "exact", 103))
    told = desk.errors(desk.patch("claims", "toll", 422, low=104, best=104))
    assert told == {
        "/low": "Must be 103, because of the reports of toll: f says low 103, best 103, high 103; "
        "wire says low 104, best 104, high 104.",
        "/best": told["/low"],
    }
    told = desk.errors(desk.patch("claims", "toll", 422, flags=[]))
    assert list(told) == ["/high"] and told["/high"].startswith("exact 103 means low 103, best 103, high 103.")
    assert desk.said() == (103, 103, 104, "exact", 103, "reports_combined", DIFFERING)
    desk.patch("claims", "toll", note="A word of its own.", flags=["date_inferred", "reports_differ"])


def test_a_claim_whose_reports_agree_says_what_they_say(desk: Desk) -> None:
    told = desk.errors(desk.patch("claims", "toll", 422, **figure("exact", 105)))
    assert list(told) == ["/low", "/best", "/high"]
    told = desk.errors(desk.patch("claims", "toll", 422, flags=["reports_differ"]))
    assert told["/flags"].startswith("Must not have the flag reports_differ")


def test_a_new_claim_comes_with_the_figure_that_its_reports_give(desk: Desk) -> None:
    said = [{"id": "x", "source": "a"} | figure("exact", 5), {"id": "y", "source": "b"} | figure("exact", 6)]
    new = CLAIM | {"id": "new", "reports": said} | figure("exact", 5)
    told = desk.errors(
        desk.post("claims", [CLAIM | {"id": "silent", "reports": [{"source": "a"}]} | figure("exact", 1), new], 422)
    )
    assert list(told) == ["/1/high", "/1/flags"]
    assert told["/1/high"].startswith("Must be 6, because of the reports of new: x says low 5, best 5, high 5; y says")
    desk.post("claims", new | {"high": 6, "flags": ["reports_differ"]})
    only = {"id": "only", "reports": [{"id": "z", "source": "a"} | figure("exact", 5)]} | figure("exact", 4)
    assert list(desk.errors(desk.post("claims", CLAIM | only, 422))) == ["/low", "/best", "/high"]


def test_a_report_without_a_figure_of_its_own_keeps_what_it_repeats(desk: Desk) -> None:
    repeated = CLAIM | {"id": "quoted", "reports": [{"id": "q", "source": "a"}]} | figure("exact", 9)
    desk.post("claims", repeated)
    others = [{"id": n, "claim": "quoted", "source": s} | figure("exact", int(n)) for n, s in (("9", "b"), ("8", "d"))]
    told = desk.errors(desk.post("reports", [report("f", "exact", 104), others[1]], 422))
    assert told == {
        "/1/qualifier": "8 says low 8, best 8, high 8, but the claim quoted says low 9, best 9, high 9, and these "
        "reports repeat it without a figure of their own: q. First give them the claim's figure (qualifier and value)."
    }
    desk.patch("claims", "quoted", **figure("exact", 10))
    desk.patch("claims", "quoted", **figure("exact", 9))
    desk.patch("reports", "q", **figure("exact", 9))
    desk.post("reports", others)
    quoted = desk.client.get("/v1/claims/quoted").json["data"]
    assert (quoted["low"], quoted["best"], quoted["high"], quoted["flags"]) == (8, 9, 9, DIFFERING)


# Files ---------------------------------------------------------------------------------------------------------------

SHEET = "no,first,second\n1,104,103\n2,7,7\n"
HEAD = """
dataset: {id: DATASET, title: T, publisher: P, licence: L, citation: C}
always:
  - source: {id: DATASET-sheet, publisher: DATASET}
"""
FIRST = (
    HEAD
    + """
  - conflict: {id: field, name: Field}
  - claimant: {id: desk, name: Desk}
records:
  - claim:
      id: c-{no}
      conflict: field
      claimant: desk
      harm: killed
      measure: cumulative
      figure: {number: "{first}"}
      reports: {source: DATASET-sheet, figure: {number: "{first}"}}
ignore: {columns: {second: Elsewhere.}}
"""
)
SECOND = (
    HEAD
    + """
records:
  - report: {claim: "c-{no}", source: DATASET-sheet, figure: {number: "{second}"}}
ignore: {columns: {first: Elsewhere.}}
"""
)
BOTH = FIRST.replace("  - conflict:", "  - source: {id: DATASET-book, publisher: DATASET book}\n  - conflict:").replace(
    "reports: {", 'reports:\n        - {source: DATASET-book, id: "r-{no}", figure: {number: "{second}"}}\n        - {'
)


@pytest.fixture
def sheet(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "sheet.csv").write_text(SHEET)
    return tmp_path


def brought(folder: pathlib.Path, mapping: str, dataset: str, status: int = 0) -> str:
    (folder / f"{dataset}.yaml").write_text(mapping.replace("DATASET", dataset))
    asked = ("--mapping", folder / f"{dataset}.yaml", "--report", folder / "told.csv")
    told = imported.run(folder / "sheet.csv", *asked)
    assert told.exit_code == status, told.output
    return told.output


def figures(app: Flask) -> list[tuple[Any, ...]]:
    data = app.test_client().get("/v1/claims?conflict=field").json["data"]
    return [(one["id"], one["low"], one["best"], one["high"], one["flags"]) for one in data]


def test_an_import_brings_a_second_source(empty: Flask, sheet: pathlib.Path) -> None:
    brought(sheet, FIRST, "one")
    assert figures(empty) == [("c-1", 104, 104, 104, []), ("c-2", 7, 7, 7, [])]
    brought(sheet, SECOND, "two")
    assert figures(empty) == [("c-1", 103, 103, 104, DIFFERING), ("c-2", 7, 7, 7, [])]
    (sheet / "sheet.csv").write_text(SHEET.replace("1,104", "1,105").replace("2,7,7", "2,8,7"))
    brought(sheet, FIRST, "one")
    assert figures(empty) == [("c-1", 103, 103, 105, DIFFERING), ("c-2", 7, 7, 8, DIFFERING)]


def test_an_import_of_two_sources_makes_claims_that_follow_both(empty: Flask, sheet: pathlib.Path) -> None:
    brought(sheet, BOTH, "one")
    assert figures(empty) == [("c-1", 103, 103, 104, DIFFERING), ("c-2", 7, 7, 7, [])]
    assert "Nothing changed" in brought(sheet, BOTH, "one")


def test_an_import_whose_claims_deny_their_only_report_is_refused(empty: Flask, sheet: pathlib.Path) -> None:
    wrong = FIRST.replace(
        'reports: {source: DATASET-sheet, figure: {number: "{first}"}}',
        'reports: {source: DATASET-sheet, figure: {number: "{second}"}}',
    )
    told = brought(sheet, wrong.replace("ignore: {columns: {second: Elsewhere.}}", ""), "one", 1)
    assert "claims, record 1, best: Must be 103, because of the reports of c-1" in told
    with database.connection_context():
        assert current_revision() == 0


# The log -------------------------------------------------------------------------------------------------------------


def test_the_log_gives_the_same_tables_again(desk: Desk, databases: Databases, engine: str) -> None:
    desk.post("reports", [report("f", "exact", 103), report("a", "about", 100, harm="killed_or_injured")])
    desk.retract("reports", "a")
    desk.patch("reports", "f", **figure("exact", 104))
    with desk.app.app_context():
        told = CliRunner().invoke(log_commands, ["rebuild", "--into", databases.new(engine)])
    assert told.output.splitlines()[-1] == "Every row of every table agrees with the log."
    worlds.rebound(desk.app)
    with database.connection_context():
        written = select_rows("SELECT revision FROM change WHERE noun = 'claims' AND record = 'toll' ORDER BY seq")
    assert len(written) == 4  # created, and revised with each of the three


def test_many_claims_cost_no_statement_each(empty: Flask) -> None:
    """Claims are read in batches of five hundred; claims whose reports have no figures are not read."""
    desk = Desk(empty)
    asked: list[str] = []
    real = database.obj.execute_sql

    def listening(sql: str, *told: Any, **more: Any) -> Any:
        asked.append(sql)
        return real(sql, *told, **more)

    def written(count: int, **told: Any) -> int:
        numbers = [f"{next(desk.numbers)}-{n}" for n in range(count)]
        claims = [CLAIM | {"id": f"n{n}"} | figure("exact", 4) for n in numbers]
        asked.clear()
        database.obj.execute_sql = listening
        try:
            worlds.write(
                {
                    "claims": claims,
                    "reports": [{"id": f"n{n}", "claim": f"n{n}", "source": "a", **told} for n in numbers],
                }
            )
        finally:
            database.obj.execute_sql = real
        return sum("reliability" in sql for sql in asked if "qualifier" in sql)

    assert (written(400), written(400, **figure("exact", 4)), written(20, **figure("exact", 4))) == (0, 1, 1)
