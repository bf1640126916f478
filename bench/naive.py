"""The yardstick of reads: a page of claims as one would write it first (model instances, `Schema.dump`, `json`).

Served by gunicorn as `bench.naive:app`, beside a fixed body of the same size.
"""

import json
from typing import Any

from flask import Flask, Response
from marshmallow import fields
from peewee import JOIN, prefetch

from api.config import load_settings
from api.database.connection import connect_to, database
from api.database.models import Claim, Claimant, Conflict, Event, Report, Side, Source
from schemas.claims import ClaimOut

LIMIT = 100


class Told(ClaimOut):
    """Times as the tables have them."""

    created_at = fields.String()
    updated_at = fields.String()


Speaker, Subject, Responsible = Side.alias("speaker"), Side.alias("subject"), Side.alias("responsible")
app = Flask(__name__)
connect_to(load_settings().database_url)


@app.before_request
def open_database() -> None:
    database.connect()


@app.teardown_request
def close_database(_: BaseException | None) -> None:
    if not database.is_closed():
        database.close()


@app.get("/fixed/<int:size>")
def fixed(size: int) -> Response:
    return Response(b"x" * size, content_type="application/json")


@app.get("/naive")
def naive() -> Response:
    return Response(json.dumps({"data": page()}), content_type="application/json")


def page() -> list[dict[str, Any]]:
    """The first claims, all that the list of ours tells of each."""
    claims = (
        Claim.select(Claim, Conflict, Event, Claimant, Speaker, Subject, Responsible)
        .join_from(Claim, Conflict)
        .join_from(Claim, Event, JOIN.LEFT_OUTER)
        .join_from(Claim, Claimant)
        .join_from(Claimant, Speaker, JOIN.LEFT_OUTER, on=(Claimant.side == Speaker.id), attr="spoken_for")
        .join_from(Claim, Subject, JOIN.LEFT_OUTER, on=(Claim.subject_side == Subject.id), attr="subject")
        .join_from(Claim, Responsible, JOIN.LEFT_OUTER, on=(Claim.responsible_side == Responsible.id), attr="did_it")
        .order_by(Claim.slug)
        .limit(LIMIT)
    )
    reports = Report.select(Report, Source).join(Source).order_by(Report.id)
    return Told(many=True).dump([told(claim) for claim in prefetch(claims, reports)])  # type: ignore[no-any-return]


def told(claim: Any) -> dict[str, Any]:
    event = getattr(claim, "event", None)
    place = {name: event and getattr(event, name) for name in ("place", "country", "latitude", "longitude")}
    return {
        **{name: value for name, value in claim.__data__.items() if name != "id"},
        **place,
        "id": claim.slug,
        "flags": json.loads(claim.flags),
        "conflict": named(claim.conflict),
        "event": named(event),
        "claimant": named(claim.claimant),
        "claimant_side": named(getattr(claim.claimant, "spoken_for", None)),
        "subject_side": named(getattr(claim, "subject", None)),
        "responsible_side": named(getattr(claim, "did_it", None)),
        "sources": [source(report.source) for report in claim.report_set],
    }


def named(record: Any) -> dict[str, str] | None:
    return record and {"id": record.slug, "name": record.name}


def source(record: Any) -> dict[str, str | None]:
    return {"id": record.slug, "name": record.publisher, "url": record.url}
