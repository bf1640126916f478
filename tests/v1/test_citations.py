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


def test_a_claim_that_stands_no_longer_is_cited_as_such(app: Flask) -> None:
    def cited(claim: str, style: str) -> str:
        return app.test_client().get(f"/v1/claims/{claim}/citation?{style}").text

    for style in STYLES:
        assert "retracted: The ministry took it back" in cited("a-own", f"style={style}")
        assert "superseded: A third died of" in cited("b-north", f"style={style}")
        assert "retracted" not in cited("a-own", f"style={style}&revision=1"), "it stood then"
    ends = (
        "(casualty, killed, Alpha; stated 2020-03-04; retracted: The ministry took it back). Counterclaim, revision 3."
    )
    assert ends in cited("a-own", "style=text")
    assert '"alternateName":"retracted: The ministry took it back; confirmed"' in cited("a-own", "style=claimreview")
    assert '"alternateName":"confirmed"' in cited("a-own", "style=claimreview&revision=1")
