"""How version 1 adds, corrects and retracts records, whatever the noun."""

from collections.abc import Callable
from typing import Any

from flask import Response, current_app, request
from marshmallow import Schema

from api import openapi, render
from api.bodies import body_json
from api.db import writing
from api.problems import MOST_FAULTS, ApiProblem, fault
from api.records.change import retract, revise
from api.records.create import create
from api.records.faults import Fault, Faults, InUse, NoSuchRecord, Refused, Stale
from api.records.likeness import Confusable
from api.records.minting import mint, repeating
from api.records.nouns import NOUNS
from api.records.transaction import Transaction
from api.v1.authority import refuse_without, required
from api.v1.posting import IDEMPOTENCY_KEY, REASON, Keep, once, uncached
from api.v1.reading import Query, ReadBlueprint
from schemas.writing import ReasonQuery, WrittenOut

Document = dict[str, Any]
Origins = dict[tuple[str, int], str]  # noun and position of a record → where it stands in the body, as a JSON pointer
MOST_RECORDS = 1000
#: By whom and since when a claim was taken back decides on which days it stood.
WHETHER_IT_STANDS = ("status", "status_by", "status_on")


def add(noun: str, reason: str) -> Response:
    """POST: one record or an array, all or nothing."""

    def write(body: Any, who: str, keep: Keep) -> None:
        single = not isinstance(body, list)
        documents = [body] if single else _some(body)
        origins: Origins = {(noun, n): "" if single else f"/{n}" for n in range(len(documents))}
        faults = Faults()

        def answer(made: Transaction) -> None:
            data = [written(noun, document["id"], made.revision) for document in given[noun]]
            keep(201, {"data": data[0] if single else data})

        try:
            with writing():  # an id that is free stays so until the record has it
                faults.add(repeating(noun, documents), Confusable)
                given = _split(noun, mint(noun, documents), origins, faults)
                create(given, reason, who, answer, faults)
        except Refused as refused:
            raise invalid(refused, origins) from None

    return once("write", f"{noun}\n{reason}", write)


def _some(given: list[Any]) -> list[Any]:
    if 1 <= len(given) <= MOST_RECORDS:
        return given
    message = f"An array holds 1 to {MOST_RECORDS} records; {len(given)} were sent."
    raise ApiProblem("invalid-body", message, [fault("body", "", message)])


def _split(noun: str, documents: list[Any], origins: Origins, faults: Faults) -> dict[str, list[Any]]:
    """A claim carries its reports: they become records of their own, of which `origins` learns where they stood."""
    alone: list[Any] = []
    carrying: list[Document] = []
    for position, document in enumerate(documents):
        if noun == "claims" and isinstance(document, dict) and "reports" in document:
            for number, report in _reports(document, position, faults):
                origins["reports", len(carrying)] = f"{origins[noun, position]}/reports/{number}"
                carrying.append({**report, "claim": document["id"]})
            document = {name: value for name, value in document.items() if name != "reports"}
        alone.append(document)
    return {noun: alone, "reports": mint("reports", carrying)} if carrying else {noun: alone}


def _reports(claim: Document, position: int, faults: Faults) -> list[tuple[int, Document]]:
    """The reports within a claim, each with its place there; `faults` learns of what is none, and of another's."""
    sent = claim["reports"]
    if not isinstance(sent, list) or len(sent) > MOST_RECORDS:
        message = f"Must be an array of objects, {MOST_RECORDS} at the most: the claim as each source carries it."
        faults.add([Fault("claims", position, "reports", message)])
        return []
    for number, report in enumerate(sent):
        if not isinstance(report, dict):
            faults.add([Fault("claims", position, f"reports/{number}", "Must be an object.")])
        elif report.get("claim", claim["id"]) != claim["id"]:
            message = "Is not the claim within which the report stands: leave it out, or post the report by itself."
            faults.add([Fault("claims", position, f"reports/{number}/claim", message)])
    return [(number, report) for number, report in enumerate(sent) if isinstance(report, dict)]


def invalid(refused: Refused, origins: Origins) -> ApiProblem:
    told = [found for found in refused.faults if not _follows_from_id(found, origins)]
    errors = [fault("body", _pointer(found, origins), found.message) for found in told]
    slug = "confusable" if isinstance(refused, Confusable) else "invalid-body"
    detail = " ".join(f"{e['name']}: {e['message']}" for e in errors[:3])
    if len(errors) > MOST_FAULTS:
        detail += f" These are 3 of {len(errors)} faults; `errors` tells the first {MOST_FAULTS}."
    return ApiProblem(slug, detail, errors)


def _follows_from_id(found: Fault, origins: Origins) -> bool:
    """A report within a claim refers to it by the claim's own id, and nobody sent that twice."""
    return found.field == "claim" and "/reports/" in origins.get((found.noun, found.position), "")


def _pointer(found: Fault, origins: Origins) -> str:
    origin = origins.get((found.noun, found.position), "")
    return f"{origin}/{found.field}" if found.field else origin


