"""The evidence behind a statistic: which claims a row used, which were left out and why."""

from api.params import embedded
from api.queries import places
from api.queries.casualties import broad
from api.v1.figures import row_named
from api.v1.reading import Query
from schemas.casualties import LeftOutQuery
from schemas.fields import NONE
from schemas.places import UsedAnywhereQuery


def resolved(question: Query) -> Query:
    """The question with the ids of claims in place of the statistics that it names."""
    if "used_by" in question:
        question = question | {"used_by": _used(question["used_by"])}
    if "left_out_of" in question:
        question = question | {"left_out_of": _left_out(question["left_out_of"])}
    return question


def _used(text: str) -> tuple[str, ...]:
    asked = embedded(UsedAnywhereQuery(), "used_by", text)
    words, located, box = asked.pop("row"), asked.pop("located", None), asked.pop("within", ())
    rows = broad(asked).rows
    if located:
        return tuple(places.used(rows, None if words == (NONE,) else words[0], located, box))
    row = row_named(rows, words)
    return tuple(row.claims) if row else ()


def _left_out(text: str) -> tuple[str, ...]:
    asked = embedded(LeftOutQuery(), "left_out_of", text)
    return tuple(broad(asked).left_out(asked["reason"]))
