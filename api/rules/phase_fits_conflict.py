"""A phase of a conflict in one country is not in another country."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from api.records.faults import Fault
from api.rules.landscape import Landscape

Document = Mapping[str, Any]


def find_foreign_phases(conflicts: Sequence[Document], landscape: Landscape) -> Iterator[Fault]:
    """Yield a fault for each conflict whose country is not that of the conflict of which it is a phase."""
    for place, conflict in enumerate(conflicts):
        if "id" in conflict and (message := _describe_foreign(conflict["id"], landscape)):
            yield Fault("conflicts", place, "country", message)


def find_fallen_phases(before: Landscape, after: Landscape) -> Iterator[Fault]:
    """Yield a fault of the corrected conflict for each phase that was in its country before and is not now."""
    for conflict in _list_phases(after):
        if (message := _describe_foreign(conflict, after)) and not _describe_foreign(conflict, before):
            yield Fault("conflicts", 0, "country", message)


def _list_phases(landscape: Landscape) -> Iterable[str]:
    return sorted(slug for slug, facts in landscape.conflicts.items() if facts.parent and facts.country)


def _describe_foreign(conflict: str, landscape: Landscape) -> str | None:
    facts = landscape.conflicts.get(conflict)
    if facts is None or not facts.country or not facts.parent:
        return None
    country = landscape.country_of(facts.parent)
    if country in (None, facts.country):
        return None
    parent = f"{facts.parent}, which is in {country}"
    return f"{conflict} is in {facts.country}. It is a phase of {parent}. Correct one of the two."
