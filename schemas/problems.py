"""The body of every error (RFC 9457), and every type of problem with its explanation."""

from typing import NamedTuple

from marshmallow import fields

from schemas.fields import describe
from schemas.responses import Strict

RFC = "RFC 9457"


class Problem(NamedTuple):
    status: int
    title: str
    explanation: str


PROBLEMS: dict[str, Problem] = {
    "unknown-parameter": Problem(
        400,
        "Unknown parameter",
        "The query string has a name that this address does not know. There is no answer, because ignoring a "
        "misspelt filter would return everything. `errors` names it and the most similar name.",
    ),
    "repeated-parameter": Problem(
        400,
        "Repeated parameter",
        "A parameter with a single value appears more than once in the query string. Send it once. Only lists, such as "
        "`harm`, may be repeated.",
    ),
    "bad-query": Problem(
        400,
        "Query string cannot be read",
        "The query string is not valid percent-encoded UTF-8, or contains a control character. With curl: "
        "`curl -G --data-urlencode 'q=Կարաբաղ' …`.",
    ),
    "bad-cursor": Problem(
        400,
        "Cursor cannot be used",
        "Copy the cursor from `links.next` of the page before, and keep the same filters and order.",
    ),
    "bad-request": Problem(
        400,
        "Bad request",
        "The request is not well-formed HTTP, or its host is not one that this server answers to. "
        "Letters outside ASCII must be percent-encoded: `curl -G --data-urlencode 'q=Կարաբաղ' …`.",
    ),
    "range-not-satisfiable": Problem(
        416,
        "Range not satisfiable",
        "`Range` asks for bytes after the end of the answer; `Content-Range` has its length. A complete download "
        "gets this answer too.",
    ),
    "invalid-json": Problem(400, "Not JSON", "The body is not JSON (RFC 8259). Nothing was changed."),
    "invalid-utf8": Problem(400, "Not UTF-8", "The body is not UTF-8. Nothing was changed."),
    "duplicate-key": Problem(
        400, "Field named twice", "An object of the body names a field twice. Send each field once."
    ),
    "json-too-deep": Problem(
        400, "Nested too deeply", "Arrays and objects in the body are nested more than 16 levels deep."
    ),
    "number-out-of-range": Problem(
        400,
        "Number out of range",
        "A number in the body has more than 19 digits, which not every program can read exactly.",
    ),
    "too-many-keys": Problem(400, "Too many fields", "An object of the body has more than 64 fields."),
    "incomplete-body": Problem(
        400, "Body cut short", "Fewer bytes arrived than `Content-Length` names. Nothing was changed. Send it again."
    ),
    "idempotency-key-required": Problem(
        400,
        "Idempotency-Key required",
        "A POST that adds records needs an `Idempotency-Key` of 1 to 255 characters that you choose. After a broken "
        "connection you can send it again, and nothing is added twice.",
    ),
    "unauthorized": Problem(
        401, "Key required", "Send `Authorization: Bearer <key>`. The key is missing, unknown, expired or revoked."
    ),
    "forbidden": Problem(403, "Scope missing", "The key is valid, but lacks the scope that this request needs."),
    "read-only-mirror": Problem(
        403,
        "Read-only mirror",
        "This server copies another one, which `detail` names. Write there, and get signed proofs of answers there.",
    ),
    "not-found": Problem(404, "Not found", "No record or page has this address. `/v1` lists every address."),
    "method-not-allowed": Problem(405, "Method not allowed", "The `Allow` header lists the methods of this address."),
    "not-acceptable": Problem(
        406,
        "Format not available",
        "The `Accept` header names no format of this address. You can add a suffix such as `.csv` instead.",
    ),
    "in-use": Problem(
        409, "Still needed", "Active records refer to this record. Correct or retract them first; `detail` names some."
    ),
    "confusable": Problem(
        409,
        "Looks like another",
        "A name looks like that of another record, spelt in other letters, or the same record exists already. "
        "`errors` names them.",
    ),
    "duplicate": Problem(
        409,
        "Probable duplicate",
        "A record with the same content exists already, and `errors` names it. Use that record, or send "
        "`allow_duplicate=1` if yours is another.",
    ),
    "idempotency-key-in-flight": Problem(
        409,
        "Same key in flight",
        "Another request with this Idempotency-Key is being answered. Send it again in a moment.",
    ),
    "length-required": Problem(
        411,
        "Length required",
        "Send the body with `Content-Length`. A body in chunks could be cut short unnoticed.",
    ),
    "stale": Problem(
        412,
        "Changed meanwhile",
        "The record was changed after the version that `If-Match` names. Read it again, then send your change with "
        "the new `ETag`.",
    ),
    "body-too-large": Problem(413, "Body too large", "The body is larger than this server accepts."),
    "uri-too-long": Problem(414, "Address too long", "The address is longer than this server accepts."),
    "unsupported-media-type": Problem(
        415, "Media type not supported", "Send `Content-Type: application/json` and an uncompressed body."
    ),
    "if-match-required": Problem(
        428,
        "If-Match required",
        "Send `If-Match` with the `ETag` of the version that you are changing, so that no other change is lost.",
    ),
    "too-many-requests": Problem(
        429,
        "Too many requests",
        "This address sent too many requests in a minute, its statistics and downloads took too many seconds, or this "
        "key sent too many writes. `Retry-After` has the seconds to wait.",
    ),
    "headers-too-large": Problem(431, "Headers too large", "The header fields are larger than this server accepts."),
    "invalid-parameter": Problem(
        422,
        "Invalid parameter",
        "A parameter has a value that cannot be used. `errors` shows which one, what is wrong and what is allowed.",
    ),
    "invalid-body": Problem(
        422,
        "Invalid body",
        "The body is JSON, but a field is missing, unknown or cannot be used. `errors` names each by its JSON pointer.",
    ),
    "unknown-record": Problem(
        422,
        "No such record",
        "A filter, or a field of the body, names a record or value that is not in this database. `errors` has the "
        "most similar ones.",
    ),
    "format-not-available": Problem(
        422,
        "Format not available for this list",
        "GeoJSON is available only for records with a place: events and claims.",
    ),
    "too-broad": Problem(
        422,
        "Question too broad",
        "The query took longer than this server allows, or its answer does not fit into a workbook. Narrow it with "
        "a filter, or download everything as CSV.",
    ),
    "idempotency-key-reused": Problem(
        422,
        "Key used for another request",
        "This Idempotency-Key has already been used with a different address, reason or body. Send a new one.",
    ),
    "no-right-answer": Problem(
        422,
        "No right answer",
        "The records behind the answer contradict each other, for example claims that supersede each other in a ring. "
        "`detail` names them.",
    ),
    "internal-error": Problem(500, "Internal error", "The server failed. Report the `request_id` to us."),
    "not-implemented": Problem(501, "Not implemented", "The server does not know this transfer coding or method."),
    "unavailable": Problem(
        503,
        "Database not available",
        "The database cannot be reached or is busy, or the server stops. Nothing was changed, unless `detail` says "
        "otherwise. Try again after `Retry-After` seconds.",
    ),
    "storage-full": Problem(
        507,
        "Disk full",
        "The server has no disk space left. Nothing was changed, and reading still works. Send it again when the "
        "operator has made room.",
    ),
}


