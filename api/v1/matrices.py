"""The matrix of claimants' camps and subject camps, a tidy row a figure."""

import urllib.parse
from typing import Any

from api import openapi
from api.queries.matrices import POLICIES, Entry, matrix
from api.queries.questions import ALL
from api.queries.references import Ref, by_id, current_revision, references
from api.v1.answers import Told, serve
from api.v1.figures import evidence_of, rounded, row_words, statistic_meta
from api.v1.reading import Query, ReadBlueprint
from schemas.envelopes import listing
from schemas.matrices import MATRIX, MatrixMeta, MatrixOut, MatrixQuery

blueprint = ReadBlueprint("matrices", __name__, description="Own, opposing and third parties' figures side by side.")
FIGURES = ("low", "best", "high", "open_ended", "incomplete")
EVERYBODY = {"id": ALL, "name": "All sides together"}


def tell_matrix(question: Query, revision: int) -> Told:
    found = matrix(question)
    named = references(current_revision())
    conflicts, sides = by_id(named.conflicts), by_id(named.sides) | {ALL: EVERYBODY}
    rows = [_told(entry, conflicts, sides) for entry in found.entries]
    what = f"matrix of own, opposing and third parties' figures ({question['basis']})"
    meta = statistic_meta(what, question, revision, found.warnings)
    return Told(rows, MATRIX, meta | {"basis": question["basis"], "policy": list(POLICIES.values())})


def _told(entry: Entry, conflicts: dict[str, Ref], sides: dict[str, Ref]) -> dict[str, Any]:
    row, spot = entry.row, entry.spot
    return {
        "conflict": conflicts[spot.conflict],
        "subject_side": sides[spot.subject],
        "claimant_side": sides[entry.camp] if entry.camp else None,
        "stance": entry.stance,
        "harm": spot.harm,
        "measure": spot.measure,
        **{name: row and getattr(row, name) for name in FIGURES},
        "cells": len(row.cells) if row else 0,
        "ratio": rounded(entry.ratio),
        "claims": len(row.claims) if row else 0,
        "claimants": list(row.claimants) if row else [],
        "first_stated_on": entry.first,
        "last_stated_on": entry.last,
        "silences": list(entry.silences),
        "links": evidence_of(_query(entry, row_words(row))) if row else None,
    }


def _query(entry: Entry, row: str) -> str:
    """The question of casualties whose row it is."""
    words = {name: ",".join(value) if isinstance(value, tuple) else value for name, value in entry.asked.items()}
    return urllib.parse.urlencode(words | {"row": row}, safe=",:/")


serve(
    blueprint,
    "matrix",
    "/statistics/matrix",
    MatrixQuery,
    openapi.either_shape(listing(MatrixOut, MatrixMeta)),
    MatrixOut,
    "What each camp and third parties say of each camp's losses, and the ratio of opposing to own figures.",
    tell_matrix,
)
