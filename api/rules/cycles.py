"""A record may not contain, replace or repeat itself: a record that closes such a ring is refused.

A claim and the claim that it is `same_as` are one, so a ring may lead through both: `a > b = c > a`.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

from api.database.key_sets import KeySet, split_batches
from api.database.models import Claim, Conflict, Record, Relation, Side, SideMembership
from api.database.statements import fetch_tuples, is_among
from api.records.faults import Fault, RefusedError
from api.records.reference_cache import Register

Document = Mapping[str, Any]
Pairs = Iterable[tuple[str | None, str | None]]


class Graph(NamedTuple):
    """Edges from `origin` to `end`, both keys of `node`; `written` is the model whose records draw them."""

    record_type: str
    written: type[Record]
    field: str
    node: type[Record]
    record: Any  # the column of the record that draws an edge
    origin: Any
    end: Any
    pairs_of: Callable[[Document], Pairs]  # the edges that a document draws, by slug
    counts: Any = True  # the condition under which an edge counts
    ties_of: Callable[[Document], Pairs] = lambda _: ()  # the pairs that a document makes one node, by slug
    ties: Any = None  # the condition under which origin and end are one node


def _member_of(side: Document) -> Pairs:
    return [(side.get("id"), entry.get("side")) for entry in side.get("member_of", ())]


def _part_of(conflict: Document) -> Pairs:
    return [(conflict.get("id"), conflict.get("parent"))]


def _related_claims(kind: str, relation: Document) -> Pairs:
    stands = relation.get("kind") == kind and relation.get("status") == "active"
    return [(relation.get("claim"), relation.get("target"))] if stands else []


def _of_relations(kind: str, *ties: Any) -> Graph:
    return Graph(
        "relations", Relation, "target", Claim, Relation.id, Relation.claim, Relation.target,
        partial(_related_claims, kind), _active_relations(kind), *ties,
    )  # fmt: skip


def _active_relations(kind: str) -> Any:
    return (Relation.kind == kind) & (Relation.status == "active")


SAME_AS = "same_as"
GRAPHS = [
    Graph(
        "sides", Side, "member_of", Side, SideMembership.side, SideMembership.side, SideMembership.member_of, _member_of
    ),
    Graph("conflicts", Conflict, "parent", Conflict, Conflict.id, Conflict.id, Conflict.parent, _part_of),
    *(
        _of_relations(kind, partial(_related_claims, SAME_AS), _active_relations(SAME_AS))
        for kind in ("includes", "supersedes")
    ),
    _of_relations(SAME_AS),
]

Edges = dict[int, set[int]]
Pair = tuple[int, int]


class Drawn(NamedTuple):
    """The edges and ties of written records, each with the key of its record or the position of its document."""

    edges: dict[Pair, int]
    ties: dict[Pair, int]


class Net(NamedTuple):
    """For each node, the nodes that its edges lead to, and the nodes that it is one with."""

    edges: Edges
    ties: Edges


class Ring(NamedTuple):
    """A ring as its nodes, and who closes it. Each sign goes before the node at the same index."""

    closed_by: int
    nodes: list[int]
    signs: list[str]


def refuse_rings(written: Mapping[type[Record], KeySet]) -> None:
    """Raise `RefusedError` for the first written record of each kind that closes a ring."""
    faults = [
        fault
        for graph in GRAPHS
        if graph.written in written
        for fault in _find_closed_ring(graph, written[graph.written])
    ]
    if faults:
        raise RefusedError(faults)


def _find_closed_ring(graph: Graph, written: KeySet) -> Iterable[Fault]:
    drawn = Drawn({}, {})
    for batch in written.in_batches():
        drawn.edges.update({(o, e): record for record, o, e in _read_edges(graph, graph.record, batch, graph.counts)})
        if graph.ties is not None:
            drawn.ties.update({(o, e): record for record, o, e in _read_edges(graph, graph.record, batch, graph.ties)})
    if ring := _find_ring(_follow_edges(graph, drawn), drawn):
        yield _build_fault(graph, list(written).index(ring.closed_by), ring, _load_slugs(graph.node, ring.nodes))


def find_rings(
    record_type: str, documents: Sequence[Document], register: Register, except_key: int = 0
) -> Iterable[Fault]:
    """Yield a fault for the first document of each kind that would close a ring.

    `except_key` is the key of the corrected record, whose old edges do not count.
    """
    for graph in GRAPHS:
        if graph.record_type == record_type:
            yield from _would_close(graph, documents, register, except_key)


def _would_close(graph: Graph, documents: Sequence[Document], register: Register, except_key: int) -> Iterable[Fault]:
    pairs, ties = _list_pairs(graph.pairs_of, documents), _list_pairs(graph.ties_of, documents)
    slugs = {slug for pair, _ in (*pairs, *ties) for slug in pair}
    existing = register.find(graph.node, slugs)
    # Records that are not written yet get negative keys, which no row has.
    keys = {slug: existing[slug].key if slug in existing else -1 - n for n, slug in enumerate(sorted(slugs))}
    drawn = Drawn(*({(keys[o], keys[e]): n for (o, e), n in numbered} for numbered in (pairs, ties)))
    if ring := _find_ring(_follow_edges(graph, drawn, except_key), drawn):
        names = {key: slug for slug, key in keys.items()}
        named = iter(_load_slugs(graph.node, [key for key in ring.nodes if key not in names]))
        yield _build_fault(graph, ring.closed_by, ring, [names.get(key) or next(named) for key in ring.nodes])


def _list_pairs(
    pairs_of: Callable[[Document], Pairs], documents: Sequence[Document]
) -> list[tuple[tuple[str, str], int]]:
    """Return the pairs that documents draw, each with the position of its document."""
    drawn = ((pair, n) for n, document in enumerate(documents) for pair in pairs_of(document))
    return [((origin, end), n) for (origin, end), n in drawn if origin is not None and end is not None]


def _build_fault(graph: Graph, position: int, ring: Ring, slugs: list[str]) -> Fault:
    path = "".join(f"{sign}{slug}" for sign, slug in zip(ring.signs, slugs, strict=True))
    message = f"These records would refer to each other in a ring: {path}. Send another {graph.field}."
    return Fault(graph.record_type, position, graph.field, message)


# Rings ---------------------------------------------------------------------------------------------------------------


def _find_ring(net: Net, drawn: Drawn) -> Ring | None:
    """Return the ring that the first of these edges and ties closes."""
    if not _has_ring(net):
        return None
    closing = [(origin, end, " > ", record) for (origin, end), record in drawn.edges.items()]
    for (first, second), record in drawn.ties.items():
        closing += [(first, second, " = ", record), (second, first, " = ", record)]
    for origin, end, sign, record in closing:
        if path := _find_path(net, origin, end, sign):
            return Ring(record, [origin, *(node for node, _ in path)], ["", *(sign for _, sign in path)])
    return None  # the ring existed before


def _has_ring(net: Net) -> bool:
    """Return whether an edge leads back to its origin, with tied nodes taken as one."""
    representative = _unite_ties(net.ties)
    merged: Edges = defaultdict(set)
    for origin, ends in net.edges.items():
        merged[representative.get(origin, origin)] |= {representative.get(end, end) for end in ends}
    if any(origin in ends for origin, ends in merged.items()):
        return True
    try:
        TopologicalSorter(merged).prepare()
    except CycleError:
        return True
    return False


def _unite_ties(ties: Edges) -> dict[int, int]:
    """Return for each node with ties the node that represents all nodes tied to it."""
    representative: dict[int, int] = {}
    for start in ties:
        waiting = [] if start in representative else [start]
        while waiting:
            node = waiting.pop()
            if node not in representative:
                representative[node] = start
                waiting += ties[node]
    return representative


def _find_path(net: Net, origin: int, end: int, sign: str) -> list[tuple[int, str]]:
    """Return the shortest path from `origin` over `end` back, with at least one edge. Empty: there is none.

    A tie that begins the path is not used a second time.
    """
    start, goal = (end, sign == " > "), (origin, True)
    before: dict[tuple[int, bool], tuple[tuple[int, bool], str] | None] = {start: None}
    waiting = deque([start])
    while waiting and goal not in before:
        node, has_edge = here = waiting.popleft()
        steps = [((ahead, True), " > ") for ahead in sorted(net.edges.get(node, ()))]
        tied = net.ties.get(node, set()) - ({origin, end} if sign == " = " and node in (origin, end) else set())
        steps += [((neighbour, has_edge), " = ") for neighbour in sorted(tied)]
        for step, by in steps:
            if step not in before:
                before[step] = here, by
                waiting.append(step)
    if goal not in before:
        return []
    path, step = [], goal
    while previous := before[step]:
        path.append((step[0], previous[1]))
        step = previous[0]
    return [(end, sign), *reversed(path)]


# Edges ---------------------------------------------------------------------------------------------------------------


def _follow_edges(graph: Graph, drawn: Drawn, without: int = 0) -> Net:
    """Return all edges and ties that the drawn ones lead to, except those of the record `without`."""
    net = Net(defaultdict(set), defaultdict(set))
    for origin, end in drawn.edges:
        net.edges[origin].add(end)
    for first, second in drawn.ties:
        _add_tie(net, first, second)
    seen: set[int] = set()
    ahead = {end for _, end in drawn.edges} | set(net.ties)
    while ahead := ahead - seen:
        seen |= ahead
        for batch in split_batches(sorted(ahead)):
            for record, origin, end in _read_edges(graph, graph.origin, batch, graph.counts):
                if record != without:
                    net.edges[origin].add(end)
            for record, first, second in _read_ties(graph, batch):
                if record != without:
                    _add_tie(net, first, second)
        ahead = {node for old in ahead for node in (*net.edges.get(old, ()), *net.ties.get(old, ()))}
    return net


def _add_tie(net: Net, first: int, second: int) -> None:
    net.ties[first].add(second)
    net.ties[second].add(first)


def _read_ties(graph: Graph, keys: list[int]) -> Iterator[tuple[int, int, int]]:
    for column in (graph.origin, graph.end) if graph.ties is not None else ():
        yield from _read_edges(graph, column, keys, graph.ties)


def _read_edges(graph: Graph, column: Any, keys: list[int], counts: Any) -> list[tuple[int, int, int]]:
    query = graph.origin.model.select(graph.record, graph.origin, graph.end)
    return fetch_tuples(query.where(is_among(column, keys), graph.end.is_null(False), counts))


def _load_slugs(model: type[Record], keys: list[int]) -> list[str]:
    named = dict(fetch_tuples(model.select(model.id, model.slug).where(is_among(model.id, keys))))
    return [named[key] for key in keys]
