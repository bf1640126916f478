"""One statement gives one figure of a scope, perpetrator and part: a second one is refused (rule 1).

A scope is what a figure is about: its event, period or running measure, the harm, and the side of the victims.

Rules: docs/developers/reconciling.md#rule-1.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from api.change_log.free_texts import MARK
from api.database.key_sets import KeySet, split_batches
from api.database.models import Claim
from api.database.statements import fetch_tuples, keys_clause, select_rows
from api.records.documents import load_documents
from api.records.faults import Fault, RefusedError
from api.records.record_types import RECORD_TYPES
from api.rules.dependencies import COUNTED, needs_footing
from schemas.figures import BOUNDS

Document = Mapping[str, Any]
Scope = tuple[Any, ...]
#: The fields of a claim about the victims: the harm, their side, who is responsible, their group and their part.
PEOPLE = (
    "harm", "subject_side", "responsible_side", "victim_status", "victim_sex", "victim_age", "part",
)  # fmt: skip
UNIT = ("conflict", "event", "measure", "covers_from", "covers_to")
#: The fields that decide whether two claims are figures of one scope.
OF_SCOPE = ("statement", "kind", "claimant", "status", "status_by", "status_on", *UNIT, *PEOPLE, *BOUNDS)
ALL_OF_SCOPE = frozenset(OF_SCOPE)
COLUMNS = ", ".join(getattr(Claim, name).column_name for name in OF_SCOPE)
#: Measures of an event that both state its whole toll so far.
TOLLS = frozenset({"incident", "cumulative"})


def scope_of(claim: Document) -> Scope | None:
    """Return what no other figure of the statement may be about. None: the claim is no figure, or no longer counts.

    A document in which a field is missing because of a fault has no scope. A redacted part has none, because nobody
    knows which part it was.
    """
    if not claim.get("statement") or not claim.keys() >= ALL_OF_SCOPE or claim["kind"] != "casualty":
        return None
    if not has_number(claim) or claim["part"] == MARK or not needs_footing(RECORD_TYPES["claims"], claim):
        return None
    return (claim["statement"], claim["claimant"], *_unit_of(claim), *(claim[name] for name in PEOPLE))


def has_number(claim: Document) -> bool:
    return any(claim[name] is not None for name in BOUNDS)


def is_moved(old: Document, new: Document) -> bool:
    """Return whether a correction gives a claim another scope, or a scope again."""
    scope = scope_of(new)
    return scope is not None and scope != scope_of(old)


def _unit_of(claim: Document) -> Scope:
    """Return the unit of a claim: an event, a period of a conflict, or a running measure of either."""
    if claim["event"] is not None:
        return "event", claim["event"], None if claim["measure"] in TOLLS else claim["measure"]
    days = (claim["covers_from"], claim["covers_to"]) if claim["measure"] == "period" else ()
    return "conflict", claim["conflict"], claim["measure"], days


def find_repeated(claims: Sequence[Document], existing: Iterable[Document] = ()) -> Iterator[Fault]:
    """Yield a fault for each claim whose scope an existing claim, or an earlier one of these, has."""
    first = {scope: claim["id"] for claim in existing if (scope := scope_of(claim))}
    for position, claim in enumerate(claims):
        scope = scope_of(claim)
        if scope is not None and scope in first:
            yield build_fault(position, claim.get("id", f"record {position + 1}"), first[scope], claim["statement"])
        elif scope is not None:
            first[scope] = claim.get("id", f"record {position + 1}")


def build_fault(position: int, claim: str, earlier: str, statement: str) -> Fault:
    message = (
        f"{claim} and {earlier} are two figures of the statement {statement} about the same scope, "
        "responsible_side and part. Give one of them a different part, or another statement."
    )
    return Fault("claims", position, "part", message)


def find_repeated_in_record(claims: Sequence[Document]) -> Iterator[Fault]:
    """Yield a fault for each claim that repeats the scope of another, in the database or among these."""
    statements = sorted({claim["statement"] for claim in claims if scope_of(claim)})
    ids = {claim.get("id") for claim in claims}
    slugs = [
        slug for batch in split_batches(statements) for (slug,) in fetch_tuples(_figures_of(batch)) if slug not in ids
    ]
    yield from find_repeated(claims, load_documents("claims", slugs).values())


def _figures_of(statements: list[str]) -> Any:
    return Claim.select(Claim.slug).where(Claim.statement.in_(statements), Claim.kind == "casualty", COUNTED)


# At the end of a transaction -----------------------------------------------------------------------------------------


def refuse_repeated(written: KeySet, created: KeySet) -> None:
    """Raise `RefusedError` for each written claim that repeats the scope of another. Positions count in `created`."""
    faults = [fault for batch in written.in_batches() for fault in _repeated_by(batch, created)]
    if faults:
        raise RefusedError(faults)


def _repeated_by(keys: list[int], created: KeySet) -> Iterator[Fault]:
    written = set(keys)
    listed, values = keys_clause(keys)
    spoken = f"SELECT statement FROM claim WHERE id IN {listed} AND statement IS NOT NULL"
    sql = f"SELECT id, slug, {COLUMNS} FROM claim WHERE statement IN ({spoken}) AND kind = 'casualty'"
    rows = sorted(select_rows(sql, values), key=lambda row: (row[0] in written, row[0]))
    first: dict[Scope, str] = {}
    for key, slug, *fields in rows:
        claim = dict(zip(OF_SCOPE, fields, strict=True))
        scope = scope_of(claim)
        if scope is None:
            continue
        if scope in first and key in written:
            position = list(created).index(key) if key in created else 0
            yield build_fault(position, slug, first[scope], claim["statement"])
        first.setdefault(scope, slug)
