"""Trust policies (C2SP tlog-policy): which logs and witnesses somebody trusts, and how many of them must have signed.

```
log example.org/v1/log+1a2b3c4d+AZ…
witness north w1.example+5e6f7a8b+BL… https://w1.example
witness south w2.example+9c0d1e2f+BM…
group both all north south
quorum both
```
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from api.change_log.checkpoint import Checkpoint, CheckpointError, Verifier, open_checkpoint, parse_verifier
from api.change_log.cosignatures import find_cosigners, parse_witness_key

NOBODY = "none"  # the quorum of a policy that asks for no witness
CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")


class PolicyError(Exception):
    """A text is no policy. The message names the line."""


class Witness(NamedTuple):
    name: str  # in the policy
    key: Verifier
    url: str  # the prefix of its submissions; empty: none


class Group(NamedTuple):
    least: int  # members that must have signed
    members: tuple[str, ...]  # witnesses or groups


class Policy(NamedTuple):
    logs: tuple[str, ...]  # their keys
    witnesses: Mapping[str, Witness]
    groups: Mapping[str, Group]
    quorum: str

    def open_checkpoint(self, note: str, verifier: str | None = None) -> Checkpoint:
        """Return the checkpoint of a note that a log and enough witnesses signed. Raise `CheckpointError`.

        `verifier` is the key of the log if the policy names none.
        """
        checkpoint = self.open_uncosigned(note, verifier)
        if not self.is_cosigned(note):
            raise CheckpointError(f"the quorum {self.quorum} of the policy did not cosign it")
        return checkpoint

    def open_uncosigned(self, note: str, verifier: str | None = None) -> Checkpoint:
        """Return the checkpoint of a note that a log signed, whatever the witnesses. Raise `CheckpointError`."""
        keys = self.logs or ((verifier,) if verifier else ())
        errors = ["the policy names no log"]
        for key in keys:
            try:
                return open_checkpoint(note, key)
            except CheckpointError as error:
                errors.append(str(error))
        raise CheckpointError(errors[-1])

    def is_cosigned(self, note: str) -> bool:
        """Return whether the quorum cosigned the note."""
        cosigners = find_cosigners(note, [witness.key for witness in self.witnesses.values()])
        signed = {name for name, witness in self.witnesses.items() if witness.key in cosigners}
        return self.quorum == NOBODY or self._has_signed(self.quorum, signed)

    def _has_signed(self, name: str, signed: set[str]) -> bool:
        if name in self.witnesses:
            return name in signed
        group = self.groups[name]
        return sum(self._has_signed(member, signed) for member in group.members) >= group.least


def parse_policy(content: bytes) -> Policy:
    """Return the policy in a file. Raise `PolicyError`."""
    reader = _PolicyReader()
    for number, line in enumerate(content.split(b"\n"), 1):
        try:
            if CONTROL.search(line):
                raise PolicyError("it has a control character")
            words = line.decode("utf-8", "surrogateescape").replace("\t", " ").split(" ")
            reader.read_line([word for word in words if word])
        except (PolicyError, CheckpointError) as error:
            raise PolicyError(f"line {number}: {error}") from None
    if reader.quorum is None:
        raise PolicyError("it has no line `quorum`")
    return Policy(tuple(reader.logs), reader.witnesses, reader.groups, reader.quorum)


class _PolicyReader:
    def __init__(self) -> None:
        self.logs: list[str] = []
        self.witnesses: dict[str, Witness] = {}
        self.groups: dict[str, Group] = {}
        self.quorum: str | None = None
        self._members: set[str] = set()
        self._public_keys: set[tuple[str, bytes]] = set()  # kind of line and key

    def read_line(self, words: list[str]) -> None:
        match words:
            case [] | [""]:
                return
            case [first, *_] if first.startswith("#"):
                return
            case ["log", key] | ["log", key, _]:
                self._refuse_repeated("log", parse_verifier(key))
                self.logs.append(key)
            case ["witness", name, key] | ["witness", name, key, _]:
                witness = Witness(name, parse_witness_key(key), words[3] if len(words) > 3 else "")
                self._refuse_repeated("witness", witness.key)
                self.witnesses[self._name_once(name)] = witness
            case ["group", name, least, _, *_]:
                self.groups[self._name_once(name)] = self._read_group(least, tuple(words[3:]))
            case ["quorum", name]:
                if self.quorum is not None:
                    raise PolicyError("there is a quorum already")
                self.quorum = name if name == NOBODY else self._require_defined(name)
            case _:
                raise PolicyError(f"{' '.join(words)!r} is no line of a policy")

    def _read_group(self, least: str, members: tuple[str, ...]) -> Group:
        for member in members:
            if self._require_defined(member) in self._members:
                raise PolicyError(f"{member} is a member already")
            self._members.add(member)
        count = {"any": 1, "all": len(members)}.get(least)
        if count is None:
            if not re.fullmatch(r"[1-9][0-9]{0,5}", least) or int(least) > len(members):
                raise PolicyError(f"{least} must be any, all, or a number from 1 to {len(members)}")
            count = int(least)
        return Group(count, members)

    def _require_defined(self, name: str) -> str:
        if name not in self.witnesses and name not in self.groups:
            raise PolicyError(f"no line before it defines {name}")
        return name

    def _name_once(self, name: str) -> str:
        if name == NOBODY or name in self.witnesses or name in self.groups:
            raise PolicyError(f"the name {name} is taken")
        return name

    def _refuse_repeated(self, kind: str, key: Verifier) -> None:
        if (kind, key.public) in self._public_keys:
            raise PolicyError(f"this key of a {kind} was on a line before")
        self._public_keys.add((kind, key.public))
