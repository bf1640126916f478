"""The tree of conflicts, the parties to each, and the tree of sides: which of them are akin."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from api.database.models import Conflict, ConflictSide, Side, SideMembership
from api.database.snapshot import SqlDialect, sql_dialect
from api.database.statements import select_rows
from api.records.reference_cache import Register

Document = Mapping[str, Any]
Links = Mapping[str, frozenset[str]]


MOST_NAMES = 5


class ConflictFacts(NamedTuple):
    parent: str | None
    started_on: str | None
    ended_on: str | None
    country: str | None  # None: it was fought in several, or no country is stated


class Landscape:
    """The tree of conflicts with their days, the parties to each, and the tree of sides, by slug."""

    def __init__(self, conflicts: Mapping[str, ConflictFacts], parties: Links, coalitions: Links) -> None:
        self.conflicts, self.parties, self.coalitions = conflicts, parties, coalitions
        self._phases = _invert((conflict, [facts.parent]) for conflict, facts in conflicts.items() if facts.parent)
        self._members = _invert(coalitions.items())
        self._accepted: dict[str, frozenset[str] | None] = {}

    def with_documents(self, conflicts: Iterable[Document], sides: Iterable[Document]) -> "Landscape":
        """Return the landscape with further, or changed, conflicts and sides."""
        needed = {"id", *ConflictFacts._fields, "sides"}
        complete = [conflict for conflict in conflicts if conflict.keys() >= needed]
        joined = [side for side in sides if side.keys() >= {"id", "member_of"}]
        return Landscape(
            {
                **self.conflicts,
                **{one["id"]: ConflictFacts(*(one[name] for name in ConflictFacts._fields)) for one in complete},
            },
            {**self.parties, **{conflict["id"]: frozenset(conflict["sides"]) for conflict in complete}},
            {
                **self.coalitions,
                **{side["id"]: frozenset(entry.get("side", "") for entry in side["member_of"]) for side in joined},
            },
        )

    def list_ancestors(self, conflict: str) -> list[str]:
        """Return the conflict and those of which it is a phase."""
        line: list[str] = []
        following: str | None = conflict
        while following is not None and following in self.conflicts and following not in line:
            line.append(following)
            following = self.conflicts[following].parent
        return line

    def are_nested(self, conflict: str, other: str) -> bool:
        return conflict in self.list_ancestors(other) or other in self.list_ancestors(conflict)

    def list_accepted(self, conflict: str) -> frozenset[str] | None:
        """Return the sides that a claim about the conflict may name; None: any, because no sides are listed."""
        if conflict not in self._accepted:
            ancestors = self.list_ancestors(conflict)
            named = set().union(*(self.parties.get(ancestor, ()) for ancestor in ancestors))
            of_phases = (self.parties.get(phase, ()) for phase in _reach([conflict], self._phases))
            parties = named.union(*of_phases)
            around = _reach(parties, self.coalitions) | _reach(parties, self._members)
            self._accepted[conflict] = frozenset(around) if named else None
        return self._accepted[conflict]

    def accepts(self, conflict: str, side: str) -> bool:
        """Return whether a record about the conflict may name the side without saying that it is not a party."""
        accepted = self.list_accepted(conflict)
        return accepted is None or side in accepted

    def describe_stranger(self, side: str, conflict: str) -> str:
        """Return the sentence that a side is no party, with those that are, and what to send."""
        listed = next(filter(None, map(self.parties.get, self.list_ancestors(conflict))), frozenset[str]())
        names = ", ".join(sorted(listed)[:MOST_NAMES]) + (" …" if len(listed) > MOST_NAMES else "")
        sides = f"whose sides are {names}" if names else "whose phases have other sides"
        return f"{side} is not a party to {conflict}, {sides}. Send one of them, a member or a coalition."

    def are_akin(self, side: str, others: Iterable[str]) -> bool:
        """Return whether a side is one of the others, or a member or coalition of one."""
        return not (_reach([side], self.coalitions) | _reach([side], self._members)).isdisjoint(others)

    def share_camp(self, side: str, other_side: str) -> bool:
        """Return whether two sides are, or ever were, one side, or members of one coalition."""
        return not _reach([side], self.coalitions).isdisjoint(_reach([other_side], self.coalitions))

    def started_on(self, conflict: str) -> str | None:
        return self.days_of(conflict)[0]

    def days_of(self, conflict: str) -> tuple[str | None, str | None]:
        """Return the first and the last day of a conflict. None: not known, or it goes on."""
        facts = self.conflicts.get(conflict)
        return (facts.started_on, facts.ended_on) if facts else (None, None)

    def country_of(self, conflict: str) -> str | None:
        """Return the country of a conflict, or of the nearest conflict of which it is a phase."""
        countries = (self.conflicts[ancestor].country for ancestor in self.list_ancestors(conflict))
        return next(filter(None, countries), None)


def _invert(pairs: Iterable[tuple[str, Iterable[str]]]) -> Links:
    inverted: dict[str, set[str]] = {}
    for origin, ends in pairs:
        for end in ends:
            inverted.setdefault(end, set()).add(origin)
    return {end: frozenset(origins) for end, origins in inverted.items()}


def _reach(starts: Iterable[str], links: Links) -> set[str]:
    """Return the starts, and all that the links lead to."""
    reached: set[str] = set()
    ahead = set(starts)
    while ahead:
        reached |= ahead
        ahead = set().union(*(links.get(node, ()) for node in ahead)) - reached
    return reached


def load_landscape(register: Register) -> Landscape:
    """Return the landscape of the database. The register keeps it until a conflict or side changes."""
    if register.landscape is None:
        register.landscape = _read_landscape()
    landscape: Landscape = register.landscape
    return landscape


def build_landscape(loaded: Mapping[str, Sequence[Document]], register: Register) -> Landscape:
    """Return the landscape of the database, with the conflicts and sides among documents."""
    landscape = load_landscape(register)
    conflicts, sides = loaded.get("conflicts", ()), loaded.get("sides", ())
    return landscape.with_documents(conflicts, sides) if conflicts or sides else landscape


def _read_landscape() -> Landscape:
    conflicts, parties, memberships = map(select_rows, _landscape_texts(sql_dialect()))
    return Landscape(
        {slug: ConflictFacts(*facts) for slug, *facts in conflicts},
        _invert((side, [conflict]) for side, conflict in parties),
        _invert((coalition, [side]) for coalition, side in memberships),
    )


@functools.cache
def _landscape_texts(_: SqlDialect) -> list[str]:
    """Return the SQL of conflicts, their parties and the memberships of sides."""
    Parent, Coalition = Conflict.alias("parent"), Side.alias("coalition")
    conflicts = Conflict.select(Conflict.slug, Parent.slug, Conflict.started_on, Conflict.ended_on, Conflict.country)
    conflicts = conflicts.left_outer_join(Parent, on=(Conflict.parent == Parent.id))
    parties = ConflictSide.select(Side.slug, Conflict.slug).join(Conflict).switch(ConflictSide).join(Side)
    memberships = SideMembership.select(Coalition.slug, Side.slug).join(Side, on=SideMembership.side)
    memberships = memberships.switch(SideMembership).join(Coalition, on=(SideMembership.member_of == Coalition.id))
    return [query.sql()[0] for query in (conflicts, parties, memberships)]
