"""What contains, replaces or repeats itself has no right answer: a record that closes such a ring is refused."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

from api.db import tuples
from api.models import Claim, Conflict, Record, Relation, Side, SideMembership
from api.queries.record import having
from api.records.faults import Fault, Refused
from api.records.keyset import KeySet, batches


class Graph(NamedTuple):
    """Edges from `origin` to `end`, both keys of `node`; `written` is the model whose records draw them."""

    noun: str
    written: type[Record]
    field: str
    node: type[Record]
    record: Any  # the column that tells the record which draws an edge
    origin: Any
    end: Any
    counts: Any = True  # the condition under which an edge counts


GRAPHS = [
    Graph("sides", Side, "member_of", Side, SideMembership.side, SideMembership.side, SideMembership.member_of),
    Graph("conflicts", Conflict, "parent", Conflict, Conflict.id, Conflict.id, Conflict.parent),
    *(
        Graph(
            "relations", Relation, "target", Claim, Relation.id, Relation.claim, Relation.target,
            (Relation.kind == kind) & (Relation.status == "active"),
        )
        for kind in ("includes", "supersedes", "same_as")
    ),
]  # fmt: skip

Edges = dict[int, set[int]]


def refuse_rings(written: Mapping[type[Record], KeySet]) -> None:
    """Raise `Refused` for the first written record of each kind that closes a ring."""
    faults = [fault for graph in GRAPHS if graph.written in written for fault in _faults(graph, written[graph.written])]
    if faults:
        raise Refused(faults)


def _faults(graph: Graph, written: KeySet) -> Iterable[Fault]:
    found = (edge for batch in written.batches() for edge in _edges(graph, graph.record, batch))
    drawn = {(origin, end): record for record, origin, end in found}
    try:
        TopologicalSorter(_followed(graph, drawn)).prepare()
    except CycleError as error:
        ring = error.args[1][:0:-1]  # as the edges lead; the error names each behind the next
        edges = list(zip(ring, ring[1:] + ring[:1], strict=True))
        first = min(edges.index(edge) for edge in drawn if edge in edges)
        names = " > ".join(_slugs(graph.node, [*ring[first:], *ring[: first + 1]]))
        position = list(written).index(drawn[edges[first]])
        yield Fault(graph.noun, position, graph.field, f"closes a ring: {names}.")


def _followed(graph: Graph, drawn: Iterable[tuple[int, int]]) -> Edges:
    """The edges that lead on from these, as far as they go."""
    edges: Edges = defaultdict(set)
    seen: set[int] = set()
    found = list(drawn)
    while found:
        for origin, end in found:
            edges[origin].add(end)
        ahead = {end for _, end in found} - seen
        seen |= ahead
        found = [
            (origin, end) for batch in batches(sorted(ahead)) for _, origin, end in _edges(graph, graph.origin, batch)
        ]
    return edges


def _edges(graph: Graph, column: Any, keys: list[int]) -> list[tuple[int, int, int]]:
    query = graph.origin.model.select(graph.record, graph.origin, graph.end)
    return tuples(query.where(having(column, keys), graph.end.is_null(False), graph.counts))


def _slugs(model: type[Record], keys: list[int]) -> list[str]:
    named = dict(tuples(model.select(model.id, model.slug).where(having(model.id, keys))))
    return [named[key] for key in keys]
