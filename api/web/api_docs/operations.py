"""Operations of the OpenAPI document: parameters, answers, problems, and an example as an address and as curl."""

import shlex
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from api.http import formats
from api.web.api_docs.describe_types import COMPONENTS, Piece, describe_type, write_value

Record = dict[str, Any]
METHODS = ("get", "post", "patch", "put", "delete")
JSON = "application/json"
#: By media type; of two names the first.
SHORT_NAMES = {formats.MEDIA_TYPES[name]: name for name in reversed(formats.MEDIA_TYPES)}
#: An ending that writes the answer of another operation in a format.
SUFFIX = ".{suffix}"
#: What curl sends for a header that we require.
HEADERS = {"If-Match": '"1"', "Idempotency-Key": "second-source-1"}


class Parameter(NamedTuple):
    """A parameter in words."""

    name: str
    place: str
    is_required: bool
    pieces: list[Piece]
    description: str
    default: str
    example: str
    value: str


class Answer(NamedTuple):
    """What an operation answers with one status."""

    status: str
    description: str
    pieces: list[Piece]
    formats: list[str]
    headers: list[str]


class Operation(NamedTuple):
    """An operation in words. `whole` is the operation without a suffix that takes all other parameters."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    needs_key: bool
    parameters: list[Parameter]
    whole: str | None
    body: list[Piece]
    example_body: str
    answers: list[Answer]
    problems: list[str]
    address: str
    curl: str

    @property
    def has_form(self) -> bool:
        return self.method == "get" and not self.needs_key

    @property
    def has_body_form(self) -> bool:
        return self.method == "post" and not self.needs_key and bool(self.example_body)


def list_operations(document: Record) -> Iterator[tuple[str, Record, str, Record]]:
    """Yield path, path item, method and operation, in the order of the document."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, item, method, item[method]


def describe_operations(document: Record) -> dict[str, list[Operation]]:
    """Return the operations of each tag."""
    groups: dict[str, list[Operation]] = {tag["name"]: [] for tag in document["tags"]}
    for path, item, method, operation in list_operations(document):
        groups[operation["tags"][0]].append(_describe_operation(document, path, item, method, operation))
    return {tag: operations for tag, operations in groups.items() if operations}


def _describe_operation(document: Record, path: str, item: Record, method: str, operation: Record) -> Operation:
    whole = document["paths"].get(path.removesuffix(SUFFIX), {}).get("get") if path.endswith(SUFFIX) else None
    parameters = [*item.get("parameters", ()), *operation.get("parameters", ())]
    if whole:
        repeated = {parameter["name"] for parameter in whole["parameters"]}
        parameters = [one for one in parameters if _has_value(one) or one["name"] not in repeated]
    described = sorted(map(_describe_parameter, parameters), key=_is_optional)
    values = {parameter.name: parameter.value for parameter in described if parameter.value}
    content = operation.get("requestBody", {}).get("content", {})
    body_type = next(iter(content), "")
    body = content.get(body_type, {}).get("schema", {})
    same_by_get = item.get("get", {}).get("parameters", ()) if not operation.get("security") else ()
    example_body = write_body(document, body, same_by_get) if "json" in body_type else ""
    address = build_address(path, described, values)
    responses = operation["responses"]
    return Operation(
        id=operation["operationId"],
        method=method,
        path=path,
        summary=operation.get("summary", ""),
        description=operation.get("description", ""),
        needs_key=bool(operation.get("security")),
        parameters=described,
        whole=whole["operationId"] if whole else None,
        body=[Piece(f"{body_type}: "), *describe_type(body)] if body else [],
        example_body=example_body,
        answers=[
            _describe_answer(status, responses[status])
            for status in sorted(responses)
            if "$ref" not in responses[status]
        ],
        problems=[status for status in sorted(responses) if "$ref" in responses[status]],
        address=address,
        curl=_write_curl(
            document, method, address, described, bool(operation.get("security")), body_type, example_body
        ),
    )


