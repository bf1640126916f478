"""Mark claims of an image that no other claim affects, so that their figures need no walk over relations and parts.

Both marks stay true for any subset of the claims, for example with filters or on an earlier as-of day.

Rules: docs/developers/reconciling.md#rule-12.
"""

from __future__ import annotations

from api.evidence.columns import OF_IMAGE

MARKS = frozenset(column.name for column in OF_IMAGE)

#: Events with a relation, a part or a running toll, and events that overlap a period of the same root conflict.
LOUD_EVENTS = """
SELECT event_key FROM {source} WHERE event_key IS NOT NULL AND (
    is_related OR part IS NOT NULL OR (kind = 'casualty' AND measure <> 'incident')
)
UNION
SELECT event_key FROM (
    SELECT DISTINCT root, event_key, event_first, event_last FROM {source} WHERE event_key IS NOT NULL
) SEMI JOIN (
    SELECT DISTINCT root AS period_root, covers_from, covers_to FROM {source} WHERE measure = 'period'
) ON root = period_root AND event_first <= covers_to AND event_last >= covers_from
"""
SCOPE = "event_key, harm, subject_side, victim_status, victim_sex, victim_age"
#: Claims whose claimant or voice has more than one claim of the same scope of an event.
REPEATED_CLAIMS = """
SELECT key FROM {source} WHERE event_key IS NOT NULL QUALIFY COUNT(*) OVER (PARTITION BY {scope}, claimant_key) > 1
UNION
SELECT key FROM {source} WHERE event_key IS NOT NULL QUALIFY COUNT(*) OVER (PARTITION BY {scope}, voice) > 1
"""


def mark_plain_claims(source: str) -> str:
    """Return FROM-able SQL of the claims of `source` (FROM-able SQL, read several times) with both marks."""
    repeated = REPEATED_CLAIMS.format(source=source, scope=SCOPE)
    return (
        "(SELECT claims.*, claims.event_key IS NOT NULL AND loud.event_key IS NULL AS is_quiet, "
        "repeated.key IS NULL AS is_distinct "
        f"FROM {source} claims "
        f"LEFT JOIN ({LOUD_EVENTS.format(source=source)}) loud ON loud.event_key = claims.event_key "
        f"LEFT JOIN ({repeated}) repeated ON repeated.key = claims.key)"
    )
