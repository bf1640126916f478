"""Proof of a saved answer: a signed statement of its digest, and the log entries that its records stand on.

See docs/developers/adr/0013-proofs-of-answers.md.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from peewee import fn

from api.change_log import stored_tree
from api.change_log.append import Row, entry_json
from api.change_log.checkpoint import Signer, open_checkpoint, open_note, sign_checkpoint, sign_note
from api.change_log.merkle import leaf_hash, proves_inclusion
from api.change_log.proofs import COLUMNS
from api.database.key_sets import split_batches
from api.database.models import Change, Claim, Report
from api.database.statements import fetch_tuples
from schemas.fields import SLUG
from schemas.log import RESOURCES

ANSWER = "answer"  # the second line of a statement; a checkpoint has a number there
FIGURES = ("value", "low", "best", "high")
IS_SLUG = re.compile(SLUG).fullmatch


class AnswerProofError(Exception):
    """An answer and its proof do not belong together; the message names what differs."""


class ProvedAnswer(NamedTuple):
    address: str
    revision: int
    size: int  # of the log
    entries: int


# Making a proof --------------------------------------------------------------------------------------------------


def prove_answer(signer: Signer, address: str, revision: int, body: bytes, seqs: list[int]) -> dict[str, Any]:
    """Return the proof of an answer that stands on these entries, inside a snapshot."""
    size = stored_tree.log_size()
    digest = sha256(body).hexdigest()
    return {
        "statement": sign_note(signer, f"{signer.origin}\n{ANSWER}\n{address}\n{revision}\n{digest}\n"),
        "checkpoint": sign_checkpoint(signer, size, stored_tree.root_at(size)),
        "entries": [
            {
                "entry": entry_json(row).decode(),
                "proof": [digest.hex() for digest in stored_tree.prove_inclusion(row.seq, size)],
            }
            for row in _load_rows(seqs)
        ],
    }


def _load_rows(seqs: list[int]) -> Iterator[Row]:
    for batch in split_batches(seqs):
        yield from map(
            Row._make, fetch_tuples(Change.select(*COLUMNS).where(Change.seq.in_(batch)).order_by(Change.seq))
        )


def newest_entries(record_type: str, slugs: Iterable[str], revision: int) -> dict[str, int]:
    """Return by slug the number of the newest entry up to a revision, of the records that have one."""
    seqs: dict[str, int] = {}
    for batch in split_batches(sorted(slugs)):
        entries = Change.select(Change.record, fn.MAX(Change.seq)).where(
            Change.record_type == record_type, Change.record.in_(batch), Change.revision <= revision
        )
        seqs.update(fetch_tuples(entries.group_by(Change.record)))
    return seqs


def reports_of(slugs: Iterable[str]) -> set[str]:
    """Return the active reports, in the open snapshot, of the claims among these ids."""
    reports: set[str] = set()
    for batch in split_batches(sorted(slugs)):
        query = Report.select(Report.slug).join(Claim, on=Report.claim)
        active = query.where(Claim.slug.in_(batch), Report.status == "active")
        reports.update(slug for (slug,) in fetch_tuples(active))
    return reports


def find_slugs(body: bytes, is_csv: bool) -> set[str]:
    """Return every text of an answer that could be an id: strings of JSON; in CSV, cells and the entries of lists."""
    if is_csv:
        cells = (cell for row in csv.reader(io.StringIO(body.decode("utf-8-sig"))) for cell in row)
        return {text for cell in cells for text in cell.split(";") if IS_SLUG(text)}
    return set(filter(IS_SLUG, _list_strings(json.loads(body))))


def _list_strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _list_strings(inner)


def find_listed_type(address: str) -> str | None:
    """Return the record type of a list or record: `/v1/claims.csv?harm=killed` → `claims`."""
    record_type = re.split(r"[/.?]", address.removeprefix("/v1/"), maxsplit=1)[0]
    return record_type if record_type in RESOURCES else None


# Checking a proof ------------------------------------------------------------------------------------------------


def verify_answer(body: bytes, proof: Mapping[str, Any], verifier: str) -> ProvedAnswer:
    """Check an answer and its proof with the key of the log.

    Raise `AnswerProofError`, `CheckpointError` for a wrong signature, and `ValueError`, `KeyError` or `TypeError` for
    a document that is no proof.
    """
    lines = open_note(proof["statement"], verifier).splitlines()
    if len(lines) != 5 or lines[1] != ANSWER:
        raise AnswerProofError("its statement is not about an answer")
    _, _, address, revision, digest = lines
    if sha256(body).hexdigest() != digest:
        raise AnswerProofError("the signed digest is of other bytes")
    checkpoint = open_checkpoint(proof["checkpoint"], verifier)
    entries = {}
    for number, proved in enumerate(proof["entries"], 1):
        entry, hashes = json.loads(proved["entry"]), list(map(bytes.fromhex, proved["proof"]))
        leaf = leaf_hash(proved["entry"].encode())
        if not proves_inclusion(entry["seq"] - 1, checkpoint.size, leaf, hashes, checkpoint.root):
            raise AnswerProofError(f"the log does not have entry {number} of the proof")
        if entry["revision"] > int(revision):
            raise AnswerProofError(f"entry {entry['seq']} is later than revision {revision}")
        entries[entry["noun"], entry["record"]] = entry["after"]
    if find_listed_type(address) == "claims":
        _compare_figures(_read_records(body), entries)
    return ProvedAnswer(address, int(revision), checkpoint.size, len(proof["entries"]))


def _read_records(body: bytes) -> list[dict[str, Any]]:
    """Return the records of a list or of a single record."""
    try:
        answer = json.loads(body)
    except ValueError:
        return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    records = answer.get("data", answer) if isinstance(answer, dict) else answer
    return records if isinstance(records, list) else [records]


def _compare_figures(claims: Iterable[dict[str, Any]], entries: Mapping[tuple[str, str], Any]) -> None:
    """Check that each figure of a claim is that of its entry. CSV has numbers as text, and empty cells for null."""
    for claim in claims:
        if IS_SLUG(claim.get("id") or ""):
            logged = entries.get(("claims", claim["id"]))
            if logged is None:
                raise AnswerProofError(f"there is no entry of claim {claim['id']}")
            for name in (name for name in FIGURES if name in claim and name in logged):
                if _as_text(claim[name]) != _as_text(logged[name]):
                    raise AnswerProofError(f"{name} of claim {claim['id']} is not that of its entry")


def _as_text(value: Any) -> str:
    return "" if value is None else str(value)
