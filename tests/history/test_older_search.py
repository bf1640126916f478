"""Search at an older revision matches the words that records had then, changed or not."""

import pytest
from flask import Flask

from api.database.connection import database
from api.writes.update import revise_record
from tests.support import worlds

NOTES = {"kept": "near the mill", "changed": "near the mill", "came": "near the bridge", "never": "at the bridge"}


@pytest.fixture
def corrected(empty: Flask) -> Flask:
    """Return four claims at revision 1. At 2 one loses the word "mill" and another gains it; at 3 a new one has it."""
    worlds.write({
        "sides": [{"id": "alpha", "name": "Alpha", "kind": "state"}],
        "conflicts": [{"id": "war", "name": "The war", "sides": ["alpha"]}],
        "claimants": [{"id": "alpha-mod", "name": "Ministry", "kind": "ministry"}],
        "sources": [{"id": "times", "publisher": "Times", "title": "News"}],
        "claims": [worlds.claim(name, subject_side="alpha", note=note) for name, note in NOTES.items()],
        "reports": [worlds.report(name, "times") for name in NOTES],
    })  # fmt: skip
    with database.connection_context():
        revise_record("claims", "changed", {"note": "near the bridge"}, "A test.", "editor")
        revise_record("claims", "came", {"note": "near the mill"}, "A test.", "editor")
    late = worlds.claim("new", subject_side="alpha", note="the mill")
    worlds.write({"claims": [late], "reports": [worlds.report("new", "times")]})
    return empty


def find(app: Flask, words: str, **pin: int) -> list[str]:
    answer = app.test_client().get("/v1/claims", query_string={"q": words, **pin}).json
    assert answer["meta"]["total"] == len(answer["data"])
    return [claim["id"] for claim in answer["data"]]


def test_words_are_those_of_the_revision(corrected: Flask) -> None:
    assert find(corrected, "mill") == ["came", "kept", "new"]
    assert find(corrected, "mill", revision=3) == ["came", "kept"]
    assert find(corrected, "mill", revision=2) == ["kept"]
    assert find(corrected, "mill", revision=1) == ["changed", "kept"]
    assert find(corrected, '"near the bridge"', revision=1) == ["came"]


def test_words_that_must_not_occur_are_those_of_the_revision(corrected: Flask) -> None:
    assert find(corrected, "near -mill") == ["changed"]
    assert find(corrected, "near -mill", revision=1) == ["came"]
    assert find(corrected, "-mill", revision=1) == ["came", "never"]
