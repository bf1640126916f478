"""Random requests to every address of the application: about half are good, the others are broken in one place."""

import json
import random
import re
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from flask import Flask
from werkzeug.routing import BuildError

from api.records.record_types import RECORD_TYPES
from tests.support.bad_inputs import ASKED, BODIES, VALUES
from tests.support.contract import document_of
from tests.support.editors import DAYS, NAMES, Documents

#: Values that no parameter was made for, as bytes of an address.
HARD = [
    "", "%20", "0", "-1", "1e400", "NaN", "9" * 30, str(2**63), "%00", "%ed%a0%80", "%ff%fe", "%zz", "%", "none",
    "none,none", ",", ",,a", "true", "null", "[1]", "%7B%22a%22:1%7D", "2020-02-30", "9999-12-31", "1799",
    "'%20OR%20'1'='1", "%22", "../../etc/passwd", "..%2f", "%E2%80%AEx", "%F0%9F%95%8A", "a" * 300, "a" * 3000,
    "%25" * 90, "a%0Ab", "-a", "-name,name", "*", "%D0%BA%D1%82%D0%BE", "1_0", "%D9%A3", "--", "a-%20-b",
    "%22a%22%20-b", "%22%22", "geojson", "1.5", "+", "a&b", "a=b",
]  # fmt: skip
HEADERS = [
    {"Accept": "application/xml"}, {"Accept": "*/*;q=0"}, {"Accept": "text/csv"}, {"Accept": ",;q=x"},
    {"Accept": "\xff"}, {"Range": "bytes=0-9"}, {"Range": "bytes=9-0"}, {"Range": "bytes=-1"}, {"Range": "lines=1"},
    {"If-Range": "x"}, {"If-None-Match": "*"}, {"If-None-Match": '"a", W/"b"'}, {"If-None-Match": "\x7f"},
    {"If-Match": '"1-a"'}, {"If-Modified-Since": "yesterday"},
    {"If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}, {"Host": "evil.example"}, {"Authorization": "Bearer x"},
    {"Authorization": "Basic YTpi"}, {"Authorization": ""}, {"Cookie": "a=b"}, {"Accept-Language": "ru;q=x, *"},
    {"Accept-Encoding": "zstd;q=0, br"}, {"Accept-Encoding": "\x00"}, {"Content-Type": "a/b"}, {"Origin": "null"},
    {"X-Forwarded-For": "a, 1.2.3.4:5"}, {"Content-Length": "7"}, {"Transfer-Encoding": "chunked"},
    {"Expect": "100-continue"}, {"Idempotency-Key": "a" * 300}, {"X-Request-Id": "a\tb"}, {"Forwarded": "for=x"},
]  # fmt: skip
#: Parameters that name records, with the type of these records.
REFERENCES = {
    "conflict": "conflicts", "recorded_conflict": "conflicts", "event": "events", "claimant": "claimants",
    "source": "sources", "claim": "claims", "target": "claims", "side": "sides", "subject_side": "sides",
    "responsible_side": "sides", "claimant_side": "sides", "record": "claims",
}  # fmt: skip


class Request(NamedTuple):
    method: str
    address: str
    headers: dict[str, str]
    body: bytes | None = None

    def describe(self) -> str:
        return f"{self.method} {self.address} {self.headers} {(self.body or b'')[:500]!r}"


class Operation(NamedTuple):
    """An address with its method, the parameters of its query, and whether a key may write there."""

    method: str
    rule: Any
    parameters: list[dict[str, Any]]


class RandomRequests:
    """Requests to one application. `known` returns the ids of a record type; `key` may do everything."""

    def __init__(self, app: Flask, chance: random.Random, known: Callable[[str], list[str]], key: str) -> None:
        self.app, self.chance, self.known, self.key = app, chance, known, key
        self.document = document_of(app)
        self.documents = Documents(chance, known)
        self.operations = list(self._list_operations())
        self.reads = [operation for operation in self.operations if operation.method == "GET"]
        self.cursors: list[str] = ["x"]
        self.number = 0

    def _list_operations(self) -> Iterator[Operation]:
        for rule in self.app.url_map.iter_rules():
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                path = re.sub("<(?:[^<>]*:)?(.*?)>", r"{\1}", rule.rule)
                described = self.document["paths"].get(path, {}).get(method.lower(), {})
                listed = [resolve(self.document, parameter) for parameter in described.get("parameters", [])]
                query = [parameter for parameter in listed if parameter["in"] == "query"]
                yield Operation(method, rule, query or self._find_page_parameters(path))

    def _find_page_parameters(self, path: str) -> list[dict[str, Any]]:
        """Return the filters of claims for a page, which the document does not describe."""
        if path not in ("/", "/embed", "/claims"):
            return []
        listed = [resolve(self.document, each) for each in self.document["paths"]["/v1/claims"]["get"]["parameters"]]
        return [parameter for parameter in listed if parameter["in"] == "query"]

    def draw_request(self) -> Request:
        """Return the next request."""
        self.number += 1
        if self.chance.random() < 0.7:
            request = self._draw_read(self.chance.choice(self.reads))
        else:
            request = self._draw_write(self.chance.choice(self.operations))
        return self._break_request(request) if self.chance.random() < 0.45 else request

    # Reads -------------------------------------------------------------------------------------------------------

    def _draw_read(self, operation: Operation) -> Request:
        method = "HEAD" if self.chance.random() < 0.05 else "GET"
        headers = self._authorize() if "webhooks" in operation.rule.rule else {}
        return Request(method, self._draw_address(operation), headers)

    def _draw_address(self, operation: Operation) -> str:
        required = [parameter for parameter in operation.parameters if parameter.get("required")]
        optional = [parameter for parameter in operation.parameters if not parameter.get("required")]
        few = self.chance.sample(optional, min(len(optional), self.chance.choice((0, 0, 1, 1, 2, 3))))
        pairs = [f"{each['name']}={quote(self._draw_value(each))}" for each in (*required, *few)]
        return self._draw_path(operation) + (f"?{'&'.join(pairs)}" if pairs else "")

    def _draw_path(self, operation: Operation) -> str:
        values = {name: self._draw_variable(operation, name) for name in operation.rule.arguments}
        try:
            built = operation.rule.build(values)
        except BuildError:
            built = None
        return built[1] if built else operation.rule.rule.split("<")[0]

    def _draw_variable(self, operation: Operation, name: str) -> Any:
        converter = operation.rule._converters[name]
        if hasattr(converter, "items"):  # one of a list of words
            return self.chance.choice(sorted(converter.items))
        if name in ("part", "name", "problem"):
            return {"part": 1, "name": "2020-1", "problem": "not-found"}[name]
        record_type = next((each for each in RECORD_TYPES if each in operation.rule.rule), "claims")
        return "ours" if "datasets" in operation.rule.rule else self.chance.choice([*self.known(record_type), "x"])

    def _draw_value(self, parameter: dict[str, Any]) -> str:
        schema = resolve(self.document, parameter["schema"])
        name = parameter["name"]
        if name == "reason":
            return "A test."
        if name == "cursor":
            return self.chance.choice(self.cursors)
        if name in REFERENCES:
            return ",".join(
                self.chance.choices([*self.known(REFERENCES[name]), "none"], k=self.chance.choice((1, 1, 2)))
            )
        if schema.get("type") == "array":
            schema = resolve(self.document, schema["items"])
        return str(self._draw_word(name, schema))

    def _draw_word(self, name: str, schema: dict[str, Any]) -> Any:
        if "enum" in schema:
            return self.chance.choice(schema["enum"])
        if schema.get("type") == "integer":
            least = schema.get("minimum", 0)
            return self.chance.randint(least, min(schema.get("maximum", least + 9), least + 9))
        if schema.get("format") == "date" or name.endswith(("from", "to")):
            return self.chance.choice(DAYS)
        examples = schema.get("examples", ["x"])
        first = self.chance.choice(examples)
        return self.chance.choice([first[0] if isinstance(first, list) else first, *NAMES])

    # Writes ------------------------------------------------------------------------------------------------------

    def _draw_write(self, operation: Operation) -> Request:
        if operation.method == "GET":
            record_type = self.chance.choice(list(RECORD_TYPES))
            operation = next(
                each for each in self.operations if each.method == "POST" and each.rule.rule == f"/v1/{record_type}"
            )
        headers = {**self._authorize(), "Idempotency-Key": f"key-{self.number}", "If-Match": "*"}
        address = self._draw_address(operation)
        if "allow_duplicate" not in address and any(each["name"] == "allow_duplicate" for each in operation.parameters):
            address += "&allow_duplicate=1"
        if "reconcile" in address:
            text = urllib.parse.urlencode({"queries": json.dumps({"q": {"query": self.chance.choice(NAMES)}})})
            return Request("POST", address, {"Content-Type": "application/x-www-form-urlencoded"}, text.encode())
        body = self._draw_body(operation)
        headers["Content-Type"] = "application/json"
        return Request(operation.method, address, headers, None if body is None else json.dumps(body).encode())

    def _draw_body(self, operation: Operation) -> Any:
        rule = operation.rule.rule
        if operation.method == "DELETE":
            return None
        if "redaction" in rule:
            return {"fields": ["note"]}
        if "webhooks" in rule:
            return {"url": "https://news.example/x", "question": "/v1/claims?harm=killed"}
        if "check" in rule:
            return {"conflict": "war", "harm": "killed", "number": self.chance.choice((3, 8))}
        record_type = rule.split("/")[2]
        record = self.documents.of(record_type)
        if operation.method == "PATCH":
            return {name: record[name] for name in self.chance.sample(sorted(record), self.chance.choice((1, 2)))}
        if record_type == "claims":
            record["reports"] = [{"source": self.chance.choice(self.known("sources"))}]
        return [record] if self.chance.random() < 0.2 else record

    def _authorize(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    # Broken ------------------------------------------------------------------------------------------------------

    def _break_request(self, request: Request) -> Request:
        """Return the request with one fault."""
        ways = [self._break_value, self._break_value, self._add_parameter, self._break_path, self._break_headers]
        if request.body is not None:
            ways += [self._break_body] * 4
        return self.chance.choice(ways)(request)

    def _break_value(self, request: Request) -> Request:
        path, mark, query = request.address.partition("?")
        if not mark:
            return self._add_parameter(request)
        pairs = query.split("&")
        place = self.chance.randrange(len(pairs))
        pairs[place] = f"{pairs[place].partition('=')[0]}={self.chance.choice(HARD)}"
        return request._replace(address=f"{path}?{'&'.join(pairs)}")

    def _add_parameter(self, request: Request) -> Request:
        names = [
            "limit",
            "cursor",
            "sort",
            "fields",
            "revision",
            "release",
            "as_of",
            "format",
            "q",
            "group_by",
            "bbox",
            "id",
        ]
        names += ["unknown", "%00", "policy", "used_by", "row", "width", "callback", "lang"]
        pair = f"{self.chance.choice(names)}={self.chance.choice(HARD)}"
        return request._replace(address=request.address + ("&" if "?" in request.address else "?") + pair)

    def _break_path(self, request: Request) -> Request:
        path, mark, query = request.address.partition("?")
        broken = self.chance.choice([
            path + "/", path + ".csv", path + ".xyz", path.upper(), path.replace("/", "//", 1), path + "/x",
            path + "%00", path.rsplit("/", 1)[0] + "/" + self.chance.choice(HARD[:30]), path.replace("v1", "v2"),
        ])  # fmt: skip
        return request._replace(address=broken + mark + query)

    def _break_headers(self, request: Request) -> Request:
        if self.chance.random() < 0.2:
            return request._replace(
                method=self.chance.choice(["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "X"])
            )
        headers = request.headers | self.chance.choice(HEADERS)
        if request.body is not None and self.chance.random() < 0.5:
            wrong = self.chance.choice(ASKED).headers
            headers |= {name: value for name, value in wrong.items() if value is not None}
            for name in (name for name, value in wrong.items() if value is None):
                headers.pop(name, None)
        return request._replace(headers=headers)

    def _break_body(self, request: Request) -> Request:
        if self.chance.random() < 0.3:
            row = self.chance.choice([row for row in BODIES if len(row.data) < 100_000])
            headers = request.headers | row.headers
            headers["Content-Type"] = row.content_type or "x"
            return request._replace(body=row.data, headers=headers)
        document = json.loads(request.body or b"{}") if request.body and request.body[:1] in b"[{" else {}
        record = document[0] if isinstance(document, list) else document
        name = self.chance.choice([*record, "unknown"])
        parts = {key: json.dumps(value) for key, value in record.items()}
        parts[name] = self.chance.choice([row.text for row in VALUES if not row.alone])
        return request._replace(
            body=("{" + ", ".join(f'"{key}": {text}' for key, text in parts.items()) + "}").encode()
        )


def quote(value: str) -> str:
    return urllib.parse.quote(value, safe=",:")


def resolve(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema with what its reference names."""
    reference = schema.get("$ref")
    if not reference:
        return schema
    target: Any = document
    for part in reference.removeprefix("#/").split("/"):
        target = target[part]
    return {**resolve(document, target), **{name: value for name, value in schema.items() if name != "$ref"}}
