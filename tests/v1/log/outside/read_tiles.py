"""Read a log by its tiles with the package aics-tlog, prove its first entries, and count its cosignatures.

python read_tiles.py URL KEY COUNT [WITNESS-KEY]
"""

import sys

import aics_tlog

url, key, count, *witnesses = sys.argv[1:]
reader, verifier = aics_tlog.HttpTileReader(url), aics_tlog.parse_vkey(key)
checked = aics_tlog.verify_checkpoint(
    aics_tlog.parse_note(reader.read_checkpoint()),
    verifier,
    list(map(aics_tlog.parse_vkey, witnesses)),
    len(witnesses),
    expected_origin=verifier.name,
)
if not checked.ok:
    sys.exit(f"the checkpoint is wrong: {checked.error}")
size, root = checked.size, checked.root
aics_tlog.audit_tiles(reader, size, root)
proved = aics_tlog.VerifiedTileReader(reader, size, root)
for index in range(int(count)):
    entry = aics_tlog.read_entry(proved, index, size)
    path = aics_tlog.inclusion_proof_from_tiles(reader, index, size)
    if not aics_tlog.verify_leaf_inclusion(entry, index, size, path, root):
        sys.exit(f"entry {index + 1} is not in the log")
print(f"{count} entries of {size}, {len(witnesses)} witnesses")
