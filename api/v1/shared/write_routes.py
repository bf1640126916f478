"""Routes that add, correct and retract records, for every record type."""

from collections.abc import Callable
from typing import Any

import orjson
from flask import Response, request
from marshmallow import Schema

from api.database.writing import writing
from api.history.revisions import current_revision
from api.http import formats, openapi
from api.http.problems import MOST_FAULTS, ApiProblem, make_fault
from api.http.request_bodies import body_json
from api.listings import claims, query
from api.records.documents import LISTINGS
from api.records.faults import Fault, Faults, InUseError, NoSuchRecordError, RefusedError, StaleRevisionError
from api.records.named_references import drop_unchanged, read_references
from api.records.record_types import RECORD_TYPES
from api.records.slugs import mint_slugs
from api.rules.confusable_names import ConfusableNameError
from api.rules.dependencies import FREE_FIRST
from api.rules.probable_duplicates import DuplicateError, find_duplicates
from api.v1.shared.authorization import current_key, judge_key_first, refuse_without
from api.v1.shared.derived_records import derive_records, find_shown_readings
from api.v1.shared.idempotent_post import DRY_RUN, IDEMPOTENCY_KEY, REASON, KeepAnswer, answer_once, forbid_caching
from api.v1.shared.listing_routes import Query, ReadBlueprint
from api.v1.shared.write_effects import answer_written, writing_unless
from api.writes.create import create_records
from api.writes.update import Follow, mark_retracted, revise_record
from schemas.fields import Word
from schemas.writing import NewQuery, RevisedOut, WriteQuery, WrittenOut

Document = dict[str, Any]
Origins = dict[tuple[str, int], str]  # record type and position of a record → its JSON pointer in the body
MOST_RECORDS = 1000
#: A change of these fields retracts or reinstates a record, so it needs the scope retract.
STATUS_FIELDS = ("status", "status_by", "status_on")


def answer_post(record_type: str, reason: str, is_dry_run: bool, is_duplicate_allowed: bool) -> Response:
    """Add one record or an array: all of them or none. A dry run adds none."""

    def write_records(body: Any, who: str, keep: KeepAnswer) -> None:
        single = not isinstance(body, list)
        documents = [body] if single else _require_count(body)
        _refuse_ended(documents)
        origins: Origins = {(record_type, n): "" if single else f"/{n}" for n in range(len(documents))}
        faults = Faults()
        try:
            with writing_unless(is_dry_run):  # no other writer can take a free id before the record has it
                documents = read_references(record_type, documents, faults)
                unnamed = [number for number, record in enumerate(documents) if _lacks_id(record)]
                sent = _split_reports(record_type, mint_slugs(record_type, documents), origins, faults)
                documents_by_type, readings = derive_records(sent, faults)
                if unnamed and not is_duplicate_allowed:  # a phrase is compared as its figure
                    faults.add(find_duplicates(record_type, documents_by_type[record_type], unnamed), DuplicateError)
                revision = create_records(documents_by_type, reason, who, faults=faults)
                shown = find_shown_readings(record_type, documents_by_type, readings)
                answer = answer_written(record_type, shown, revision, is_dry_run, is_single=single)
                keep(200 if is_dry_run else 201, answer)
        except RefusedError as refused:
            raise describe_refusal(refused, origins, body) from None

    identity = f"{record_type}\n{reason}" + "\nallow_duplicate" * is_duplicate_allowed
    return answer_once(identity, write_records, is_dry_run=is_dry_run)


def _require_count(documents: list[Any]) -> list[Any]:
    if 1 <= len(documents) <= MOST_RECORDS:
        return documents
    message = f"An array may have 1 to {MOST_RECORDS} records. {len(documents):,} were sent."
    raise ApiProblem("invalid-body", message, [make_fault("body", "", message)])


def _lacks_id(document: Any) -> bool:
    return isinstance(document, dict) and "id" not in document


def _refuse_ended(documents: list[Any]) -> None:
    """Raise the problem forbidden if a new record, or a report within a claim, has ended and the key may not retract.

    Any key may add a claim that its claimant took back or replaced: it is history.
    """
    records = [document for document in documents if isinstance(document, dict)]
    for claim in list(records):
        reports = claim.get("reports")
        records += [report for report in reports if isinstance(report, dict)] if isinstance(reports, list) else []
    if any(map(_is_ended, records)):
        refuse_without(current_key(), "retract", "A new record that an editor or a dataset ended")


