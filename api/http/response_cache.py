"""Answers are kept compressed, and sent again before Flask sees the request (docs/developers/adr/0016).

What is too large to keep, or a stream, is compressed while it is sent.

An answer is kept for one state of the database: the next commit of any process drops all of them, a redaction too.
It is kept if it says so itself, by `Cache-Control: public` and a strong ETag, and if its length is known and small.
So no error is kept, no stream, and no answer to a request with a key.
"""

import time
from collections.abc import Callable, Hashable, Iterable
from typing import Any, NamedTuple

import peewee
from flask import Flask, Response
from werkzeug.datastructures import Headers
from werkzeug.http import parse_etags, unquote_etag
from werkzeug.wsgi import ClosingIterator

from api.config import Settings
from api.database.current_state import State, read_state
from api.database.snapshot import last_server
from api.http import rate_limits
from api.http.answer_store import Answer, AnswerStore, Question
from api.http.content_encodings import choose_encoding, compress, compress_parts, is_compressible
from api.http.formats import names_tag
from api.http.problems import REQUEST_ID, make_request_id
from api.http.query_strings import canonical_query
from api.http.reader_language import HEADER, prefer_language
from api.http.request_facts import HIT, MISS, note_cache
from schemas.pages import PAGE_TYPES

OTHER_SERVER = "an answer of another server than the state"  # no state is equal, so it is not kept
Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]
ANSWERS = "counterclaim-answers"  # the extension of the app that has the store
#: The beginnings of addresses whose answers come from the database: of version 1, and of pages.
ADDRESSES = ("/v1", *(f"/{record_type}/" for record_type in PAGE_TYPES))
#: Pages at exactly these addresses.
PAGES = ("/", "/embed", "/oembed")
DAY = 86_400  # seconds; the name of a download has the day
MOST_BYTES = 2_097_152  # of an answer before it is compressed
VARY = {"accept", "accept-encoding"}
#: The media type of pages, which also vary by the language that a reader prefers.
HTML = "text/html"
#: Headers that no address here reads in a GET, except to refuse it or to add a header.
UNUSUAL = (
    "HTTP_AUTHORIZATION", "HTTP_TRANSFER_ENCODING", "HTTP_ACCESS_CONTROL_REQUEST_PRIVATE_NETWORK", "HTTP_RANGE",
    "HTTP_COUNTERCLAIM_REVISION",
)  # fmt: skip
#: Header fields that each request has of its own.
OF_REQUEST = (REQUEST_ID, "RateLimit", "RateLimit-Policy")
#: Header fields that a 304 does not have, or whose value depends on If-None-Match.
OF_BODY = ("Content-Type", "Content-Length", "Content-Encoding", "Content-Disposition", "ETag")
#: Header fields about the bytes before they are compressed.
OF_IDENTITY = ("Accept-Ranges", "Repr-Digest")
SENT, UNCHANGED = "200 OK", "304 NOT MODIFIED"


def init_app(app: Flask, settings: Settings, handle: peewee.Database) -> None:
    """Put the cache before the app, unless its setting is 0."""
    if settings.response_cache_mb:
        app.extensions[ANSWERS] = store = AnswerStore(settings.response_cache_mb * 1_048_576)
        rates = app.extensions["counterclaim-rates"]
        app.wsgi_app = ResponseCache(app.wsgi_app, store, rates, handle)  # type: ignore[method-assign]
        app.after_request(_vary_by_encoding)


def _vary_by_encoding(answer: Response) -> Response:
    if answer.cache_control.public:
        answer.vary.add("Accept-Encoding")
    return answer


class Moment(NamedTuple):
    """What kept answers are of."""

    state: State
    day: int


class ResponseCache:
    """A WSGI application before another. It answers what was answered before, and compresses what it keeps."""

    def __init__(
        self, application: Application, store: AnswerStore, rates: rate_limits.Rates, handle: peewee.Database
    ) -> None:
        self.application, self.store, self.rates, self.handle = application, store, rates, handle

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        question = read_question(environ)
        state = read_state(self.handle) if question else None
        if question is None or state is None:
            return self.application(environ, start_response)
        moment = Moment(state, int(time.time()) // DAY)
        answer = self.store.find(moment, question)
        body = self._send_again(answer, question, environ, start_response) if answer else None
        note_cache(environ, MISS if body is None else HIT)
        return self._ask_application(moment, question, environ, start_response) if body is None else body

    def _send_again(
        self, answer: Answer, question: Question, environ: Environ, start_response: Any
    ) -> list[bytes] | None:
        """Send a kept answer. Return None where the application must: only an ETag is kept, or the quota is used up."""
        tag = find_sent_tag(answer.tag, question.encoding, environ)
        if tag is None and answer.body is None:
            return None
        quota = rate_limits.count_before_app(self.rates, environ)
        if quota is not None and quota.is_exceeded:
            return None
        of_request = [(REQUEST_ID, make_request_id()), *rate_limits.describe_quota(quota).items()]
        if tag is not None:
            start_response(UNCHANGED, [*answer.headers_unchanged, ("ETag", f'"{tag}"'), *of_request])
            return []
        start_response(SENT, [*answer.headers, *of_request])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body or b""]

    def _ask_application(
        self, moment: Any, question: Question, environ: Environ, start_response: Any
    ) -> Iterable[bytes]:
        """Let the application answer, and keep its answer if that is allowed. A HEAD is a GET without its body."""
        started: list[tuple[str, Any]] = []
        body = self.application(
            _without_encodings(environ, question), lambda status, headers, *_: started.append((status, headers))
        )
        status, headers = started[0][0], Headers(started[0][1])
        if last_server() not in (None, moment.state.server):
            moment = OTHER_SERVER
        if _is_for_all(headers):
            if status == UNCHANGED:
                self._keep_tag(moment, question, environ, headers)
            elif status == SENT and 0 <= headers.get("Content-Length", -1, type=int) <= MOST_BYTES:
                body = [self._keep_body(moment, question, headers, _read_whole(body))]
            elif status == SENT and question.encoding and is_compressible(headers.get("Content-Type", "")):
                body = _compress_stream(question.encoding, headers, body)
        start_response(status, headers.to_wsgi_list())
        if environ["REQUEST_METHOD"] == "HEAD":
            _close(body)
            return []
        return body

    def _keep_tag(self, moment: Hashable, question: Question, environ: Environ, headers: Headers) -> None:
        """Keep that an ETag is the one of now, and name it as the client did: `"1f3a-gzip"`."""
        tag, _ = unquote_etag(headers["ETag"])
        self.store.keep(moment, question, Answer(tag, [], _drop_fields(headers, OF_BODY), None))
        headers["ETag"] = f'"{find_sent_tag(tag, question.encoding, environ) or tag}"'

    def _keep_body(self, moment: Hashable, question: Question, headers: Headers, content: bytes) -> bytes:
        """Keep an answer in the encoding of the question. Return its bytes, and change `headers` to fit them."""
        tag, _ = unquote_etag(headers["ETag"])
        compressed = compress(content, question.encoding)
        if compressed is not None:
            headers["Content-Encoding"] = question.encoding
            headers["Content-Length"] = str(len(compressed))
            headers["ETag"] = f'"{_name_tag(tag, question.encoding)}"'
            for name in OF_IDENTITY:
                headers.pop(name, None)
        body = content if compressed is None else compressed
        self.store.keep(moment, question, Answer(tag, _drop_fields(headers, ()), _drop_fields(headers, OF_BODY), body))
        return body


