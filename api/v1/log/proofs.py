"""The checkpoint of the change log, and inclusion and consistency proofs for readers who saved a checkpoint."""

from typing import Any

from flask import Response, current_app

from api.change_log import proofs, publish, stored_tree
from api.change_log.checkpoint import Signer, signer_at
from api.change_log.cosigned_checkpoints import SizedNote, has_cosignature, newest_cosigned, note_of_size
from api.change_log.mirrored_origin import read_origin, refuse_mirror
from api.change_log.tlog_proofs import TlogProof, write_tlog_proof
from api.database.snapshot import open_snapshot
from api.http import formats, openapi
from api.http.problems import ApiProblem, make_fault
from api.v1.shared.addresses import request_address, tag_content
from api.v1.shared.listing_routes import Query, ReadBlueprint, database_meta
from schemas.log import CheckpointQuery, ConsistencyOut, ConsistencyQuery, InclusionOut, InclusionQuery, TlogProofQuery
from schemas.responses import Strict, record_response
from schemas.sentences import count_noun

blueprint = ReadBlueprint("log", __name__, description="The change log as a transparency log (RFC 9162, C2SP).")
PLAIN = "text/plain"
#: Seconds that caches may keep a checkpoint: a witness that is fed an older one refuses the next.
MOST_CHECKPOINT_SECONDS = 5


@blueprint.route("/log/checkpoint", endpoint="checkpoint")
@blueprint.arguments(CheckpointQuery, location="query")
@blueprint.response(200, openapi.TEXT, content_type=PLAIN)
@blueprint.doc(
    summary="The signed head of the log. Save it: with it you can prove any later edit.",
    description="A C2SP tlog-checkpoint: origin, number of entries, root; signed by Ed25519. "
    "Below are the cosignatures of witnesses that saw this size.",
    **openapi.describe_problems(400, 404, 422, 503),
)
def show_checkpoint(question: Query) -> Response:
    with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        chosen = _read_cosigned() if question["cosigned"] else _read_newest()
    if chosen is None:
        raise ApiProblem("not-found", "No witness has cosigned this log. /v1/log/checkpoint has its head.")
    return _answer_checkpoint(chosen.note)


def _read_newest() -> SizedNote:
    """Return the newest checkpoint. That of a mirror was signed by the origin. Raise the problem unavailable."""
    origin = read_origin()
    newest = origin.newest if origin else publish.newest_checkpoint(load_signer())
    if newest is None:
        raise ApiProblem("unavailable", "This mirror has not copied the log yet.", headers={"Retry-After": "60"})
    return newest


def _read_cosigned() -> SizedNote | None:
    """Return the newest checkpoint that a witness has cosigned; None: there is none."""
    origin = read_origin()
    if origin is None:
        return newest_cosigned(load_signer())
    return origin.newest if has_cosignature(origin.checkpoint) else None


def _answer_checkpoint(note: str) -> Response:
    answer = _answer_text(note)
    answer.headers["Cache-Control"] = limit_checkpoint_age()
    return answer


def limit_checkpoint_age() -> str:
    """Return the `Cache-Control` of what belongs to the newest checkpoint."""
    return f"public, max-age={min(MOST_CHECKPOINT_SECONDS, current_app.config['CACHE_SECONDS'])}"


@blueprint.route("/log/key", endpoint="key")
@blueprint.arguments(Strict, location="query")
@blueprint.response(200, openapi.TEXT, content_type=PLAIN)
@blueprint.doc(
    summary="The public key that verifies checkpoints.",
    description="A C2SP verifier key: origin, key id, and the key in base64, joined by plus signs.",
    **openapi.describe_problems(400, 422),
)
def show_key(_: Query) -> Response:
    origin = read_origin()
    return _answer_text((origin.verifier if origin else load_signer().verifier) + "\n")


def load_signer() -> Signer:
    """Return the key that signs. Raise `MirrorError` in a mirror."""
    refuse_mirror()
    return signer_at(current_app.config["LOG_KEY_FILE"], current_app.config["LOG_ORIGIN"])


def _answer_text(text: str) -> Response:
    tag = formats.compute_etag(text)
    if formats.is_unchanged(tag):
        return formats.not_modified(tag)
    return formats.add_cache_headers(Response(text, content_type=f"{PLAIN}; charset=utf-8"), tag)


