"""The signed head of the change log, and the proofs that it only ever grows: for whoever keeps a head."""

from typing import Any

from flask import Response, current_app, request

from api import openapi, render
from api.db import snapshot
from api.problems import ApiProblem, fault
from api.records import proofs, published, tree
from api.records.checkpoint import Signer, signer_at
from api.v1.reading import Query, ReadBlueprint, about_database, address, canonical
from schemas.envelopes import Strict, single
from schemas.log import ConsistencyOut, ConsistencyQuery, InclusionOut, InclusionQuery

blueprint = ReadBlueprint("log", __name__, description="The change log as a transparency log (RFC 9162, C2SP).")
PLAIN = "text/plain"


@blueprint.route("/log/checkpoint", endpoint="checkpoint")
@blueprint.arguments(Strict, location="query")
@blueprint.response(200, openapi.TEXT, content_type=PLAIN)
@blueprint.doc(
    summary="The signed head of the log. Keep it: it proves any later edit.",
    description="A C2SP tlog-checkpoint: origin, number of entries, root; signed by Ed25519.",
    **openapi.problems(400, 422, 503),
)
def checkpoint(_: Query) -> Response:
    with snapshot(current_app.config["STATEMENT_SECONDS"]):
        return _plain(published.newest(signer())[1])


@blueprint.route("/log/key", endpoint="key")
@blueprint.arguments(Strict, location="query")
@blueprint.response(200, openapi.TEXT, content_type=PLAIN)
@blueprint.doc(
    summary="The public key by which checkpoints are checked.",
    description="A C2SP verifier key: origin, key id, and the key in base64, joined by plus signs.",
    **openapi.problems(400, 422),
)
def key(_: Query) -> Response:
    return _plain(signer().verifier + "\n")


def signer() -> Signer:
    return signer_at(current_app.config["LOG_KEY_FILE"], current_app.config["LOG_ORIGIN"])


def _plain(text: str) -> Response:
    tag = render.etag(text)
    if render.unchanged(tag):
        return render.not_modified(tag)
    return render.cached(Response(text, content_type=f"{PLAIN}; charset=utf-8"), tag)


@blueprint.route("/log/proof/inclusion", endpoint="inclusion")
@blueprint.arguments(InclusionQuery, location="query")
@blueprint.response(200, single(InclusionOut))
@blueprint.doc(summary="Proof that an entry is in the log of that size.", **openapi.problems(400, 422, 503))
def inclusion(question: Query) -> Response:
    with snapshot(current_app.config["STATEMENT_SECONDS"]):
        seq, size = question["seq"], _size(question, "size", "seq")
        proof = proofs.inclusion(seq, size)
    told = {
        "seq": seq,
        "leaf_index": seq - 1,
        "size": size,
        "entry": proof.entry.decode(),
        "openings": [
            {name: value for name, value in opening._asdict().items() if name != "seq"} for opening in proof.openings
        ],
        "leaf": proof.leaf.hex(),
        "proof": [one.hex() for one in proof.hashes],
        "root": proof.root.hex(),
    }
    return _proved(told, question)


@blueprint.route("/log/proof/consistency", endpoint="consistency")
@blueprint.arguments(ConsistencyQuery, location="query")
@blueprint.response(200, single(ConsistencyOut))
@blueprint.doc(summary="Proof that the log of one size begins with that of another.", **openapi.problems(400, 422, 503))
def consistency(question: Query) -> Response:
    with snapshot(current_app.config["STATEMENT_SECONDS"]):
        first, second = question["from"], _size(question, "to", "from")
        told = {
            "from": first,
            "to": second,
            "proof": [one.hex() for one in tree.consistency(first, second)],
            "from_root": tree.root(first).hex(),
            "to_root": tree.root(second).hex(),
        }
    return _proved(told, question)


def _size(question: Query, name: str, within: str) -> int:
    """The size asked for, or that of the log. Raises the problem that tells what can be asked."""
    newest = tree.size()
    size: int = question.get(name, newest)
    if size > newest:
        raise _out_of_range(name, f"The log has {newest} entries.")
    if question[within] > size:
        raise _out_of_range(within, f"Must be at most {size}: that many entries are asked about.")
    return size


def _out_of_range(name: str, message: str) -> ApiProblem:
    return ApiProblem("invalid-parameter", f"{name}: {message}", [fault("query", name, message)])


def _proved(told: dict[str, Any], question: Query) -> Response:
    tag = render.etag(told, request.path, canonical(question))
    if render.unchanged(tag):
        return render.not_modified(tag)
    payload = {"data": told, "meta": about_database(), "links": {"self": address()}}
    return render.cached(render.as_json(payload, question.get("pretty", False)), tag)
