"""Proofs of answers: anybody can save an answer with its proof, and show later what this server answered."""

import json
import urllib.parse
from typing import Any

from flask import Response, current_app, request

from api.change_log import answer_proofs
from api.database.connection import database
from api.database.snapshot import open_snapshot
from api.http import openapi
from api.http.problems import ApiProblem, make_fault
from api.v1.log.proofs import answer_proof, load_signer
from api.v1.shared.listing_routes import Query, ReadBlueprint
from api.v1.shared.pinning import pin_snapshot, require_release
from schemas.log import AnswerProofOut, AnswerProofQuery
from schemas.responses import record_response

blueprint = ReadBlueprint("answer_proofs", __name__, description="Proofs of answers.")
MOST_ENTRIES = 2000
MEDIA_TYPES = ("application/json", "text/csv")


@blueprint.route("/log/proof/answer", endpoint="answer")
@blueprint.arguments(AnswerProofQuery, location="query")
@blueprint.response(200, record_response(AnswerProofOut))
@blueprint.doc(
    summary="Proof of a JSON or CSV answer at a revision: save both.",
    description="A signed digest of the answer, a signed checkpoint, and the log entries that the answer stands on.",
    **openapi.describe_problems(400, 404, 406, 422, 503),
)
def prove_answer(question: Query) -> Response:
    address = _read_address(question["of"])
    body, is_csv = _request_answer(address)
    database.connect(reuse_if_open=True)  # the answer closed it
    pin = _read_pin(address)
    with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        revision = pin["revision"] if "revision" in pin else require_release("release", pin["release"]).revision
        pin_snapshot({"revision": revision})
        slugs = answer_proofs.find_slugs(body, is_csv)
        reports = answer_proofs.reports_of(slugs)
    with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        seqs = _find_entries(answer_proofs.find_listed_type(address), slugs, reports, revision)
        data = answer_proofs.prove_answer(load_signer(), address, revision, body, seqs)
    return answer_proof(data, question)


def _read_address(text: str) -> str:
    """Return path and query of the address, which is pinned to a revision. Raise the problem invalid-parameter."""
    address = text.removeprefix(current_app.config["PUBLIC_URL"])
    if not address.startswith("/v1/") or address.startswith("/v1/log/") or not address.isprintable():
        raise _refuse("Must be the address of an answer, such as /v1/claims?revision=1.")
    if not _read_pin(address):
        raise _refuse("The answer may change. Add revision= or release= to its address.")
    return address


def _read_pin(address: str) -> dict[str, Any]:
    arguments = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query))
    if arguments.get("revision", "").isdecimal():
        return {"revision": int(arguments["revision"])}
    return {"release": arguments["release"]} if "release" in arguments else {}


def _refuse(message: str) -> ApiProblem:
    return ApiProblem("invalid-parameter", f"of: {message}", [make_fault("query", "of", message)])


def _request_answer(address: str) -> tuple[bytes, bool]:
    """Return the bytes of the answer, and whether they are CSV. Raise its problem, if it is one."""
    client = {"REMOTE_ADDR": request.remote_addr or "", "HTTP_HOST": request.host}
    with current_app.test_request_context(address, environ_overrides=client):
        answer = current_app.full_dispatch_request()
        body = answer.get_data()
        answer.close()
    if answer.status_code != 200:
        raise _refuse(f"This address has no answer. {json.loads(body)['detail']}")
    if answer.mimetype not in MEDIA_TYPES:
        raise _refuse(f"The answer is {answer.mimetype}. JSON and CSV can be proved.")
    return body, answer.mimetype == "text/csv"


def _find_entries(record_type: str | None, slugs: set[str], reports: set[str], revision: int) -> list[int]:
    """Return the numbers of the entries that the answer stands on. Raise the problem invalid-parameter."""
    by_type = {"claims": slugs, "reports": reports}
    if record_type:
        by_type[record_type] = by_type.get(record_type, set()) | slugs
    seqs = {seq for name in by_type for seq in answer_proofs.newest_entries(name, by_type[name], revision).values()}
    if len(seqs) > MOST_ENTRIES:
        raise _refuse(f"The answer uses {len(seqs)} log entries, and a proof has at most {MOST_ENTRIES}. Add limit=.")
    return sorted(seqs)