@blueprint.route("/log/proof/inclusion", endpoint="inclusion")
@blueprint.arguments(InclusionQuery, location="query")
@blueprint.response(200, record_response(InclusionOut))
@blueprint.doc(summary="Proof that an entry is in the log of that size.", **openapi.describe_problems(400, 422, 503))
def prove_inclusion(question: Query) -> Response:
    with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        seq, size = question["seq"], _read_size(question, "size", "seq")
        proof = proofs.prove_inclusion(seq, size)
    data = {
        "seq": seq,
        "leaf_index": seq - 1,
        "size": size,
        "entry": proof.entry.decode(),
        "openings": [
            {name: value for name, value in opening._asdict().items() if name != "seq"} for opening in proof.openings
        ],
        "leaf": proof.leaf.hex(),
        "proof": [digest.hex() for digest in proof.hashes],
        "root": proof.root.hex(),
    }
    return answer_proof(data, question)


@blueprint.route("/log/proof/inclusion.tlog-proof", endpoint="tlog_proof")
@blueprint.arguments(TlogProofQuery, location="query")
@blueprint.response(200, openapi.TEXT, content_type=PLAIN)
@blueprint.doc(
    summary="The same proof as a file that programs for any log read (C2SP tlog-proof), with the entry in it.",
    description="Under the newest cosigned checkpoint that has the entry, or else under the newest one.",
    **openapi.describe_problems(400, 422, 503),
)
def download_proof(question: Query) -> Response:
    with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        size, seq = _read_size(question, "size", "seq"), question["seq"]
        size, note = _choose_checkpoint(size if "size" in question else None, seq)
        proof = proofs.prove_inclusion(seq, size)
    answer = _answer_text(write_tlog_proof(TlogProof(seq - 1, proof.hashes, note, proof.entry)))
    answer.headers["Content-Disposition"] = f'attachment; filename="entry-{seq}.tlog-proof"'
    return answer


def _choose_checkpoint(size: int | None, seq: int) -> SizedNote:
    """Return the checkpoint of a size, or the newest one with an entry: a cosigned one if there is one."""
    cosigned, newest = _read_cosigned(), _read_newest()
    if size is None:
        return cosigned if cosigned and cosigned.size >= seq else newest
    return newest if size == newest.size else note_of_size(load_signer(), size)


@blueprint.route("/log/proof/consistency", endpoint="consistency")
@blueprint.arguments(ConsistencyQuery, location="query")
@blueprint.response(200, record_response(ConsistencyOut))
@blueprint.doc(
    summary="Proof that the log of one size begins with that of another.", **openapi.describe_problems(400, 422, 503)
)
def prove_consistency(question: Query) -> Response:
    with open_snapshot(current_app.config["STATEMENT_SECONDS"]):
        first, second = question["from"], _read_size(question, "to", "from")
        data = {
            "from": first,
            "to": second,
            "proof": [digest.hex() for digest in stored_tree.prove_consistency(first, second)],
            "from_root": stored_tree.root_at(first).hex(),
            "to_root": stored_tree.root_at(second).hex(),
        }
    return answer_proof(data, question)


def _read_size(question: Query, name: str, within: str) -> int:
    """Return the size in the question (default: that of the log). Raises the problem that names the allowed range."""
    newest = stored_tree.log_size()
    size: int = question.get(name, newest)
    if size > newest:
        raise _out_of_range(name, f"The log has {count_noun(newest, 'entry', 'entries')}.")
    if question[within] > size:
        raise _out_of_range(within, f"Must be at most {size}, the number of entries in the tree.")
    return size


def _out_of_range(name: str, message: str) -> ApiProblem:
    return ApiProblem("invalid-parameter", f"{name}: {message}", [make_fault("query", name, message)])


def answer_proof(data: dict[str, Any], question: Query) -> Response:
    tag = tag_content(data, question)
    if formats.is_unchanged(tag):
        return formats.not_modified(tag)
    payload = {"data": data, "meta": database_meta(), "links": {"self": request_address()}}
    return formats.add_cache_headers(formats.as_json(payload, question.get("pretty", False)), tag)