def written(noun: str, slug: str, revision: int) -> Document:
    return {"id": slug, "revision": revision, "url": f"{current_app.config['PUBLIC_URL']}/v1/{noun}/{slug}"}


def correct(noun: str, slug: str, reason: str) -> Response:
    """PATCH: a merge patch (RFC 7396) to the version that If-Match names."""
    key = required("write")
    patch = body_json(("application/merge-patch+json", "application/json"))
    if not isinstance(patch, dict):
        raise ApiProblem("invalid-body", "A merge patch is a JSON object.", [fault("body", "", "Must be an object.")])
    for field in WHETHER_IT_STANDS:
        if field in patch:
            refuse_without(key, "retract", f"a patch of `{field}`")
    return _changed(noun, slug, "changed so", lambda seen: revise(noun, slug, patch, reason, key.slug, seen))


def take_back(noun: str, slug: str, reason: str) -> Response:
    """DELETE: the record stands no longer; it stays readable with its reason."""
    key = required("retract")
    return _changed(noun, slug, "retracted", lambda seen: retract(noun, slug, reason, key.slug, seen))


def _changed(noun: str, slug: str, done: str, change: Callable[[int | None], int]) -> Response:
    try:
        revision = change(_seen())
    except NoSuchRecord:
        raise ApiProblem("not-found", f"There is no record {slug} among {noun}.") from None
    except Stale as stale:
        message = f"The record is now at revision {stale.args[0]}."
        raise ApiProblem("stale", message, [fault("header", "If-Match", message)]) from None
    except InUse as needed:
        raise ApiProblem("in-use", f"{slug} cannot be {done}: {needed}.") from None
    except Refused as refused:
        raise invalid(refused, {}) from None
    return uncached(render.as_json({"data": written(noun, slug, revision)}))


def _seen() -> int | None:
    """The record's revision in If-Match; None for `*`. Raises the problem if-match-required."""
    if not request.headers.get("If-Match"):
        message = "Send the ETag of the version that you correct in If-Match."
        raise ApiProblem("if-match-required", message, [fault("header", "If-Match", message)])
    if request.if_match.star_tag:
        return None
    # An empty tag is read as None.
    tags = [(tag or "").partition("-")[0] for tag in request.if_match.as_set(include_weak=True)]
    numbers = [int(tag) for tag in tags if tag.isascii() and tag.isdigit() and len(tag) < 12]
    return numbers[0] if len(numbers) == 1 else -1


def write_routes(blueprint: ReadBlueprint, noun: str, body: type[Schema]) -> None:
    """POST on the list of a noun, PATCH and DELETE on one of its records."""
    one = f"/{noun}/<slug:record_id>"
    either = {"oneOf": [body, {"type": "array", "items": body, "minItems": 1, "maxItems": MOST_RECORDS}]}
    new = {"application/json": {"schema": either}}
    patch = {"application/merge-patch+json": {"schema": openapi.patch_of(type(NOUNS[noun].schema))}}

    @blueprint.route(f"/{noun}", methods=["POST"], endpoint="add")
    @blueprint.arguments(ReasonQuery, location="query")
    @blueprint.response(201, WrittenOut)
    @blueprint.doc(
        summary=f"Add {noun}: one or an array, all or nothing.",
        parameters=[REASON, IDEMPOTENCY_KEY],
        requestBody={"required": True, "content": new},
        **openapi.BY_KEY,
        **openapi.problems(400, 401, 403, 409, 411, 413, 415, 422, 503, 507),
    )
    def add_records(question: Query) -> Response:
        return add(noun, question["reason"])

    @blueprint.route(one, methods=["PATCH"], endpoint="correct")
    @blueprint.arguments(ReasonQuery, location="query")
    @blueprint.response(200, WrittenOut)
    @blueprint.doc(
        summary=f"Correct one of the {noun} by a merge patch; the old version is kept.",
        description="Needs a key with the scope write; to patch `status`, which says whether it stands, retract too.",
        parameters=[REASON, IF_MATCH],
        requestBody={"required": True, "content": patch},
        **openapi.BY_KEY,
        **openapi.problems(400, 401, 403, 404, 409, 411, 412, 413, 415, 422, 428, 503, 507),
    )
    def correct_record(question: Query, record_id: str) -> Response:
        return correct(noun, record_id, question["reason"])

    @blueprint.route(one, methods=["DELETE"], endpoint="retract")
    @blueprint.arguments(ReasonQuery, location="query")
    @blueprint.response(200, WrittenOut)
    @blueprint.doc(
        summary=f"Retract one of the {noun}: it stays readable, with the reason.",
        parameters=[REASON, IF_MATCH],
        **openapi.BY_KEY,
        **openapi.problems(400, 401, 403, 404, 409, 412, 422, 428, 503, 507),
    )
    def retract_record(question: Query, record_id: str) -> Response:
        return take_back(noun, record_id, question["reason"])


IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "description": "The ETag of the version that is corrected.",
    "schema": {"type": "string"},
}
