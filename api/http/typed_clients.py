"""The last pass over the OpenAPI document: what generated clients need, and what single fields cannot tell.

Each function changes the document in place.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from api.http.formats import ARRAY, REVISION

Node = dict[str, Any]
#: (method, path) → operationId
NameOperation = Callable[[str, str], str]
METHODS = frozenset({"get", "post", "put", "patch", "delete"})
OTHER = "records that lack the fact"
REF = "#/components/schemas/"


def name_operations(paths: Node, name_operation: NameOperation) -> None:
    """Give each operation a unique name, from which generators make the name of a function. Raises `ValueError`."""
    used: dict[str, str] = {}
    for method, path, operation in list_operations(paths):
        name = operation.setdefault("operationId", name_operation(method, path))
        address = f"{method.upper()} {path}"
        if name in used:
            raise ValueError(f"{address} and {used[name]} have the same operationId: {name}.")
        used[name] = address


def list_operations(paths: Node) -> Iterator[tuple[str, str, Node]]:
    """Yield method, path and operation."""
    for path, item in paths.items():
        yield from ((method, path, operation) for method, operation in item.items() if method in METHODS)


def describe_revision(document: Node) -> None:
    """Add the header of the newest revision to every success. `api.http.request_connection` sets it."""
    document["components"]["headers"] = {
        REVISION: {
            "description": "Newest revision of the state of the database that answered; absent where none was read. "
            "Send the highest that you have seen in a header of the same name, and no answer is older.",
            "schema": {"type": "integer", "minimum": 1},
        }
    }
    for _, _, operation in list_operations(document["paths"]):
        for status, answer in operation["responses"].items():
            if str(status) < "400":
                answer.setdefault("headers", {})[REVISION] = {"$ref": f"#/components/headers/{REVISION}"}


def require_answer_fields(document: Node) -> None:
    """Require every field of an answer, except a field that says in `x-absent` when it is left out.

    With `fields=` the other fields are absent, although they are required. A second schema in which nothing is required
    would make every field of every answer optional in a client. A client that sends `fields=` picks the type itself.
    """
    for name in find_answer_schemas(document):
        schema = document["components"]["schemas"][name]
        properties = schema.get("properties", {})
        for content in properties.values():
            content.pop("default", None)  # a default is of requests, and answers need none
        if always := [field for field, content in properties.items() if "x-absent" not in content]:
            schema["required"] = always


def find_answer_schemas(document: Node) -> set[str]:
    """Return the names of the schemas that answers refer to, directly or through others."""
    answers = [operation["responses"] for _, _, operation in list_operations(document["paths"])]
    return find_references(document, [*answers, document["components"]["responses"]])


def find_references(document: Node, node: Any) -> set[str]:
    """Return the names of the schemas that `node` refers to, directly or through others."""
    names: set[str] = set()
    waiting = [node]
    while waiting:
        new = {part["$ref"].removeprefix(REF) for part in walk(waiting.pop()) if REF in str(part.get("$ref"))} - names
        names |= new
        waiting += [document["components"]["schemas"][name] for name in new]
    return names


def walk(node: Any) -> Iterator[Node]:
    """Yield every object within `node`, itself included."""
    if isinstance(node, dict):
        yield node
    if isinstance(node, dict | list):
        for part in node.values() if isinstance(node, dict) else node:
            yield from walk(part)


def describe_arrays(document: Node) -> None:
    """Give the bare records of a list (`shape=array`) a media type of their own, so that each has one shape."""
    for _, _, operation in list_operations(document["paths"]):
        names = {parameter.get("name") for parameter in operation.get("parameters", [])}
        content = operation["responses"].get("200", {}).get("content", {})
        records = _find_records(document, content.get("application/json", {}).get("schema", {}))
        if "shape" in names and records:
            content[ARRAY] = {"schema": {"type": "array", "items": records}}


def _find_records(document: Node, schema: Node) -> Node | None:
    """Return the schema of the records of a list answer, or None for another answer."""
    envelope = document["components"]["schemas"].get(schema.get("$ref", "").removeprefix(REF), {})
    records: Node | None = envelope.get("properties", {}).get("data", {}).get("items")
    return records


def remove_unused_answers(document: Node) -> None:
    """Remove the shared answers that no address refers to."""
    responses = document["components"]["responses"]
    used = {str(node.get("$ref", "")).rpartition("/")[2] for node in walk(document["paths"])}
    for name in set(responses) - used:
        del responses[name]


def share_word_lists(document: Node) -> None:
    """Make each closed list one schema that all its fields refer to: one type in a client, not one for each field.

    `x-words` of a field has the name of its list and the meaning of each word.
    """
    shared: Node = {}
    for node in list(walk(document)):
        if isinstance(words := node.get("x-words"), dict):
            del node["x-words"]
            _share_words(node, words, shared)
    document["components"]["schemas"] |= dict(sorted(shared.items()))


def _share_words(node: Node, words: Node, shared: Node) -> None:
    values = [value for value in node.pop("enum") if value is not None]
    types = node.pop("type")
    is_nullable = isinstance(types, list) and "null" in types
    one_type = next(t for t in types if t != "null") if isinstance(types, list) else types
    name = write_type_name(words["name"]) + ("OrNone" if set(map(str, values)) - set(words["words"]) else "")
    schema = {
        "type": one_type,
        "enum": values,
        "description": words["description"],
        "x-enum-varnames": [write_constant(words, value) for value in values],
        "x-enum-descriptions": [words["words"].get(str(value), OTHER) for value in values],
    }
    if shared.setdefault(name, schema) != schema:
        raise ValueError(f"Two closed lists are called {name}.")
    reference = {"$ref": REF + name}
    node.update({"anyOf": [reference, {"type": "null"}]} if is_nullable else reference)


def write_type_name(name: str) -> str:
    """Return the name of the type of a closed list: `victim_status` → `VictimStatusWord`."""
    return "".join(part.title() for part in re.split(r"\W|_", name)) + "Word"


def write_constant(words: Node, value: Any) -> str:
    """Return the name of a word in a client: `killed` → `KILLED`, grade 1 of date_precision → `EXACT_DAY`."""
    text = words["words"][str(value)] if str(value)[0].isdigit() else value
    return re.sub(r"\W+", "_", re.sub(r"\(.*?\)", "", text).strip()).upper()
