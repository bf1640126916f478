"""The bad inputs of the write endpoints, and the status and problem type of each answer.

A row is sent to every record type. A row about a body is sent by POST and by PATCH. The numbers are those of the list
from which the rows come; `NOT_HERE` has the cases that cannot happen here, each with its reason.
"""

import json
from typing import Any, NamedTuple

JSON = "application/json"
COMBINING, MARKS = "\u0301", "\u0344\u0327"  # normalising changes the order of the second
DEEP = "[" * 100_000 + "]" * 100_000


class Body(NamedTuple):
    """Bytes that are not a record of any type."""

    row: int
    name: str
    data: bytes
    status: int
    problem: str
    content_type: str | None = JSON
    headers: dict[str, str] = {}


class Value(NamedTuple):
    """JSON text for all fields of a kind at once; the answer is 422 and names each of these fields.

    `KINDS` in tests/v1/records/test_bad_inputs.py lists the kinds.
    """

    row: int
    kind: str
    text: str
    alone: bool = False  # so long that only one field can hold it


class Asked(NamedTuple):
    """A good body in a wrong request: `query` and `path` replace the right ones, `headers` are added (None: remove)."""

    row: int
    name: str
    status: int
    problem: str
    methods: tuple[str, ...] = ("POST", "PATCH", "DELETE", "REDACT")
    query: str | None = None
    path: str | None = None
    headers: dict[str, str | None] = {}


def body(row: int, name: str, data: str | bytes, status: int, problem: str, **more: Any) -> Body:
    return Body(row, name, data.encode() if isinstance(data, str) else data, status, problem, **more)


BODIES = [
    body(1, "empty", "", 400, "invalid-json"),
    body(2, "cut", "{", 400, "invalid-json"),
    body(2, "two values", "{} {}", 400, "invalid-json"),
    body(2, "single quotes", "{'note': 'x'}", 400, "invalid-json"),
    body(3, "null", "null", 422, "invalid-body"),
    body(3, "array of numbers", "[1]", 422, "invalid-body"),
    body(3, "text", '"x"', 422, "invalid-body"),
    body(3, "number", "7", 422, "invalid-body"),
    body(3, "array of nothing", "[]", 422, "invalid-body"),
    body(4, "no type", "{}", 415, "unsupported-media-type", content_type=None),
    body(4, "plain text", "{}", 415, "unsupported-media-type", content_type="text/plain"),
    body(4, "form", "note=x", 415, "unsupported-media-type", content_type="application/x-www-form-urlencoded"),
    body(4, "multipart", "--a--", 415, "unsupported-media-type", content_type="multipart/form-data; boundary=a"),
    body(4, "XML", "<note/>", 415, "unsupported-media-type", content_type="application/xml"),
    body(5, "UTF-16 with a mark", '{"note": "x"}'.encode("utf-16"), 400, "invalid-utf8"),
    body(5, "UTF-16 without", '{"note": "x"}'.encode("utf-16-le"), 400, "invalid-utf8"),
    body(5, "UTF-32", '{"note": "x"}'.encode("utf-32-be"), 400, "invalid-utf8"),
    body(6, "byte order mark", "\ufeff{}", 400, "invalid-json"),
    body(7, "no UTF-8", b'{"note": "\xff\xfe"}', 400, "invalid-utf8"),
    body(7, "overlong UTF-8", b'{"note": "\xc0\xaf"}', 400, "invalid-utf8"),
    body(7, "surrogate as UTF-8", b'{"note": "\xed\xa0\x80"}', 400, "invalid-utf8"),
    body(8, "arrays 17 deep", "[" * 17 + "]" * 17, 400, "json-too-deep"),
    body(8, "arrays 900 deep", "[" * 900 + "]" * 900, 400, "json-too-deep"),
    body(9, "arrays 10,000 deep", DEEP[90_000:110_000], 400, "json-too-deep"),
    body(9, "arrays 100,000 deep", DEEP, 400, "json-too-deep"),
    body(9, "arrays without an end", DEEP[:100_000], 400, "json-too-deep"),
    body(10, "objects 10,000 deep", '{"a":' * 10_000 + "1" + "}" * 10_000, 400, "json-too-deep"),
    body(10, "deep in a field", '{"note": ' + '{"a":' * 5_000 + "1" + "}" * 5_001, 400, "json-too-deep"),
    body(11, "field twice", '{"note": "a", "note": "b"}', 400, "duplicate-key"),
    body(11, "field twice within", '{"reports": [{"id": "a", "id": "b"}]}', 400, "duplicate-key"),
    body(11, "field twice in other letters", '{"note": "a", "\\u006eote": "b"}', 400, "duplicate-key"),
    body(12, "NaN", '{"best": NaN}', 400, "invalid-json"),
    body(12, "Infinity", '{"best": -Infinity}', 400, "invalid-json"),
    body(13, "1e400", '{"best": 1e400}', 400, "number-out-of-range"),
    body(13, "-1e400", '{"latitude": -1e400}', 400, "number-out-of-range"),
    body(16, "10^30", '{"best": 1' + "0" * 30 + "}", 400, "number-out-of-range"),
    body(16, "4,000 digits", '{"best": ' + "9" * 4000 + "}", 400, "number-out-of-range"),
    body(17, "5,000 digits", '{"best": ' + "9" * 5000 + "}", 400, "number-out-of-range"),
    body(17, "5,000 digits behind a point", '{"latitude": 0.' + "9" * 5000 + "}", 400, "number-out-of-range"),
    body(34, "unknown field", '{"killed": 3}', 422, "invalid-body"),
    body(34, "field of the database", '{"folded": "x", "held_from": 1}', 422, "invalid-body"),
    body(34, "name of half a character", '{"\\ud800": 1}', 422, "invalid-body"),
    body(34, "name of 100,000 characters", json.dumps({"a" * 100_000: 1}), 422, "invalid-body"),
    body(35, "65 names", json.dumps({f"a{n}": 1 for n in range(65)}), 400, "too-many-keys"),
    body(35, "50,000 names", json.dumps({f"a{n}": 1 for n in range(50_000)}), 400, "too-many-keys"),
    body(41, "over the limit", " " * 1_048_577, 413, "body-too-large"),
    body(44, "gzip", "{}", 415, "unsupported-media-type", headers={"Content-Encoding": "gzip"}),
    body(44, "br", "{}", 415, "unsupported-media-type", headers={"Content-Encoding": "br"}),
]

