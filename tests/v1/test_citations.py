"""Whoever quotes a claim that stands no longer is told so by the footnote itself."""

import pytest
from flask import Flask

from api.db import database
from api.records.change import retract, revise
from tests import worlds

STYLES = ("text", "bibtex", "csl", "claimreview")


@pytest.fixture
def app(empty: Flask) -> Flask:
    """The small world, in which an editor took one claim back and another was superseded."""
    worlds.write(worlds.SMALL)
    with database.connection_context():
        retract("claims", "a-own", "The ministry took it back.", "editor")
        replaced = {"status": "superseded", "status_reason": "A third died of his wounds."}
        revise("claims", "b-north", replaced, "Replaced.", "editor")
    return empty


def carry(claim: worlds.Document) -> None:
    worlds.write({"claims": [claim], "reports": [worlds.report(claim["id"], "times")]})


def test_a_claim_that_stands_no_longer_is_cited_as_such(app: Flask) -> None:
    def cited(claim: str, style: str) -> str:
        return app.test_client().get(f"/v1/claims/{claim}/citation?{style}").text

    for style in STYLES:
        assert "retracted: The ministry took it back" in cited("a-own", f"style={style}")
        assert "superseded: A third died of" in cited("b-north", f"style={style}")
        assert "retracted" not in cited("a-own", f"style={style}&revision=1"), "it stood then"
    ends = (
        "(casualty, killed, Alpha; stated 2020-03-04 to 2020-03-10; retracted: The ministry took it back). "
        "Counterclaim, revision 3."
    )
    assert ends in cited("a-own", "style=text")
    assert '"alternateName":"retracted: The ministry took it back; confirmed"' in cited("a-own", "style=claimreview")
    assert '"alternateName":"confirmed"' in cited("a-own", "style=claimreview&revision=1")


def test_a_day_that_is_not_known_exactly_is_not_cited_as_one(app: Flask) -> None:
    said = {"stated_on": "2019-12-30", "stated_until": "2020-01-02", "stated_precision": 2}
    carry(worlds.claim("in-the-night", **said))
    client = app.test_client()
    address = "/v1/claims/in-the-night/citation?style="
    assert "; stated 2019-12-30 to 2020-01-02)" in client.get(f"{address}text").text
    assert "year = {2019--2020}" in client.get(f"{address}bibtex").text
    assert client.get(f"{address}csl").json[0]["issued"] == {"date-parts": [[2019, 12, 30], [2020, 1, 2]]}
    assert client.get(f"{address}claimreview").json["itemReviewed"]["datePublished"] is None
    carry(worlds.claim("at-some-time", stated_on=None, stated_until=None))
    undated = client.get("/v1/claims/at-some-time/citation?style=csl").json[0]
    assert "issued" not in undated and "; undated)" in undated["title"]


def test_words_reach_latex_as_they_were_said(app: Flask) -> None:
    """BibTeX counts a brace that LaTeX escapes: one alone would swallow the rest of the file."""
    carry(worlds.claim("odd", phrase='5 } 50% {\\a_b^c~d} of $1 & #2\n"Müller" in Ağdam'))
    client = app.test_client()
    cited = client.get("/v1/claims/odd/citation?style=bibtex").text
    assert cited.count("{") == cited.count("}")
    assert (
        "5 \\textbraceright{} 50\\% \\textbraceleft{}\\textbackslash{}a\\_b\\textasciicircum{}c\\textasciitilde{}d"
        '\\textbraceright{} of \\$1 \\& \\#2\n"Müller" in Ağdam'
    ) in cited
    assert client.get("/v1/claims/odd/citation").text.count("\n") == 1, "a footnote is one line"