def _is_ended(record: Document) -> bool:
    return record.get("status") not in (None, "active", "superseded") and record.get("status_by") != "claimant"


def _split_reports(record_type: str, documents: list[Any], origins: Origins, faults: Faults) -> dict[str, list[Any]]:
    """Split the reports within claims into separate records, and add their JSON pointers to `origins`."""
    plain: list[Any] = []
    reports: list[Document] = []
    for position, document in enumerate(documents):
        if record_type == "claims" and isinstance(document, dict) and "reports" in document:
            for number, report in _list_reports(document, position, faults):
                origins["reports", len(reports)] = f"{origins[record_type, position]}/reports/{number}"
                reports.append({**report, "claim": document["id"]})
            document = dict(document)
            del document["reports"]
        plain.append(document)
    return (
        {record_type: plain, "reports": mint_slugs("reports", read_references("reports", reports, faults))}
        if reports
        else {record_type: plain}
    )


def _list_reports(claim: Document, position: int, faults: Faults) -> list[tuple[int, Document]]:
    """Return the reports within a claim with their positions. Add faults for other values and for foreign reports."""
    sent = claim["reports"]
    if not isinstance(sent, list) or len(sent) > MOST_RECORDS:
        message = f"Must be an array of at most {MOST_RECORDS} objects: the claim as each source carries it."
        faults.add([Fault("claims", position, "reports", message)])
        return []
    for number, report in enumerate(sent):
        if not isinstance(report, dict):
            faults.add([Fault("claims", position, f"reports/{number}", "Must be an object.")])
        elif report.get("claim", claim["id"]) != claim["id"]:
            message = "Must be the claim that contains the report. Leave it out, or post the report separately."
            faults.add([Fault("claims", position, f"reports/{number}/claim", message)])
    return [(number, report) for number, report in enumerate(sent) if isinstance(report, dict)]


#: marshmallow's message for a field that a schema does not have, and ours.
UNKNOWN_FIELD, NO_FIELD = "Unknown field.", "Is not a field of this record."
#: The problem of each class of refusal. Any other is invalid-body.
PROBLEM_OF = {ConfusableNameError: "confusable", DuplicateError: "duplicate"}


def describe_refusal(refused: RefusedError, origins: Origins, body: Any = None) -> ApiProblem:
    shown_faults = [fault for fault in refused.faults if not _follows_from_id(fault, origins)]
    errors = [_describe_fault(fault, _find_pointer(fault, origins), body) for fault in shown_faults]
    slug = next((slug for kind, slug in PROBLEM_OF.items() if isinstance(refused, kind)), "invalid-body")
    detail = " ".join(f"{e['name']}: {e['message']}" for e in errors[:3])
    if len(errors) > MOST_FAULTS:
        detail += f" These are 3 of {len(errors)} faults; `errors` lists the first {MOST_FAULTS}."
    return ApiProblem(slug, detail, errors)


def _describe_fault(fault: Fault, pointer: str, body: Any) -> dict[str, Any]:
    """Return the entry of `errors` for a fault. A wrong word of a closed list and an unknown field get suggestions."""
    fields = RECORD_TYPES[fault.record_type].schema.fields
    if fault.message == UNKNOWN_FIELD:
        name = fault.field.rpartition("/")[2]
        return make_fault("body", pointer, NO_FIELD, fields if name == fault.field else (), name)
    field = fields.get(fault.field)
    if isinstance(field, Word) and isinstance(sent := _find_value(body, pointer), str) and sent not in field.words:
        return make_fault("body", pointer, fault.message, field.words, sent)
    return make_fault("body", pointer, fault.message)


def _find_value(body: Any, pointer: str) -> Any:
    """Return the value in the body to which a JSON pointer leads; None: there is none."""
    for step in pointer.split("/")[1:]:
        if isinstance(body, list) and step.isdigit() and int(step) < len(body):
            body = body[int(step)]
        else:
            body = body.get(step) if isinstance(body, dict) else None
    return body


