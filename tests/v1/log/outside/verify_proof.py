"""Check the proof of an answer with the package aics-tlog. It shares no code with ours, and needs Python 3.12.

python verify_proof.py ANSWER PROOF KEY
"""

import hashlib
import json
import pathlib
import sys

import aics_tlog

answer, proof, key = (pathlib.Path(name).read_bytes() for name in sys.argv[1:])
saved, verifier = json.loads(proof)["data"], aics_tlog.parse_vkey(key.decode().strip())

statement = aics_tlog.parse_note(saved["statement"])
if not aics_tlog.verify_note(statement, [verifier]):
    sys.exit("the statement is not signed by the key")
origin, kind, _, _, digest = statement.text.splitlines()
if (origin, kind, digest) != (verifier.name, "answer", hashlib.sha256(answer).hexdigest()):
    sys.exit("the statement is of another answer")
checkpoint = aics_tlog.verify_checkpoint(
    aics_tlog.parse_note(saved["checkpoint"]), verifier, expected_origin=verifier.name
)
if not checkpoint.ok:
    sys.exit(f"the checkpoint is wrong: {checkpoint.error}")
for proved in saved["entries"]:
    index = json.loads(proved["entry"])["seq"] - 1  # the log counts from 1, the tree from 0
    path = [bytes.fromhex(text) for text in proved["proof"]]
    if not aics_tlog.verify_leaf_inclusion(proved["entry"].encode(), index, checkpoint.size, path, checkpoint.root):
        sys.exit(f"entry {index + 1} is not in the log")
print(f"{len(saved['entries'])} entries of {checkpoint.size}")