class Fault(Strict):
    in_ = fields.String(data_key="in", metadata=describe("Location: query, path, header or body.", "query", RFC))
    name = fields.String(metadata=describe("Name of the parameter, or JSON pointer into the body.", "harm", RFC))
    message = fields.String(metadata=describe("What is wrong.", "Must be one of: killed, injured.", RFC))
    allowed = fields.List(
        fields.String(),
        metadata=describe("Allowed values, if they are a list.", ["killed", "injured"], x_absent="if there is no list"),
    )
    did_you_mean = fields.List(
        fields.String(),
        metadata=describe("The most similar names or values.", ["killed"], x_absent="if none is similar"),
    )


class ProblemOut(Strict):
    """Every error has this body, as `application/problem+json`."""

    type = fields.String(
        required=True,
        metadata=describe(
            "A URL that answers with an explanation.", "http://127.0.0.1:8000/v1/problems/unknown-parameter", RFC
        ),
    )
    title = fields.String(
        required=True, metadata=describe("The kind of problem in a few words.", "Unknown parameter", RFC)
    )
    status = fields.Integer(required=True, metadata=describe("HTTP status.", 400, RFC))
    detail = fields.String(
        required=True, metadata=describe("What is wrong with this request.", "There is no parameter hram.", RFC)
    )
    instance = fields.String(
        required=True, metadata=describe("The address of the request.", "/v1/claims?harn=killed", RFC)
    )
    errors = fields.List(
        fields.Nested(Fault),
        required=True,
        metadata=describe(
            "All faults.",
            [
                {
                    "in": "query",
                    "name": "hram",
                    "message": "Is not a parameter of this address.",
                    "did_you_mean": ["harm"],
                }
            ],
        ),
    )
    request_id = fields.String(
        required=True, metadata=describe("Send us this id when you report an error.", "cfe0604f0af6dc7a")
    )


class ProblemExplained(Strict):
    """The answer of a problem's `type` URL."""

    type = fields.String(
        metadata=describe("The URL itself.", "http://127.0.0.1:8000/v1/problems/unknown-parameter", RFC)
    )
    title = fields.String(metadata=describe("The kind of problem.", "Unknown parameter", RFC))
    status = fields.Integer(metadata=describe("HTTP status of the problem.", 400, RFC))
    explanation = fields.String(
        metadata=describe(
            "What it means and what to do.", "A parameter of the address does not exist here; look for `did_you_mean`."
        )
    )
