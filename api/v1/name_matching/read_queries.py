"""Batches of queries and requests for properties, from their JSON text. A fault is a problem for the whole batch.

OpenRefine leaves the cells of a refused batch empty, so only what cannot be answered is refused.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

from api.http.problems import ApiProblem, make_fault
from api.http.request_bodies import read_json
from api.name_matching.find_candidates import NamedQuestion
from api.name_matching.matched_types import MATCHED_TYPES, MatchedType
from schemas.name_matching import DEFAULT_CANDIDATES, MOST_CANDIDATES, MOST_IDS, MOST_QUERIES

QUERY_FIELDS = ("query", "type", "type_strict", "limit", "properties")
PROPERTY_IDS = tuple(dict.fromkeys(known.id for matched in MATCHED_TYPES.values() for known in matched.properties))


def read_batch(text: str) -> dict[str, NamedQuestion]:
    """Return the queries of a batch by their keys. Raises the problem of the first fault."""
    batch = _read_object("queries", text)
    if len(batch) > MOST_QUERIES:
        _refuse("queries", f"{len(batch)} queries were sent. Send at most {MOST_QUERIES} at once.")
    return {key: _read_query(key, query) for key, query in batch.items()}


def read_extension(text: str) -> tuple[list[str], list[str]]:
    """Return the ids of the records and the ids of the properties that a request names."""
    extension = _read_object("extend", text)
    ids, properties = extension.get("ids"), extension.get("properties")
    if not isinstance(ids, list) or not all(isinstance(record_id, str) for record_id in ids) or len(ids) > MOST_IDS:
        _refuse("extend", f"`ids` must be an array of at most {MOST_IDS} ids.")
    if not isinstance(properties, list):
        _refuse("extend", "`properties` must be an array of objects with an `id`.")
    return ids, [_read_id("extend", entry) for entry in properties]


def _read_object(name: str, text: str) -> dict[str, Any]:
    try:
        value = read_json(text.encode())
    except ApiProblem as problem:
        _refuse(name, f"{name} is not JSON: {problem.detail}")
    if not isinstance(value, dict):
        _refuse(name, "Must be a JSON object.")
    return value


def _read_query(key: str, query: Any) -> NamedQuestion:
    where = f"queries: {key}"
    if not isinstance(query, dict):
        _refuse("queries", f"{where} must be an object with a `query`.")
    for name in query:
        if name not in QUERY_FIELDS:
            _refuse("queries", f"{where} has a field {name}. Send {', '.join(QUERY_FIELDS)}.", QUERY_FIELDS, name)
    text, limit = query.get("query", ""), query.get("limit") or DEFAULT_CANDIDATES
    if not isinstance(text, str | int | float):
        _refuse("queries", f"{where}: `query` must be a text.")
    if not isinstance(limit, int) or limit < 1:
        _refuse("queries", f"{where}: `limit` must be a whole number from 1 to {MOST_CANDIDATES}.")
    types = tuple(_read_types(query.get("type")))
    return NamedQuestion(str(text), types, tuple(_read_facts(query)), min(limit, MOST_CANDIDATES))


def _read_types(sent: Any) -> Iterable[MatchedType]:
    """Return the record types: sent as an id, an object with an id, or an array of these. Default: all."""
    entries = [entry for entry in (sent if isinstance(sent, list) else [sent]) if entry]
    return [choose_type("queries", _read_id("queries", entry)) for entry in entries] or MATCHED_TYPES.values()


def choose_type(parameter: str, name: str) -> MatchedType:
    """Return the record type of this id. Raises the problem that lists all."""
    if name not in MATCHED_TYPES:
        _refuse(parameter, f"There is no type {name}. Use {', '.join(MATCHED_TYPES)}.", MATCHED_TYPES, name)
    return MATCHED_TYPES[name]


def _read_facts(query: dict[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each stated property with its values. A property without a value states nothing."""
    for entry in query.get("properties") or ():
        if not isinstance(entry, dict) or not isinstance(entry.get("pid"), str):
            _refuse("queries", 'A property must be an object such as {"pid": "country", "v": "AZE"}.')
        name = entry["pid"]
        if name not in PROPERTY_IDS:
            _refuse("queries", f"There is no property {name}. Use {', '.join(PROPERTY_IDS)}.", PROPERTY_IDS, name)
        values = tuple(text for value in _as_list(entry.get("v")) for text in _read_values(value))
        if values:
            yield name, values


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _read_values(value: Any) -> Iterator[str]:
    """Yield the texts of a value. A reference is an id, also one with its type: `conflicts/artsakh`, and a name."""
    if isinstance(value, dict):
        yield from (str(value[name]).rpartition("/")[2] for name in ("id",) if value.get(name))
        yield from (str(value[name]) for name in ("name",) if value.get(name))
    elif value is not None and str(value).strip():
        text = str(value).strip()
        yield text
        if text.partition("/")[0] in MATCHED_TYPES:
            yield text.partition("/")[2]


def _read_id(parameter: str, entry: Any) -> str:
    name = entry.get("id") if isinstance(entry, dict) else entry
    if not isinstance(name, str):
        _refuse(parameter, "A type or property must be an id, or an object with an `id`.")
    return name


def _refuse(parameter: str, message: str, allowed: Iterable[str] = (), sent: str | None = None) -> NoReturn:
    fault = make_fault("query", parameter, message, allowed, sent)
    raise ApiProblem("invalid-parameter", message, [fault])