def _follows_from_id(fault: Fault, origins: Origins) -> bool:
    """Return whether the fault is in `claim` of a report within a claim: the server set that field."""
    return fault.field == "claim" and "/reports/" in origins.get((fault.record_type, fault.position), "")


def _find_pointer(fault: Fault, origins: Origins) -> str:
    origin = origins.get((fault.record_type, fault.position), "")
    return f"{origin}/{fault.field}" if fault.field else origin


def answer_patch(record_type: str, slug: str, reason: str, is_dry_run: bool) -> Response:
    """Apply a merge patch (RFC 7396) to the version of the record that If-Match names."""
    key = current_key()
    patch = body_json(("application/merge-patch+json", "application/json"))
    if not isinstance(patch, dict):
        raise ApiProblem(
            "invalid-body", "A merge patch is a JSON object.", [make_fault("body", "", "Must be an object.")]
        )

    reading: Document = {}

    def correct(expected_revision: int | None, also: Follow) -> int:
        with writing():  # the record stays as it is compared with
            changes = _read_patch(record_type, slug, patch)
            for field in STATUS_FIELDS:
                if field in changes:
                    refuse_without(key, "retract", f"A patch of `{field}`")
            return revise_record(record_type, slug, changes, reason, key.slug, expected_revision, also, reading.update)

    return _change_record(record_type, slug, "changed in this way", correct, is_dry_run, reading, patch)


def _read_patch(record_type: str, slug: str, patch: Document) -> Document:
    """Return what the patch changes, with an id for each reference. Raise `RefusedError` if a name does not fit."""
    record = claims.read_claim(slug) if record_type == "claims" else query.read_record(LISTINGS[record_type], slug)
    changes = patch if record is None else drop_unchanged(patch, orjson.loads(formats.json_bytes(record)))
    faults = Faults()
    (plain,) = read_references(record_type, [changes], faults)
    faults.raise_if_any()
    return dict(plain)


def answer_delete(record_type: str, slug: str, reason: str, is_dry_run: bool) -> Response:
    """Retract a record. It stays readable, with the reason."""
    key = current_key()
    return _change_record(
        record_type,
        slug,
        "retracted",
        lambda revision, also: mark_retracted(record_type, slug, reason, key.slug, revision, also),
        is_dry_run,
    )


def _change_record(
    record_type: str,
    slug: str,
    done: str,
    change: Callable[[int | None, Follow], int],
    is_dry_run: bool,
    reading: Document | None = None,
    patch: Document | None = None,
) -> Response:
    expected_revision = _expected_revision()
    reports: list[Document] = []  # that change with their claim
    try:
        with writing_unless(is_dry_run):
            newest = current_revision()
            revision = change(expected_revision, lambda changes: reports.extend(new for _, new in changes))
            answer = answer_written(
                record_type, {slug: reading or None}, revision, is_dry_run, is_new=revision > newest
            )
    except NoSuchRecordError:
        raise ApiProblem("not-found", f"There is no record {slug} among {record_type}.") from None
    except StaleRevisionError as stale:
        message = (
            f"The record has changed and is now at revision {stale.args[0]}. Read it again, then send your change."
        )
        raise ApiProblem("stale", message, [make_fault("header", "If-Match", message)]) from None
    except InUseError as needed:
        raise ApiProblem("in-use", f"{slug} cannot be {done}, because {needed}. {FREE_FIRST}") from None
    except RefusedError as refused:
        raise describe_refusal(refused, {}, patch) from None
    answer["data"]["reports"] = [{"id": report["id"], "status": report["status"]} for report in reports]
    return forbid_caching(formats.as_json(answer))


def _expected_revision() -> int | None:
    """Return the revision in If-Match, None for `*`, or -1 if it cannot match. Raises the problem if-match-required."""
    if not request.headers.get("If-Match"):
        message = "Send If-Match with the ETag of the version you are changing."
        raise ApiProblem("if-match-required", message, [make_fault("header", "If-Match", message)])
    if request.if_match.star_tag:
        return None
    # werkzeug reads an empty tag as None.
    tags = [(tag or "").partition("-")[0] for tag in request.if_match.as_set(include_weak=True)]
    numbers = [int(tag) for tag in tags if tag.isascii() and tag.isdigit() and len(tag) < 12]
    return numbers[0] if len(numbers) == 1 else -1


