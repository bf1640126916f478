"""Names of conflicts, sides and claimants, kept in the process until the next revision; slugs that name nothing."""

import difflib
from collections import defaultdict
from typing import Any, NamedTuple

from api.db import database, is_pinned, is_writing, rows, tuples
from api.models import Claimant, Conflict, Record, Side

Ref = dict[str, str]


class References(NamedTuple):
    """Integer keys → what the wire shows; `None` → `None`, so that a null reference needs no test."""

    conflicts: dict[int | None, Ref | None]
    sides: dict[int | None, Ref | None]
    claimants: dict[int | None, Ref | None]
    claimant_sides: dict[int | None, Ref | None]  # by claimant
    phases: dict[str, list[str]]  # conflict → its direct phases
    members: dict[str, list[str]]  # side → its direct members


class _Kept(NamedTuple):
    database: Any
    held: tuple[int, int]
    references: References


_kept: _Kept | None = None


def current_revision() -> int:
    """The newest revision of the database; 0 when nothing was ever written."""
    return int(rows("SELECT COALESCE(MAX(number), 0) FROM revision")[0][0])


def redactions() -> int:
    """Where the past is asked: the newest entry since that erased a text, which changes what the past says."""
    if not is_pinned():
        return 0  # its own revision tells
    since = "revision > (SELECT MAX(number) FROM revision)"
    return int(rows(f"SELECT COALESCE(MAX(seq), 0) FROM change WHERE operation = 'redact' AND {since}")[0][0])


def held() -> tuple[int, int]:
    """What an answer that is kept in the process is true of."""
    return current_revision(), redactions()


def edition() -> list[Any]:
    """What tells this content from any other, that of another database included."""
    newest = rows("SELECT number, made_at FROM revision ORDER BY number DESC LIMIT 1")
    return [*map(list, newest), redactions()]


def references(revision: int) -> References:
    """The names as of `revision`, which must be the current one."""
    global _kept
    kept, now = _kept, (revision, redactions())
    if kept is None or kept.held != now or kept.database is not database.obj:
        kept = _Kept(database.obj, now, load())
        if not is_writing():
            _kept = kept
    return kept.references


def load() -> References:
    """The names as they are, which nobody keeps."""
    conflicts = rows("SELECT id, slug, name, parent_id FROM conflict")
    sides = _named(rows("SELECT id, slug, name FROM side"))
    claimants = rows("SELECT id, slug, name, side_id FROM claimant")
    named_conflicts = _named([row[:3] for row in conflicts])
    phases: dict[str, list[str]] = defaultdict(list)
    for _, slug, _, parent in conflicts:
        if parent is not None:
            phases[_slug(named_conflicts, parent)].append(slug)
    members: dict[str, list[str]] = defaultdict(list)
    for side, camp in rows("SELECT side_id, member_of_id FROM side_membership ORDER BY side_id, position"):
        members[_slug(sides, camp)].append(_slug(sides, side))
    return References(
        conflicts=named_conflicts,
        sides=sides,
        claimants=_named([row[:3] for row in claimants]),
        claimant_sides={None: sides[None], **{key: sides[side] for key, _, _, side in claimants}},
        phases=phases,
        members=members,
    )


def _named(found: list[tuple[Any, ...]]) -> dict[int | None, Ref | None]:
    named: dict[int | None, Ref | None] = {None: None}
    for key, slug, name in found:
        named[key] = {"id": slug, "name": name}
    return named


def _slug(named: dict[int | None, Ref | None], key: int) -> str:
    ref = named[key]
    assert ref is not None
    return ref["id"]


def by_id(named: dict[int | None, Ref | None]) -> dict[str, Ref]:
    """The same names by slug."""
    return {ref["id"]: ref for ref in named.values() if ref}


def with_descendants(tree: dict[str, list[str]], slugs: tuple[str, ...]) -> tuple[str, ...]:
    """`slugs` and all below them, each once, sorted."""
    found: set[str] = set()
    waiting = list(slugs)
    while waiting:
        slug = waiting.pop()
        if slug not in found:
            found.add(slug)
            waiting.extend(tree.get(slug, ()))
    return tuple(sorted(found))


def above(tree: dict[str, list[str]], slug: str) -> set[str]:
    """All that hold `slug` in the tree, near and far."""
    found: set[str] = set()
    waiting = [slug]
    while waiting:
        child = waiting.pop()
        holders = {parent for parent, children in tree.items() if child in children} - found
        found |= holders
        waiting.extend(holders)
    return found


class NoSuchRecord(Exception):
    """A slug that names no record, and those that are spelt most like it."""

    def __init__(self, parameter: str, value: str, nearest: list[str]) -> None:
        super().__init__(parameter, value)
        self.parameter, self.value, self.nearest = parameter, value, nearest


def require(parameter: str, column: Any, values: tuple[str, ...]) -> None:
    """Raise `NoSuchRecord` for the first of `values` that no row has in `column`."""
    known = {value for (value,) in tuples(column.model.select(column).where(column.in_(values)).distinct())}
    for value in values:
        if value not in known:
            raise NoSuchRecord(parameter, value, nearest(column, value))


def nearest(column: Any, value: str) -> list[str]:
    """Up to three values of `column` spelt most like `value`, from those that share its first letters."""
    query = column.model.select(column).distinct().order_by(column).limit(2000)
    for start in (value[:4], value[:1], ""):
        candidates = [found for (found,) in tuples(query.where(column.startswith(start))) if found]
        if found := difflib.get_close_matches(value, candidates, n=3, cutoff=0.6):
            return found
    return []


SMALL_NOUNS: dict[type[Record], str] = {Conflict: "conflicts", Side: "sides", Claimant: "claimants"}
