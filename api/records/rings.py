"""What contains, replaces or repeats itself has no right answer: a record that closes such a ring is refused."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

from api.db import tuples
from api.models import Claim, Conflict, Record, Relation, Side, SideMembership
from api.queries.record import having
from api.records.faults import Fault, Refused
from api.records.keyset import KeySet, batches
from api.records.register import Register

Document = Mapping[str, Any]


class Graph(NamedTuple):
    """Edges from `origin` to `end`, both keys of `node`; `written` is the model whose records draw them."""

    noun: str
    written: type[Record]
    field: str
    node: type[Record]
    record: Any  # the column that tells the record which draws an edge
    origin: Any
    end: Any
    told: Callable[[Document], Iterable[tuple[str | None, str | None]]]  # the edges that a document draws, by slug
    counts: Any = True  # the condition under which an edge counts


def _member_of(side: Document) -> list[tuple[str | None, str | None]]:
    return [(side.get("id"), entry.get("side")) for entry in side.get("member_of", ())]


def _part_of(conflict: Document) -> list[tuple[str | None, str | None]]:
    return [(conflict.get("id"), conflict.get("parent"))]


def _related(kind: str, relation: Document) -> list[tuple[str | None, str | None]]:
    stands = relation.get("kind") == kind and relation.get("status") == "active"
    return [(relation.get("claim"), relation.get("target"))] if stands else []


GRAPHS = [
    Graph(
        "sides", Side, "member_of", Side, SideMembership.side, SideMembership.side, SideMembership.member_of, _member_of
    ),
    Graph("conflicts", Conflict, "parent", Conflict, Conflict.id, Conflict.id, Conflict.parent, _part_of),
    *(
        Graph(
            "relations", Relation, "target", Claim, Relation.id, Relation.claim, Relation.target,
            partial(_related, kind),
            (Relation.kind == kind) & (Relation.status == "active"),
        )
        for kind in ("includes", "supersedes", "same_as")
    ),
]  # fmt: skip

Edges = dict[int, set[int]]


def refuse_rings(written: Mapping[type[Record], KeySet]) -> None:
    """Raise `Refused` for the first written record of each kind that closes a ring."""
    faults = [fault for graph in GRAPHS if graph.written in written for fault in _closed(graph, written[graph.written])]
    if faults:
        raise Refused(faults)


def _closed(graph: Graph, written: KeySet) -> Iterable[Fault]:
    found = (edge for batch in written.batches() for edge in _edges(graph, graph.record, batch))
    drawn = {(origin, end): record for record, origin, end in found}
    if ring := _ring(_followed(graph, drawn), drawn):
        yield _fault(graph, list(written).index(drawn[ring[0], ring[1]]), _slugs(graph.node, ring))


def closing(noun: str, documents: Sequence[Document], register: Register, own: int = 0) -> Iterable[Fault]:
    """A fault for the first of these documents of each kind that would close a ring, were it written.

    `own` is the key of the record that a document is a correction of.
    """
    for graph in GRAPHS:
        if graph.noun == noun:
            yield from _would_close(graph, documents, register, own)


def _would_close(graph: Graph, documents: Sequence[Document], register: Register, own: int) -> Iterable[Fault]:
    told = [(edge, n) for n, document in enumerate(documents) for edge in graph.told(document) if None not in edge]
    slugs = {str(slug) for edge, _ in told for slug in edge}
    found = register.find(graph.node, slugs)
    # What is not written yet has keys that no row has.
    keys = {slug: found[slug].key if slug in found else -1 - n for n, slug in enumerate(sorted(slugs))}
    drawn = {(keys[str(origin)], keys[str(end)]): n for (origin, end), n in told}
    if ring := _ring(_followed(graph, drawn, own), drawn):
        names = {key: slug for slug, key in keys.items()}
        named = iter(_slugs(graph.node, [key for key in ring if key not in names]))
        yield _fault(graph, drawn[ring[0], ring[1]], [names.get(key) or next(named) for key in ring])


def _fault(graph: Graph, position: int, ring: list[str]) -> Fault:
    return Fault(graph.noun, position, graph.field, f"closes a ring: {' > '.join(ring)}.")


def _ring(edges: Edges, drawn: Iterable[tuple[int, int]]) -> list[int]:
    """A ring among the edges, from the first that was drawn on until its origin comes again; empty: there is none."""
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        ring: list[int] = error.args[1][:0:-1]  # as the edges lead; the error names each behind the next
        around = list(zip(ring, ring[1:] + ring[:1], strict=True))
        first = min(around.index(edge) for edge in drawn if edge in around)
        return [*ring[first:], *ring[: first + 1]]
    return []


def _followed(graph: Graph, drawn: Iterable[tuple[int, int]], without: int = 0) -> Edges:
    """The edges that lead on from these, as far as they go, but for those that the record `without` draws."""
    edges: Edges = defaultdict(set)
    seen: set[int] = set()
    found = list(drawn)
    while found:
        for origin, end in found:
            edges[origin].add(end)
        ahead = {end for _, end in found} - seen
        seen |= ahead
        found = [
            (origin, end)
            for batch in batches(sorted(ahead))
            for record, origin, end in _edges(graph, graph.origin, batch)
            if record != without
        ]
    return edges


def _edges(graph: Graph, column: Any, keys: list[int]) -> list[tuple[int, int, int]]:
    query = graph.origin.model.select(graph.record, graph.origin, graph.end)
    return tuples(query.where(having(column, keys), graph.end.is_null(False), graph.counts))


def _slugs(model: type[Record], keys: list[int]) -> list[str]:
    named = dict(tuples(model.select(model.id, model.slug).where(having(model.id, keys))))
    return [named[key] for key in keys]
