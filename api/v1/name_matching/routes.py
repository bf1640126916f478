"""The addresses of the reconciliation service (W3C Reconciliation Service API 0.2), as OpenRefine asks them."""

import urllib.parse
from typing import Any

from flask import Response, current_app

from api.database.snapshot import open_snapshot
from api.http import formats, openapi
from api.http.problems import ApiProblem, make_fault
from api.http.request_bodies import read_body
from api.name_matching.find_candidates import find_candidates, suggest_records
from api.name_matching.matched_types import MATCHED_TYPES, MatchedType
from api.v1.name_matching.read_queries import choose_type, read_batch, read_extension
from api.v1.name_matching.write_answers import (
    describe_service,
    list_properties,
    name_type,
    write_candidate,
    write_extension,
    write_suggestion,
)
from api.v1.shared.listing_routes import Query, ReadBlueprint
from schemas.name_matching import (
    BATCH,
    PROPOSED,
    SERVICE,
    SUGGESTIONS,
    ProposedPropertiesQuery,
    ServiceQuery,
    SuggestQuery,
)

blueprint = ReadBlueprint("name_matching", __name__, description="Which records a name may mean, for OpenRefine.")
SCRIPT = "text/javascript"
FORM = "application/x-www-form-urlencoded"
FORM_FIELDS = ("queries", "extend")
FORM_SCHEMA = {
    "type": "object",
    "description": "One of the two fields, as by GET.",
    "properties": {name: {"type": "string", "description": f"As the parameter `{name}`."} for name in FORM_FIELDS},
    "additionalProperties": False,
}


def _document_answer(summary: str, schema: dict[str, Any], problems: tuple[int, ...] = (400, 422, 503)) -> Any:
    content = {"application/json": {"schema": schema}, SCRIPT: {"schema": openapi.TEXT}}
    answer = {"responses": {200: {"description": "With `callback` as a script.", "content": content}}}
    return {"summary": summary, **openapi.merge_docs(answer, openapi.describe_problems(*problems))}


@blueprint.route("/reconcile", endpoint="service")
@blueprint.arguments(ServiceQuery, location="query")
@blueprint.doc(**_document_answer("What the reconciliation service can do; its answers.", SERVICE))
def show_service(question: Query) -> Response:
    """Return the manifest, or the answer to the queries of a short batch."""
    sent = {name: question[name] for name in FORM_FIELDS if name in question}
    return _answer(_answer_form(sent) if sent else describe_service(current_app.config["PUBLIC_URL"]), question)


@blueprint.route("/reconcile", methods=["POST"], endpoint="batch")
@blueprint.doc(
    requestBody={"required": True, "content": {FORM: {"schema": FORM_SCHEMA}}},
    **_document_answer(
        "Which records each of some names may mean, or properties of records.",
        BATCH,
        problems=(400, 411, 413, 415, 422, 503),
    ),
)
def answer_batch() -> Response:
    return _answer(_answer_form(_read_form(read_body((FORM,)))), {})


def _read_form(body: bytes) -> dict[str, str]:
    try:
        sent = urllib.parse.parse_qsl(body.decode("ascii"), True, encoding="utf-8", errors="strict", max_num_fields=10)
    except (UnicodeDecodeError, ValueError):
        raise ApiProblem(
            "invalid-body", "The form cannot be read. Send its fields as UTF-8, percent-encoded."
        ) from None
    return dict(sent)


def _answer_form(form: dict[str, str]) -> dict[str, Any]:
    """Return the candidates of `queries`, or the values of the properties of `extend`."""
    if len(form) != 1 or not set(form) <= set(FORM_FIELDS):
        message = "Send one field: `queries` with a JSON object of queries, or `extend`."
        raise ApiProblem("invalid-parameter", message, [make_fault("body", "queries", message, FORM_FIELDS)])
    with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        if "extend" in form:
            return write_extension(*read_extension(form["extend"]))
        batch = read_batch(form["queries"])
        candidate_lists = find_candidates(list(batch.values()))
    return {
        key: {"result": [write_candidate(candidate) for candidate in candidates]}
        for key, candidates in zip(batch, candidate_lists, strict=True)
    }


@blueprint.route("/reconcile/suggest/entity", endpoint="suggest_entity")
@blueprint.arguments(SuggestQuery, location="query")
@blueprint.doc(**_document_answer("Records whose name begins with some letters, or is like them.", SUGGESTIONS))
def suggest_entities(question: Query) -> Response:
    first, limit = question["cursor"], question["limit"]
    with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        suggestions = suggest_records(question["prefix"], _choose_types(question), first + limit)
    return _answer({"result": [write_suggestion(candidate) for candidate in suggestions[first:]]}, question)


@blueprint.route("/reconcile/suggest/type", endpoint="suggest_type")
@blueprint.arguments(SuggestQuery, location="query")
@blueprint.doc(**_document_answer("Types of records whose name begins with some letters.", SUGGESTIONS))
def suggest_types(question: Query) -> Response:
    named = [
        {**name_type(matched), "description": f"The {matched.id} of this database."}
        for matched in MATCHED_TYPES.values()
    ]
    return _answer_suggested(named, question)


@blueprint.route("/reconcile/suggest/property", endpoint="suggest_property")
@blueprint.arguments(SuggestQuery, location="query")
@blueprint.doc(**_document_answer("Properties that a query may state, by their first letters.", SUGGESTIONS))
def suggest_properties(question: Query) -> Response:
    of_types: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for matched in _choose_types(question):
        for known in matched.properties:
            of_types.setdefault(known.id, []).append(matched.id)
            names.setdefault(known.id, known.name)
    named = [
        {"id": name, "name": names[name], "description": f"Of {', '.join(types)}."} for name, types in of_types.items()
    ]
    return _answer_suggested(named, question)


@blueprint.route("/reconcile/properties", endpoint="properties")
@blueprint.arguments(ProposedPropertiesQuery, location="query")
@blueprint.doc(**_document_answer("Properties of records whose values can be fetched.", PROPOSED))
def propose_properties(question: Query) -> Response:
    named = [{"id": field, "name": name} for field, name in list_properties(_choose_types(question)).items()]
    sent = {"type": question["type"], "properties": named[: question["limit"]], "limit": question["limit"]}
    return _answer(sent, question)


def _choose_types(question: Query) -> tuple[MatchedType, ...]:
    return (choose_type("type", question["type"]),) if question["type"] else tuple(MATCHED_TYPES.values())


def _answer_suggested(named: list[dict[str, str]], question: Query) -> Response:
    typed = question["prefix"].strip().lower()
    matching = [entry for entry in named if any(word.startswith(typed) for word in _list_words(entry))]
    return _answer({"result": matching[question["cursor"] :][: question["limit"]]}, question)


def _list_words(entry: dict[str, str]) -> list[str]:
    name = entry["name"].lower()
    return [entry["id"], name, *name.split()]


def _answer(payload: dict[str, Any], question: Query) -> Response:
    """Return the payload as JSON, or as a script that calls the function of `callback`."""
    answer = formats.as_json(payload)
    if callback := question.get("callback"):
        script = callback.encode() + b"(" + formats.json_for_html(payload).strip() + b");\n"
        # The comment keeps the first bytes of the answer out of the sender's hands.
        answer = Response(b"/**/" + script, content_type=f"{SCRIPT}; charset=utf-8")
    answer.headers["Cache-Control"] = "no-cache"
    return answer
