"""Cosignatures of witnesses under a checkpoint (C2SP tlog-cosignature): Ed25519 and ML-DSA-44.

A witness signs that the log of this checkpoint has only grown since the last one that it saw. Nobody who trusts enough
witnesses can be shown another log than everybody else.
"""

from collections.abc import Iterable

from api.change_log.checkpoint import (
    CheckpointError,
    Verifier,
    is_ed25519_signature,
    parse_checkpoint,
    parse_verifier,
    read_signature,
    split_note,
)

ED25519, ML_DSA_44 = b"\x04", b"\x06"
KEY_LENGTHS = {ED25519: 32, ML_DSA_44: 1312}
TIME_BYTES = 8


def parse_witness_key(text: str) -> Verifier:
    """Return the key of a witness. Raise `CheckpointError`."""
    return parse_verifier(text, KEY_LENGTHS, "key of a witness (Ed25519 or ML-DSA-44)")


def find_cosigners(note: str, keys: Iterable[Verifier]) -> set[Verifier]:
    """Return the keys that cosigned a checkpoint."""
    text, lines = split_note(note)
    return {key for key in keys if any(is_cosignature(line, text, key) for line in lines)}


def is_cosignature(line: str, text: str, key: Verifier) -> bool:
    """Return whether the line is a cosignature of the key on the checkpoint with this text."""
    signed = read_signature(line, key)
    if signed is None:
        return False
    seconds, signature = int.from_bytes(signed[:TIME_BYTES]), signed[TIME_BYTES:]
    if not 0 < seconds < 2**63:
        return False
    if key.algorithm == ED25519:
        message = f"cosignature/v1\ntime {seconds}\n{text}".encode()
        return is_ed25519_signature(key.public, signature, message)
    return _is_ml_dsa_signature(key, signature, text, seconds)


def _is_ml_dsa_signature(key: Verifier, signature: bytes, text: str, seconds: int) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

    try:
        checkpoint = parse_checkpoint(text)
        message = _write_cosigned_message(key.name, seconds, checkpoint.origin, checkpoint.size, checkpoint.root)
        MLDSA44PublicKey.from_public_bytes(key.public).verify(signature, message)
        return True
    except (ValueError, OverflowError, InvalidSignature, CheckpointError):
        return False


def _write_cosigned_message(name: str, seconds: int, origin: str, size: int, root: bytes) -> bytes:
    """Return the structure `cosigned_message`, in the encoding of TLS. The subtree is the whole tree."""
    cosigner, log = name.encode(), origin.encode()
    return b"".join([
        b"subtree/v1\n\x00",
        len(cosigner).to_bytes(1) + cosigner,
        seconds.to_bytes(TIME_BYTES),
        len(log).to_bytes(1) + log,
        (0).to_bytes(8) + size.to_bytes(8),
        root,
    ])  # fmt: skip
