"""Names of conflicts, sides and claimants, cached in the process for the revisions that are read; checks of slugs."""

from collections import defaultdict
from typing import Any, NamedTuple

from api.database.connection import database
from api.database.models import Claimant, Conflict, Record, Side
from api.database.statements import select_rows, texts_table
from api.database.writing import is_writing
from api.history.revisions import redaction_after_pin
from api.listings.nearest_ids import nearest_ids, nearest_values

Ref = dict[str, str]


class References(NamedTuple):
    """References as on the wire, by integer key. `None` maps to `None`, so that a null reference needs no test."""

    conflicts: dict[int | None, Ref | None]
    sides: dict[int | None, Ref | None]
    claimants: dict[int | None, Ref | None]
    claimant_sides: dict[int | None, Ref | None]  # by claimant
    phases: dict[str, list[str]]  # conflict → its direct phases
    members: dict[str, list[str]]  # side → its direct members


class _CachedReferences(NamedTuple):
    database: Any
    content_key: tuple[int, int]
    references: References


MOST_CACHED = 4  # revisions: a record of an older one is compared with the newest
_cached: tuple[_CachedReferences, ...] = ()  # loaded last come first; other threads see all or none


def cached_references(revision: int) -> References:
    """Return the names at `revision`, which must be the current one."""
    global _cached
    content_key = (revision, redaction_after_pin())
    for cached in _cached:
        if cached.content_key == content_key and cached.database is database.obj:
            return cached.references
    loaded = _CachedReferences(database.obj, content_key, load_references())
    if not is_writing():
        _cached = (loaded, *_cached[: MOST_CACHED - 1])
    return loaded.references


def load_references() -> References:
    """Return the names, read from the tables and not cached."""
    conflicts = select_rows("SELECT id, slug, name, parent_id FROM conflict")
    sides = _names_by_key(select_rows("SELECT id, slug, name FROM side"))
    claimants = select_rows("SELECT id, slug, name, side_id FROM claimant")
    named_conflicts = _names_by_key([row[:3] for row in conflicts])
    phases: dict[str, list[str]] = defaultdict(list)
    for _, slug, _, parent in conflicts:
        if parent is not None:
            phases[_slug_of(named_conflicts, parent)].append(slug)
    members: dict[str, list[str]] = defaultdict(list)
    for side, camp in select_rows("SELECT side_id, member_of_id FROM side_membership ORDER BY side_id, position"):
        members[_slug_of(sides, camp)].append(_slug_of(sides, side))
    return References(
        conflicts=named_conflicts,
        sides=sides,
        claimants=_names_by_key([row[:3] for row in claimants]),
        claimant_sides={None: sides[None], **{key: sides[side] for key, _, _, side in claimants}},
        phases=phases,
        members=members,
    )


def _names_by_key(named_rows: list[tuple[Any, ...]]) -> dict[int | None, Ref | None]:
    named: dict[int | None, Ref | None] = {None: None}
    for key, slug, name in named_rows:
        named[key] = {"id": slug, "name": name}
    return named


def _slug_of(named: dict[int | None, Ref | None], key: int) -> str:
    ref = named[key]
    assert ref is not None
    return ref["id"]


def by_id(named: dict[int | None, Ref | None]) -> dict[str, Ref]:
    """Return the same references by slug."""
    return {ref["id"]: ref for ref in named.values() if ref}


def with_descendants(tree: dict[str, list[str]], slugs: tuple[str, ...]) -> tuple[str, ...]:
    """Return `slugs` and all slugs below them in the tree, each once, sorted."""
    reached: set[str] = set()
    waiting = list(slugs)
    while waiting:
        slug = waiting.pop()
        if slug not in reached:
            reached.add(slug)
            waiting.extend(tree.get(slug, ()))
    return tuple(sorted(reached))


def ancestors_of(tree: dict[str, list[str]], slug: str) -> set[str]:
    """Return all slugs above `slug` in the tree, direct and indirect."""
    ancestors: set[str] = set()
    waiting = [slug]
    while waiting:
        child = waiting.pop()
        holders = {parent for parent, children in tree.items() if child in children} - ancestors
        ancestors |= holders
        waiting.extend(holders)
    return ancestors


class UnknownValueError(Exception):
    """A slug without a record, with the slugs that are spelt most like it."""

    def __init__(self, parameter: str, value: str, nearest: list[str]) -> None:
        super().__init__(parameter, value)
        self.parameter, self.value, self.nearest = parameter, value, nearest


def require_existing(parameter: str, column: Any, values: tuple[str, ...]) -> None:
    """Raise `UnknownValueError` for the first of `values` that no row has in `column`."""
    existing_values = {value for (value,) in select_rows(*_select_existing(column, values))}
    for value in values:
        if value not in existing_values:
            raise UnknownValueError(parameter, value, _find_nearest(column, value))


def _select_existing(column: Any, values: tuple[str, ...]) -> tuple[str, tuple[Any, ...]]:
    """Return a SELECT, and its values, of those of `values` that the column has. It reads one row for each value."""
    sent, parameters = texts_table(values)
    table = f'"{column.model._meta.table_name}"'
    row = f'SELECT 1 FROM {table} WHERE {table}."{column.column_name}" = sent.value'
    return f"SELECT sent.value FROM {sent} WHERE EXISTS ({row})", parameters


def _find_nearest(column: Any, value: str) -> list[str]:
    is_id = issubclass(column.model, Record) and column.name == "slug"
    return nearest_ids(column.model, value) if is_id else nearest_values(column, value)


SMALL_RECORD_TYPES: dict[type[Record], str] = {Conflict: "conflicts", Side: "sides", Claimant: "claimants"}
