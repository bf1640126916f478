"""The body of every error (RFC 9457), and every type of problem with its explanation."""

from typing import NamedTuple

from marshmallow import fields

from schemas.envelopes import Strict
from schemas.fields import about

RFC = "RFC 9457"


class Problem(NamedTuple):
    status: int
    title: str
    explanation: str


PROBLEMS: dict[str, Problem] = {
    "unknown-parameter": Problem(
        400,
        "Unknown parameter",
        "The query string has a name that this address does not know. Nothing was answered, because a misspelt filter "
        "that is ignored would return everything. `errors` names it and the most similar name.",
    ),
    "repeated-parameter": Problem(
        400,
        "Repeated parameter",
        "A parameter stands more than once in the query string. Several values go into one, separated by commas: "
        "`harm=killed,injured`.",
    ),
    "bad-query": Problem(
        400,
        "Query string cannot be read",
        "The query string is not valid percent-encoded UTF-8, or holds a control character. With curl: "
        "`curl -G --data-urlencode 'q=Կարաբաղ' …`.",
    ),
    "bad-cursor": Problem(
        400,
        "Cursor cannot be used",
        "A cursor comes from `links.next` of the answer before, and goes only with the same filters and order.",
    ),
    "bad-request": Problem(
        400,
        "Bad request",
        "The request is not well-formed HTTP, or not meant for this host. "
        "Letters outside ASCII must be percent-encoded: `curl -G --data-urlencode 'q=Կարաբաղ' …`.",
    ),
    "invalid-json": Problem(400, "Not JSON", "The body is not JSON (RFC 8259). Nothing was changed."),
    "invalid-utf8": Problem(400, "Not UTF-8", "The body is not UTF-8. Nothing was changed."),
    "duplicate-key": Problem(
        400, "Field named twice", "An object of the body names a field twice: nobody knows which was meant."
    ),
    "json-too-deep": Problem(400, "Nested too deeply", "Arrays and objects stand at most 16 deep within each other."),
    "number-out-of-range": Problem(
        400, "Number out of range", "A number in the body has more than 19 digits: not every reader would keep it."
    ),
    "too-many-keys": Problem(400, "Too many fields", "An object of the body has more than 64 fields."),
    "incomplete-body": Problem(
        400, "Body cut short", "Fewer bytes came than `Content-Length` names. Nothing was changed; send it again."
    ),
    "idempotency-key-required": Problem(
        400,
        "Idempotency-Key required",
        "A POST that adds records carries an `Idempotency-Key` of 1 to 255 characters of your own making, so that it "
        "can be sent again after a broken connection without adding anything twice.",
    ),
    "unauthorized": Problem(
        401, "Key required", "Send `Authorization: Bearer <key>`. The key is missing, unknown, expired or revoked."
    ),
    "forbidden": Problem(403, "Scope missing", "The key is good, but was not given the scope that this needs."),
    "not-found": Problem(404, "Not found", "No record or page has this address. `/v1` lists every address."),
    "method-not-allowed": Problem(405, "Method not allowed", "The `Allow` header lists the methods of this address."),
    "not-acceptable": Problem(
        406,
        "Format not available",
        "The `Accept` header names no format of this address. A suffix such as `.csv` says it plainly.",
    ),
    "in-use": Problem(
        409, "Still needed", "Standing records refer to it. Correct or retract those first; `detail` names some."
    ),
    "confusable": Problem(
        409,
        "Looks like another",
        "A name looks like that of another record, spelt in other letters, or the whole record is there already. "
        "`errors` says which.",
    ),
    "idempotency-key-in-flight": Problem(
        409,
        "Same key in flight",
        "Another request with this Idempotency-Key is being answered. Send it again in a moment.",
    ),
    "length-required": Problem(
        411,
        "Length required",
        "A body is sent with `Content-Length`: one in chunks could be cut without anybody knowing.",
    ),
    "stale": Problem(
        412,
        "Changed meanwhile",
        "The record was changed since the version that `If-Match` names. Read it again and decide anew.",
    ),
    "body-too-large": Problem(413, "Body too large", "The body is larger than this server takes."),
    "uri-too-long": Problem(414, "Address too long", "The address is longer than this server takes."),
    "unsupported-media-type": Problem(
        415, "Media type not supported", "Send `Content-Type: application/json`, and the body not compressed."
    ),
    "if-match-required": Problem(
        428,
        "If-Match required",
        "A correction names in `If-Match` the `ETag` of the version that it corrects, so that nobody's change is lost.",
    ),
    "too-many-requests": Problem(
        429,
        "Too many requests",
        "More was asked in a minute than one address may ask, or one key write. `RateLimit-Policy` tells the quota, "
        "`Retry-After` the seconds until it is whole again.",
    ),
    "headers-too-large": Problem(431, "Headers too large", "The header fields are larger than this server takes."),
    "invalid-parameter": Problem(
        422,
        "Invalid parameter",
        "A parameter is known but its value cannot be used. `errors` says which, what was wrong and what is allowed.",
    ),
    "invalid-body": Problem(
        422,
        "Invalid body",
        "The body is JSON, but a field is missing, unknown or cannot be used. `errors` names each by its JSON pointer.",
    ),
    "unknown-record": Problem(
        422,
        "No such record",
        "A filter, or a field of the body, names a record or value that this database does not hold. `errors` has "
        "those spelt most like it.",
    ),
    "format-not-available": Problem(
        422, "Format not available for this list", "GeoJSON is there only for records with a place: events and claims."
    ),
    "too-broad": Problem(
        422,
        "Question too broad",
        "The question took longer than one question may, or its answer does not fit into a workbook. Narrow it by a "
        "filter, or take the whole as CSV.",
    ),
    "idempotency-key-reused": Problem(
        422,
        "Key used for another request",
        "This Idempotency-Key came before with another address or body. Make a new one.",
    ),
    "no-right-answer": Problem(
        422,
        "No right answer",
        "The question has no answer that would be right, such as dates for running totals, or figures that include "
        "each other in a ring. `detail` says why and what to ask instead.",
    ),
    "internal-error": Problem(500, "Internal error", "Our fault. Tell us the `request_id`."),
    "not-implemented": Problem(501, "Not implemented", "The server does not know this transfer coding or method."),
    "unavailable": Problem(
        503,
        "Database not available",
        "The database cannot be reached or is busy. Nothing was changed; try again after `Retry-After` seconds.",
    ),
    "storage-full": Problem(
        507,
        "Disk full",
        "There is no room for what was to be written. Nothing was changed, and reading goes on. Send it again when "
        "whoever runs this server has made room.",
    ),
}


