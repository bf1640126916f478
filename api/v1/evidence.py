"""The evidence behind a statistic: which claims a row used, which were left out and why."""

from api.params import embedded
from api.queries.casualties import broad
from api.v1.figures import row_named
from api.v1.reading import Query
from schemas.casualties import LeftOutQuery, UsedQuery


def resolved(question: Query) -> Query:
    """The question with the ids of claims in place of the statistics that it names."""
    if "used_by" in question:
        question = question | {"used_by": _used(question["used_by"])}
    if "left_out_of" in question:
        question = question | {"left_out_of": _left_out(question["left_out_of"])}
    return question


def _used(text: str) -> tuple[str, ...]:
    asked = embedded(UsedQuery(), "used_by", text)
    row = row_named(broad(asked).rows, asked.pop("row"))
    return tuple(row.claims) if row else ()


def _left_out(text: str) -> tuple[str, ...]:
    asked = embedded(LeftOutQuery(), "left_out_of", text)
    return tuple(broad(asked).left_out(asked["reason"]))
