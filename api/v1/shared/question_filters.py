"""Which parameters of a question narrow it; the others say how its answer is written."""

from collections.abc import Mapping
from typing import Any

NOT_FILTERS = frozenset(
    {
        "limit",
        "cursor",
        "sort",
        "fields",
        "format",
        "shape",
        "pretty",
        "bom",
        "hxl",
        "group_by",
        "revision",
        "release",
        "evidence",
    }
)


def select_filters(question: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in question.items() if name not in NOT_FILTERS}