def _is_optional(parameter: Parameter) -> bool:
    return not parameter.is_required and not parameter.value


def _has_value(parameter: Record) -> bool:
    return "example" in parameter or bool(parameter.get("required"))


def _describe_parameter(parameter: Record) -> Parameter:
    schema = parameter["schema"]
    examples = schema.get("examples") or schema.get("items", {}).get("examples") or ()
    value = write_value(parameter["example"]) if "example" in parameter else HEADERS.get(parameter["name"], "")
    example = write_value(examples[0]) if examples else ""
    return Parameter(
        name=parameter["name"],
        place=parameter["in"],
        is_required=bool(parameter.get("required")),
        pieces=describe_type(schema),
        description=parameter.get("description", ""),
        default=write_value(schema["default"]) if schema.get("default") is not None else "",
        example="" if value else example,
        value=value,
    )


def build_address(path: str, parameters: list[Parameter], values: dict[str, str]) -> str:
    """Return the address with the values of path and query. Empty values of the query are left out."""
    for parameter in parameters:
        if parameter.place == "path" and parameter.name in values:
            path = path.replace("{" + parameter.name + "}", quote(values[parameter.name], safe=""))
    inside = {parameter.name for parameter in parameters if parameter.place != "query"}
    query = urlencode([(name, value) for name, value in values.items() if value and name not in inside], safe=",:/")
    return f"{path}?{query}" if query else path


def _describe_answer(status: str, response: Record) -> Answer:
    content = response.get("content", {})
    first = JSON if JSON in content else next(iter(content), None)
    pieces = describe_type(content[first]["schema"]) if first else []
    return Answer(
        status=status,
        description="" if response["description"] == "OK" else response["description"],
        pieces=[Piece(f"{first}: "), *pieces] if first else [],
        formats=[SHORT_NAMES.get(media_type, media_type) for media_type in content if media_type != first],
        headers=list(response.get("headers", ())),
    )


def _write_curl(
    document: Record,
    method: str,
    address: str,
    parameters: list[Parameter],
    needs_key: bool,
    body_type: str,
    body: str,
) -> str:
    words = ["curl"]
    if method != "get":
        words += ["-X", method.upper()]
    if needs_key:
        words += ["-H", "Authorization: Bearer YOUR_KEY"]
    for parameter in parameters:
        if parameter.place == "header" and parameter.is_required:
            words += ["-H", f"{parameter.name}: {parameter.value}"]
    if body_type:
        words += ["-H", f"Content-Type: {body_type}"]
    if body:
        words += ["--data", body]
    return " ".join(map(_quote_word, [*words, document["servers"][0]["url"] + address]))


def _quote_word(word: str) -> str:
    return word if word.startswith("-") else shlex.quote(word)


def write_body(document: Record, schema: Record, same_by_get: Iterable[Record] = ()) -> str:
    """Return JSON with the examples of the required fields; of a merge patch, of its first field.

    `same_by_get`: parameters that ask the same by GET. Their examples together are a question that has an answer.
    """
    schema = _resolve(document, next(iter(schema.get("oneOf", [schema]))))
    fields = schema.get("properties", {})
    asked_by_get = {one["name"]: one["example"] for one in same_by_get if "example" in one and one["name"] in fields}
    names = schema.get("required") or ([] if asked_by_get else list(fields)[:1])
    body = {name: _write_example(document, fields[name]) for name in names} | asked_by_get
    return formats.json_bytes(body).decode().strip() if fields else ""


def _write_example(document: Record, field: Record) -> Any:
    """Return the example of a field; of a record or a list of records, the examples of what is required in them."""
    record = _resolve(document, field.get("items", field))
    if "properties" not in record:
        return field["examples"][0]
    required = {name: _write_example(document, record["properties"][name]) for name in record.get("required", ())}
    return [required] if "items" in field else required


def _resolve(document: Record, schema: Record) -> Record:
    if "$ref" not in schema:
        return schema
    found: Record = document["components"]["schemas"][schema["$ref"].removeprefix(COMPONENTS)]
    return found