def add_write_routes(blueprint: ReadBlueprint, record_type: str, body: type[Schema]) -> None:
    """Add routes to the blueprint: POST on the list of a record type, PATCH and DELETE on a record."""
    record_path = f"/{record_type}/<slug:record_id>"
    either = {"oneOf": [body, {"type": "array", "items": body, "minItems": 1, "maxItems": MOST_RECORDS}]}
    new = {"application/json": {"schema": either}}
    patch = {"application/merge-patch+json": {"schema": openapi.patch_of(type(RECORD_TYPES[record_type].schema))}}

    @blueprint.route(f"/{record_type}", methods=["POST"], endpoint="add")
    @judge_key_first("write")
    @blueprint.arguments(NewQuery, location="query")
    @blueprint.response(201, WrittenOut)
    @blueprint.alt_response(200, schema=WrittenOut, description="A dry run: nothing was written.")
    @blueprint.doc(
        summary=f"Add one of the {record_type}, or an array of them; all are added or none.",
        description=f"Needs a key with the scope write. {ENDED[record_type == 'claims']}",
        parameters=[REASON, DRY_RUN, ALLOW_DUPLICATE, IDEMPOTENCY_KEY],
        requestBody={"required": True, "content": new},
        **openapi.BY_KEY,
        **openapi.describe_problems(400, 401, 403, 409, 411, 413, 415, 422, 503, 507),
    )
    def add_records(question: Query) -> Response:
        return answer_post(record_type, question["reason"], question["dry_run"], question["allow_duplicate"])

    @blueprint.route(record_path, methods=["PATCH"], endpoint="correct")
    @judge_key_first("write")
    @blueprint.arguments(WriteQuery, location="query")
    @blueprint.response(200, RevisedOut)
    @blueprint.doc(
        summary=f"Correct one of the {record_type} by a merge patch; the old version is kept.",
        description=f"Needs a key with the scope write. {CHANGED_STATUS}",
        parameters=[REASON, DRY_RUN, IF_MATCH],
        requestBody={"required": True, "content": patch},
        **openapi.BY_KEY,
        **openapi.describe_problems(400, 401, 403, 404, 409, 411, 412, 413, 415, 422, 428, 503, 507),
    )
    def correct_record(question: Query, record_id: str) -> Response:
        return answer_patch(record_type, record_id, question["reason"], question["dry_run"])

    @blueprint.route(record_path, methods=["DELETE"], endpoint="retract")
    @judge_key_first("retract")
    @blueprint.arguments(WriteQuery, location="query")
    @blueprint.response(200, RevisedOut)
    @blueprint.doc(
        summary=f"Retract one of the {record_type}: it stays readable, with the reason.",
        description="Needs a key with the scope retract.",
        parameters=[REASON, DRY_RUN, IF_MATCH],
        **openapi.BY_KEY,
        **openapi.describe_problems(400, 401, 403, 404, 409, 412, 422, 428, 503, 507),
    )
    def retract_record(question: Query, record_id: str) -> Response:
        return answer_delete(record_type, record_id, question["reason"], question["dry_run"])


CHANGED_STATUS = "Changing `status`, `status_by` or `status_on` also needs the scope retract."
#: What a new record also needs that has ended: of any type, and of claims, which have `status_by`.
ENDED = (
    "A new record whose `status` is `retracted` or `withdrawn` also needs the scope retract.",
    "A new claim, or a report in it, whose `status` is `retracted` or `withdrawn` also needs the scope retract, unless "
    "its `status_by` is `claimant`: then it is history.",
)
_allow_duplicate = NewQuery().fields["allow_duplicate"].metadata
ALLOW_DUPLICATE = {
    "in": "query",
    "name": "allow_duplicate",
    "required": False,
    "description": _allow_duplicate["description"],
    "example": _allow_duplicate["examples"][0],
    "schema": {"type": "string", "enum": _allow_duplicate["enum"]},
}
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "description": "The ETag of the version you are changing.",
    "schema": {"type": "string"},
}