TEXTS = {
    3: ["3", "true", '{"a": "b"}', "[]"],
    23: [r'"a\u0000b"', r'"a\u001bb"', r'"a\u0085b"', r'"a\u007fb"'],
    24: [r'"\ud800"', r'"a\udfffb"', r'"\ude00\ud83d"'],
    25: [r'"a\u202eb"', r'"a\u2066b"', r'"a\u200fb"', r'"a\u061cb"'],
    26: [r'"a\u200bb"', r'"a\ufeffb"', r'"a\u2060b"', r'"a\u00adb"', r'"a\udb40\udc41b"', r'"\u200ca"', r'"a\u200d"'],
    40: [f'"{"x" * 2_001}"'],
}
DAYS = {
    36: ['"0000-01-01"', '"2020-02-30"', '"2020-01-01T00:00:00"', '"2020-01-01T24:00:00Z"', '"2020-01-01Z"', '"2020"']
    + ['"1799-12-31"', '"2101-01-01"', '"2020-1-1"', '"20200101"', '"٢٠٢٠-٠١-٠١"', '" 2020-01-01"', r'"2020-01-01\n"']
    + ["20200101", "1.5", "true", '""'],
    37: ['"0001-01-01T00:00:00+14:00"'],
}
ADDRESSES = {
    38: ['"javascript:alert(1)"', '"file:///etc/passwd"', '"data:text/html,x"', '"//evil.example/"', '""', "7"],
    39: ['"ftp://example.org/"', '"http://good@evil.example/"', '"http://[::1"', f'"https://example.org/{"a" * 3000}"']
    + ['"http://exa mple.org/"', '"http://пример.рф/"', r'"https://example.org/\u0000"', r'"https://example.org/\n"']
    + ['"https://example.org:99999999/"', r'"https://example.org\\@evil.example/"'],
}
FIGURES = {
    14: ["9223372036854775808"],
    15: ["9007199254740993", "1000000001"],
    18: ["-5", "-0.0"],
    19: ["true", "false"],
    20: ["3.7", "3.0", "3e0"],
    21: ['"3"', '" 7 "', '"1_000"', '"٣٤"', '""', "[3]"],
}
NAMES = ['""', '" "', r'"\n\t"', r'"\u00a0"', r'"\u3164"', r'"\u2800"', "null"]
GRADES = ['"1"', "1.0", "true", "0", "99", "-1", "9223372036854775808"]
DEGREES = ["5e-324", "1e308", "180.0001", "-181", '"40"', "true", "[40]"]
SLUGS = ['"A"', '"a b"', r'"a\n"', r'"a\u0000"', '"ａ"', '""', "7", '"-a"', '"a--b"', f'"{"a" * 161}"', '{"id": "a"}']
WORDS = ['"wrong"', r'"\ud800"', "7", '""', '{"a": 1}']