class Fault(Strict):
    in_ = fields.String(data_key="in", metadata=about("Where: query, path, header or body.", "query", RFC))
    name = fields.String(metadata=about("Name of the parameter, or JSON pointer into the body.", "harm", RFC))
    message = fields.String(metadata=about("What is wrong.", "Must be one of: killed, injured.", RFC))
    allowed = fields.List(
        fields.String(), metadata=about("What would be right, where that is a list.", ["killed", "injured"])
    )
    did_you_mean = fields.List(fields.String(), metadata=about("What is spelt most like it.", ["killed"]))


class ProblemOut(Strict):
    """Every error has this body, as `application/problem+json`."""

    type = fields.String(
        required=True,
        metadata=about(
            "A URL that answers with an explanation.", "http://127.0.0.1:8000/v1/problems/unknown-parameter", RFC
        ),
    )
    title = fields.String(
        required=True, metadata=about("The kind of problem in a few words.", "Unknown parameter", RFC)
    )
    status = fields.Integer(required=True, metadata=about("HTTP status.", 400, RFC))
    detail = fields.String(required=True, metadata=about("What was wrong this time.", "Unknown: hram.", RFC))
    instance = fields.String(
        required=True, metadata=about("The address that was asked.", "/v1/claims?harn=killed", RFC)
    )
    errors = fields.List(
        fields.Nested(Fault),
        required=True,
        metadata=about(
            "Each fault.",
            [{"in": "query", "name": "hram", "message": "Is not a parameter here.", "did_you_mean": ["harm"]}],
        ),
    )
    request_id = fields.String(
        required=True, metadata=about("Tell us this when you report an error.", "cfe0604f0af6dc7a")
    )


class ProblemExplained(Strict):
    """What a problem's `type` URL answers."""

    type = fields.String(metadata=about("The URL itself.", "http://127.0.0.1:8000/v1/problems/unknown-parameter", RFC))
    title = fields.String(metadata=about("The kind of problem.", "Unknown parameter", RFC))
    status = fields.Integer(metadata=about("HTTP status with which it comes.", 400, RFC))
    explanation = fields.String(
        metadata=about(
            "What it means and what to do.", "A parameter of the address does not exist here; look for `did_you_mean`."
        )
    )