def _compress_stream(encoding: str, headers: Headers, body: Iterable[bytes]) -> Iterable[bytes]:
    """Return what is too large to keep, compressed part by part, and change `headers` to fit it."""
    tag, _ = unquote_etag(headers["ETag"])
    for name in ("Content-Length", *OF_IDENTITY):
        headers.pop(name, None)
    headers["Content-Encoding"] = encoding
    headers["ETag"] = f'"{_name_tag(tag, encoding)}"'
    # The answer is closed also if no part of it is ever asked for.
    return ClosingIterator(compress_parts(body, encoding), lambda: _close(body))


def read_question(environ: Environ) -> Question | None:
    """Return what a request asks for. Return None for one whose answer is never kept, or may not be the same to all."""
    path, host = environ.get("PATH_INFO", ""), environ.get("HTTP_HOST")
    if (
        not host
        or environ["REQUEST_METHOD"] not in rate_limits.SAFE
        or not (path in PAGES or path.startswith(ADDRESSES))
    ):
        return None
    if any(name in environ for name in UNUSUAL) or environ.get("CONTENT_LENGTH") not in (None, "", "0"):
        return None
    if "HTTP_IF_MODIFIED_SINCE" in environ and "HTTP_IF_NONE_MATCH" not in environ:
        return None  # only files of pinned answers have a date
    query = canonical_query(environ.get("QUERY_STRING", ""))
    if query is None:
        return None
    encoding = choose_encoding(environ.get("HTTP_ACCEPT_ENCODING", ""))
    accepted = environ.get("HTTP_ACCEPT", "")
    may_be_page = HTML in accepted or "*" in accepted or not accepted
    language = prefer_language(environ.get("HTTP_ACCEPT_LANGUAGE", "")) if may_be_page else ""
    return Question(host, path, query, accepted, encoding, language)


def find_sent_tag(tag: str, encoding: str, environ: Environ) -> str | None:
    """Return the ETag in If-None-Match that names the same answer, compressed as now or not at all; else None."""
    sent_tags = environ.get("HTTP_IF_NONE_MATCH")
    if not sent_tags:
        return None
    tags = parse_etags(sent_tags)
    return next((name for name in (_name_tag(tag, encoding), tag) if names_tag(tags, name)), None)


def _name_tag(tag: str, encoding: str) -> str:
    """Return the ETag of an answer in an encoding, whose bytes are others: `1f3a` in gzip is `1f3a-gzip`."""
    return f"{tag}-{encoding}" if encoding else tag


def _without_encodings(environ: Environ, question: Question) -> Environ:
    """Return the request as the application must see it, which knows no encodings."""
    changes = {"REQUEST_METHOD": "GET"}
    if question.encoding and "HTTP_IF_NONE_MATCH" in environ:
        changes["HTTP_IF_NONE_MATCH"] = environ["HTTP_IF_NONE_MATCH"].replace(f"-{question.encoding}", "")
    return environ | changes


def _is_for_all(headers: Headers) -> bool:
    """Return whether every client with the same question may get this answer."""
    varied = {name.strip().lower() for name in headers.get("Vary", "").split(",")}
    return (
        headers.get("Cache-Control", "").startswith("public")
        and headers.get("ETag", "").startswith('"')
        and varied - {HEADER.lower()} == VARY
        and "Set-Cookie" not in headers
        and "Content-Encoding" not in headers
    )


def _drop_fields(headers: Headers, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the header fields without those of the request and those with these names."""
    dropped = {name.lower() for name in (*OF_REQUEST, *names)}
    return [(name, value) for name, value in headers.to_wsgi_list() if name.lower() not in dropped]


def _read_whole(body: Iterable[bytes]) -> bytes:
    try:
        return b"".join(body)
    finally:
        _close(body)


def _close(body: Iterable[bytes]) -> None:
    """End what the answer keeps open, as a server does after the last byte."""
    if hasattr(body, "close"):
        body.close()