VALUES = [
    *(Value(row, "text", text) for row, texts in TEXTS.items() for text in texts),
    *(Value(28, "name", text) for text in NAMES),
    *(Value(row, "day", text) for row, texts in DAYS.items() for text in texts),
    *(Value(row, "address", text) for row, texts in ADDRESSES.items() for text in texts),
    *(Value(row, "figure", text) for row, texts in FIGURES.items() for text in texts),
    *(Value(21, "grade", text) for text in GRADES),
    *(Value(22, "degrees", text) for text in DEGREES),
    *(Value(34, "slug", text) for text in SLUGS),
    *(Value(34, "word", text) for text in WORDS),
    # The first of these took a minute when it was normalised before its length was checked.
    Value(31, "text", f'"a{COMBINING * 300_000}"', alone=True),
    Value(31, "name", f'"{MARKS * 80_000}"', alone=True),
    Value(40, "text", f'"{"x" * 1_000_000}"', alone=True),
    Value(40, "slug", f'"{"a-" * 500_000}!"', alone=True),
    Value(40, "word", f'"{"x" * 1_000_000}"', alone=True),
    Value(40, "address", f'"http://{"a." * 500_000}"', alone=True),
]

BOTH = ("POST", "PATCH")
WITH_BODY = (*BOTH, "REDACT")  # REDACT: a POST to the redaction address of a record
CHANGES = ("PATCH", "DELETE")
OF_A_RECORD = (*CHANGES, "REDACT")
ADDING = ("POST", "REDACT")
LONG = "k" * 256
ASKED = [
    Asked(51, "reason missing", 422, "invalid-parameter", query=""),
    Asked(72, "reason empty", 422, "invalid-parameter", query="reason="),
    Asked(57, "reason blank", 422, "invalid-parameter", query="reason=%20"),
    Asked(57, "reason of 501 characters", 422, "invalid-parameter", query="reason=" + "a" * 501),
    Asked(25, "reason that turns text round", 422, "invalid-parameter", query="reason=%E2%80%AEabc"),
    Asked(53, "limit", 400, "unknown-parameter", query="reason=x&limit=-1"),
    Asked(54, "offset", 400, "unknown-parameter", query=f"reason=x&offset={2**63}"),
    Asked(55, "NUL", 400, "bad-query", query="reason=%00"),
    Asked(56, "no UTF-8", 400, "bad-query", query="reason=%ff%fe"),
    Asked(56, "surrogate", 400, "bad-query", query="reason=%ed%a0%80"),
    Asked(56, "broken percent", 400, "bad-query", query="reason=%zz"),
    Asked(58, "reason twice", 400, "repeated-parameter", query="reason=a&reason=b"),
    Asked(58, "900 parameters", 400, "bad-query", query="&".join(f"a{n}=1" for n in range(900))),
    Asked(58, "unknown parameter", 400, "unknown-parameter", query="reason=x&reson=y"),
    Asked(59, "id 2^63", 404, "not-found", OF_A_RECORD, path=str(2**63)),
    Asked(59, "id of 3,900 digits", 404, "not-found", OF_A_RECORD, path="1" * 3900),
    Asked(59, "id -1", 404, "not-found", OF_A_RECORD, path="-1"),
    Asked(59, "id with NUL", 404, "not-found", OF_A_RECORD, path="%00"),
    Asked(59, "id 01", 404, "not-found", OF_A_RECORD, path="01"),
    Asked(59, "id in capitals", 404, "not-found", OF_A_RECORD, path="A"),
    Asked(60, "id that climbs", 404, "not-found", OF_A_RECORD, path="../../etc/passwd"),
    Asked(60, "id that climbs, escaped", 404, "not-found", OF_A_RECORD, path="..%2f..%2fetc%2fpasswd"),
    Asked(66, "another host", 400, "bad-request", headers={"Host": "evil.example"}),
    Asked(66, "no host's name", 400, "bad-request", headers={"Host": "a/b@c"}),
    Asked(68, "no key", 401, "unauthorized", headers={"Authorization": None}),
    Asked(68, "empty", 401, "unauthorized", headers={"Authorization": ""}),
    Asked(68, "malformed", 401, "unauthorized", headers={"Authorization": "Bearer"}),
    Asked(68, "no bearer", 401, "unauthorized", headers={"Authorization": "Basic YTpi"}),
    Asked(68, "unknown", 401, "unauthorized", headers={"Authorization": "Bearer cst_k00000000_" + "a" * 43}),
    Asked(68, "with NUL", 401, "unauthorized", headers={"Authorization": "Bearer cst_a\0b_c"}),
    Asked(68, "beyond ASCII", 401, "unauthorized", headers={"Authorization": "Bearer cst_\xff\xfe_c"}),
    Asked(68, "quote", 401, "unauthorized", headers={"Authorization": "Bearer cst_' OR '1'='1_c"}),
    Asked(69, "without", 400, "idempotency-key-required", ADDING, headers={"Idempotency-Key": None}),
    Asked(69, "empty", 400, "idempotency-key-required", ADDING, headers={"Idempotency-Key": ""}),
    Asked(69, "too long", 400, "idempotency-key-required", ADDING, headers={"Idempotency-Key": LONG}),
    Asked(69, "NUL", 400, "idempotency-key-required", ADDING, headers={"Idempotency-Key": "a\0b"}),
    Asked(69, "beyond ASCII", 400, "idempotency-key-required", ADDING, headers={"Idempotency-Key": "\xff"}),
    Asked(72, "without If-Match", 428, "if-match-required", CHANGES, headers={"If-Match": None}),
    Asked(72, "stale", 412, "stale", CHANGES, headers={"If-Match": '"7-abc"'}),
    Asked(72, "no tag of ours", 412, "stale", CHANGES, headers={"If-Match": "x"}),
    Asked(72, "an empty tag", 412, "stale", CHANGES, headers={"If-Match": '""'}),
    Asked(72, "several tags", 412, "stale", CHANGES, headers={"If-Match": '"1-a", "2-b"'}),
    Asked(72, f"revision {2**63}", 412, "stale", CHANGES, headers={"If-Match": f'"{2**63}-a"'}),
]

#: What cannot happen to a write, and why.
NOT_HERE = {
    47: "there is no import over HTTP; a file is imported on the server, where its digest is checked",
    48: "there is no import over HTTP; an array is all or nothing (test_one_bad_record_of_many_stops_them_all)",
    49: "there is no import over HTTP; an array has 1,000 records at the most (test_an_array_has_an_end)",
    50: "there is no import over HTTP; CSV is no media type of a write (row 4)",
    52: "a write takes no number in its query; ids in its path are row 59",
    70: "a write takes no cursor",
    71: "a write takes no `as_of`; reads do (test_what_will_have_been_said_is_not_known)",
}
#: Rows with tests of their own: they are not refused, or need several requests, or raw bytes on a socket.
OF_THEIR_OWN = {27, 29, 30, 32, 33, 42, 43, 45, 46, 61, 62, 63, 64, 65, 67}
