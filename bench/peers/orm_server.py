"""A simple server with FastAPI, SQLAlchemy and orjson: the same records, without a log and without rules.

`uvicorn bench.peers.orm_server:app`, with `PEER_DATABASE_URL`. It runs in `.venv-bench` and imports none of our code.
"""

import os
from collections.abc import Iterator
from typing import Annotated, Any

import orjson
from fastapi import Depends, FastAPI, Request, Response
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.ext.automap import automap_base
from sqlalchemy.orm import Session, joinedload, selectinload

engine = create_engine(os.environ["PEER_DATABASE_URL"])
Base = automap_base()
NAMES = {"conflict_id": "conflict", "event_id": "event", "claimant_id": "claimant", "claim_id": "claim",
         "source_id": "source", "subject_side_id": "subject_side", "responsible_side_id": "responsible_side",
         "side_id": "side"}  # fmt: skip
TABLES = ("claim", "report", "source", "event", "side", "claimant", "conflict")


def name_reference(_base: Any, _local: Any, _referred: Any, constraint: Any) -> str:
    column = next(iter(constraint.columns)).name
    return NAMES.get(column, f"{column}_record")


def name_list(_base: Any, _local: Any, referred: Any, constraint: Any) -> str:
    return f"{referred.__table__.name}_by_{next(iter(constraint.columns)).name}"


Base.metadata.reflect(engine, only=TABLES)
Base.prepare(
    name_for_scalar_relationship=name_reference,
    name_for_collection_relationship=name_list,
)
Claim, Report, Source, Event, Side, Claimant, Conflict = (Base.classes[name] for name in TABLES)
OF_CLAIM = (
    joinedload(Claim.conflict),
    joinedload(Claim.event),
    joinedload(Claim.claimant).joinedload(Claimant.side),
    joinedload(Claim.subject_side),
    joinedload(Claim.responsible_side),
    selectinload(Claim.report_by_claim_id).joinedload(Report.source),
)
app = FastAPI()


def open_session() -> Iterator[Session]:
    with Session(engine) as session:
        yield session


Opened = Annotated[Session, Depends(open_session)]


@app.get("/claims")
def list_claims(session: Opened, request: Request, after: str = "", limit: int = 100, sort: str = "") -> Response:
    found = select(Claim).options(*OF_CLAIM).limit(limit)
    asked = dict(request.query_params)
    if "subject_side" in asked:
        found = found.join(Claim.subject_side).where(Side.slug == asked["subject_side"])
    if "claimant" in asked:
        found = found.join(Claim.claimant).where(Claimant.slug == asked["claimant"])
    if {"event", "country", "west"} & asked.keys():
        found = found.join(Claim.event)
    if "event" in asked:
        found = found.where(Event.slug == asked["event"])
    if "country" in asked:
        found = found.where(Event.country == asked["country"])
    if "west" in asked:
        west, south, east, north = (float(asked[name]) for name in ("west", "south", "east", "north"))
        found = found.where(Event.longitude.between(west, east), Event.latitude.between(south, north))
    if "harm" in asked:
        found = found.where(Claim.harm == asked["harm"])
    if "from" in asked:
        found = found.where(Claim.event_date >= asked["from"])
    if "q" in asked:
        matching = text("claim.id IN (SELECT rowid FROM claim_search WHERE claim_search MATCH :word)")
        found = found.where(matching.bindparams(word=asked["q"]))
    if sort == "-best":
        found = found.order_by(Claim.best.desc().nulls_last(), Claim.slug)
    else:
        found = found.where(Claim.slug > after).order_by(Claim.slug)
    return send({"data": [describe_claim(claim) for claim in session.scalars(found)]})


@app.get("/claims/{slug}")
def read_claim(session: Opened, slug: str) -> Response:
    return send({"data": describe_claim(session.scalars(select(Claim).options(*OF_CLAIM).filter_by(slug=slug)).one())})


@app.get("/statistics")
def count_claims(session: Opened) -> Response:
    counted = select(Claimant.slug, func.count()).join(Claim.claimant).group_by(Claimant.slug)
    return send({"data": [{"claimant": slug, "claims": number} for slug, number in session.execute(counted)]})


@app.post("/claims", status_code=201)
async def add_claims(request: Request) -> Response:
    sent = orjson.loads(await request.body())
    with Session(engine) as session:
        for document in sent if isinstance(sent, list) else [sent]:
            session.add(make_claim(session, document))
        session.commit()
    return send({"data": [document["id"] for document in sent] if isinstance(sent, list) else sent["id"]}, 201)


def make_claim(session: Session, document: dict[str, Any]) -> Any:
    """Return the claim of a document, with its reports; every reference is looked up by its id."""
    named = {"conflict": Conflict, "event": Event, "claimant": Claimant, "subject_side": Side, "responsible_side": Side}
    values = {name: value for name, value in document.items() if name in Claim.__table__.columns and name != "id"}
    for name, model in named.items():
        slug = values.pop(name, document.get(name))
        values[name] = slug and session.scalars(select(model).filter_by(slug=slug)).one()
    claim = Claim(**DEFAULTS, **{**values, "slug": document["id"], "flags": "[]"})
    for report in document.get("reports", ()):
        source = session.scalars(select(Source).filter_by(slug=report["source"])).one()
        claim.report_by_claim_id.append(Report(**DEFAULTS, slug=report["id"], source=source, phrase_lang="en"))
    return claim


DEFAULTS = {"folded": "", "revision": 1, "held_from": 1, "created_at": "2026-01-01T00:00:00Z",
            "updated_at": "2026-01-01T00:00:00Z", "status": "active"}  # fmt: skip


def describe_claim(claim: Any) -> dict[str, Any]:
    event = claim.event
    return {
        **{name: getattr(claim, name) for name in OWN},
        "id": claim.slug,
        "flags": orjson.loads(claim.flags),
        **{name: event and getattr(event, name) for name in ("place", "country", "latitude", "longitude")},
        "conflict": describe_reference(claim.conflict),
        "event": describe_reference(event),
        "claimant": describe_reference(claim.claimant),
        "claimant_side": describe_reference(claim.claimant.side),
        "subject_side": describe_reference(claim.subject_side),
        "responsible_side": describe_reference(claim.responsible_side),
        "sources": [
            {"id": report.source.slug, "name": report.source.publisher, "url": report.source.url}
            for report in claim.report_by_claim_id
        ],
    }


#: As plain strings: SQLAlchemy's names have a class that orjson refuses as keys.
OWN = tuple(
    f"{column.name}"
    for column in Claim.__table__.columns
    if not column.name.endswith("id") and column.name not in ("slug", "folded", "held_from")
)


def describe_reference(record: Any) -> dict[str, str] | None:
    return record and {"id": record.slug, "name": record.name}


def send(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")
