"""Ask witnesses to cosign a checkpoint (C2SP tlog-witness), and keep their lines.

A witness has to see that the log only grew since the last checkpoint that it cosigned. It says by 409 which one that
was if we name another, for example after a restored backup.
"""

import base64
import re
from typing import NamedTuple

from api.change_log import cosigned_checkpoints, stored_tree
from api.change_log.checkpoint import Signer, Verifier, sign_checkpoint, split_note
from api.change_log.cosignatures import is_cosignature
from api.change_log.outside_requests import OutsideAnswer, OutsideClient
from api.change_log.trust_policy import Witness
from api.database.snapshot import open_snapshot
from schemas.sentences import count_noun

MOST_BYTES = 65_536  # of the answer of a witness
CONFLICT = 409


class WitnessError(Exception):
    """A witness did not cosign. The message says why, and whether its log is another than ours."""


class Head(NamedTuple):
    """The newest checkpoint of the log, in one state of the database."""

    size: int
    root: bytes
    note: str


def read_head(signer: Signer) -> Head:
    """Return the newest checkpoint, with the signature of the log alone."""
    with open_snapshot(None):
        size = stored_tree.log_size()
        root = stored_tree.root_at(size)
    return Head(size, root, sign_checkpoint(signer, size, root))


def ask_witness(client: OutsideClient, witness: Witness, head: Head) -> None:
    """Let a witness cosign the checkpoint, and store its line. Raise `WitnessError` or `OutsideError`."""
    before = min(cosigned_checkpoints.last_cosigned_size(witness.key), head.size)
    answer = _send_checkpoint(client, witness, before, head)
    if answer.status == CONFLICT:
        answer = _send_checkpoint(client, witness, _read_size(answer, head), head)
    if answer.status != 200:
        raise WitnessError(_explain_refusal(answer))
    text, _ = split_note(head.note)
    line = find_line(answer.content, text, witness.key)
    if line is None:
        raise WitnessError("its answer has no cosignature of the key in the policy")
    cosigned_checkpoints.store_cosignatures(head.size, head.root, [(witness.key, line)])


def _send_checkpoint(client: OutsideClient, witness: Witness, before: int, head: Head) -> OutsideAnswer:
    proof: list[bytes] = []
    if before:
        with open_snapshot(None):
            proof = stored_tree.prove_consistency(before, head.size)
    lines = [f"old {before}", *(base64.b64encode(digest).decode() for digest in proof), "", head.note]
    return client.send("POST", f"{witness.url.rstrip('/')}/add-checkpoint", "\n".join(lines).encode())


def _read_size(answer: OutsideAnswer, head: Head) -> int:
    """Return the size that the witness cosigned last. Raise `WitnessError` if this log is shorter."""
    if not re.fullmatch(rb"(0|[1-9][0-9]{0,18})\n?", answer.content):
        raise WitnessError("it answers 409 without the size of its last checkpoint")
    size = int(answer.content)
    if size > head.size:
        raise WitnessError(
            f"it has cosigned a checkpoint of {count_noun(size, 'entry', 'entries')}, and this log has {head.size}: "
            "entries are lost, or this is an old copy of the log"
        )
    return size


def _explain_refusal(answer: OutsideAnswer) -> str:
    words = answer.content[:200].decode("utf-8", "replace").strip()
    reason = {
        403: "it does not know the key of this log",
        404: "it does not know this log",
        CONFLICT: "it cosigned another checkpoint meanwhile",
        422: "it saw another history of this log, so the log was rewritten",
    }.get(answer.status, "it refused the checkpoint")
    return f"{reason} (status {answer.status}{': ' + words if words else ''})"


def find_line(content: bytes, text: str, key: Verifier) -> str | None:
    """Return the first line that is a cosignature of the key, with its newline. None: there is none."""
    lines = content.decode("utf-8", "replace").split("\n")
    return next((f"{line}\n" for line in lines if is_cosignature(line, text, key)), None)
