"""The address and the cache key of a question: of its answer, of its next page, and of questions like it.

Nothing else in version 1 reads the path or the query string of a request.
"""

import urllib.parse
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import current_app, request

from api.history.revisions import identify_content
from api.http.formats import compute_etag
from api.v1.shared.pinning import PINS
from schemas.responses import FEED_FORMATS

#: Parameters of the form of an answer, which the address of a question like it does not repeat.
SHAPE_PARAMETERS = frozenset(
    {
        "fields",
        "format",
        "pretty",
        "bom",
        "hxl",
        "shape",
        "row",
        "reason",
        "sort",
        "limit",
        "cursor",
        "evidence",
        "grid",
    }
)

FEED_SHAPE = ("format", "limit", "pretty")


def tag_of(question: Mapping[str, Any], format_name: str) -> str:
    """Return the ETag of a data revision, path, query, format and the public settings."""
    config = current_app.config
    public_settings = [config["PUBLIC_URL"], config["LICENCE"], config["CONTACT"], config["CODE"]]
    return compute_etag(identify_content(), request.path, _canonical_question(question), format_name, public_settings)


def tag_content(data: Any, question: Mapping[str, Any]) -> str:
    """Return the ETag of the content of an answer that no revision changes."""
    return compute_etag(data, request.path, _canonical_question(question))


def _canonical_question(question: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in sorted(question.items()) if name != "format"}


def request_address(args: Mapping[str, str] | None = None, path: str | None = None) -> str:
    """Return the full URL of this request. `args` and `path` replace its arguments and its path."""
    return _join_query(path or request.path, _write_query(request.args.to_dict() if args is None else args))


def page_address(cursor: str) -> str:
    """Return the full URL of the page that begins after the cursor."""
    return request_address({**request.args.to_dict(), "cursor": cursor})


def newest_address() -> str:
    """Return the full URL of this request without its pins: it asks for the newest version."""
    return request_address(sent_arguments(PINS))


def json_address(format_name: str) -> str | None:
    """Return the address of the same question as JSON, which has the warnings. Return None for a POST."""
    if request.method == "POST":
        return None
    return request_address(sent_arguments(("format", "bom", "hxl")), request.path.removesuffix(f".{format_name}"))


def feed_identity() -> str:
    """Return the address of the question of a feed, whatever its format and length: entries have it in their id."""
    path, _, suffix = request.path.rpartition(".")
    return request_address(sent_arguments(FEED_SHAPE), path if suffix in FEED_FORMATS else request.path)


def feed_addresses() -> dict[str, str]:
    """Return the address of the feed of this question in each format of feeds."""
    path = request.path.rpartition(".")[0] if "." in request.path else request.path
    arguments = sent_arguments(SHAPE_PARAMETERS.union(PINS))
    return {name: request_address(arguments, f"{path}.{name}") for name in FEED_FORMATS}


def pinned_address(revision: int) -> str:
    """Return the address of the answer to the question of a feed at a revision, as JSON."""
    path, _, suffix = request.path.rpartition(".")
    arguments = sent_arguments(FEED_SHAPE) | {"revision": str(revision)}
    return request_address(arguments, path if suffix in FEED_FORMATS else request.path)


def format_address(format_name: str, suffix: str) -> str:
    """Return the address of the same question, which was asked in `format_name`, in the format of `suffix`."""
    path = request.path.removesuffix(f".{format_name}")
    return request_address(sent_arguments(("format", "bom")), f"{path}.{suffix}")


def file_address(format_name: str, suffix: str) -> str:
    """Return the address of the file beside this one, with the same parameters: the CSV of `.csv-metadata.json`."""
    path = request.path.removesuffix(f".{format_name}")
    return request_address(sent_arguments(("format",)), f"{path}.{suffix}")


def columns_address(format_name: str) -> str | None:
    """Return the address of what the columns of this CSV or TSV file are. Return None for another format or a POST."""
    if format_name not in ("csv", "tsv") or request.method == "POST":
        return None
    return file_address(format_name, f"{format_name}-metadata.json")


def similar_address(path: str | None = None, without: Iterable[str] = (), **added: str) -> str:
    """Return the full URL of the question of `similar_query`. `path` replaces the path of this request."""
    return _join_query(path or request.path, similar_query(without, **added))


def similar_query(without: Iterable[str] = (), **added: str) -> str:
    """Return the request's query string with `added`, without the parameters of shape and those of `without`."""
    return _write_query(sent_arguments(SHAPE_PARAMETERS.union(without)) | added)


def sent_arguments(without: Iterable[str]) -> dict[str, str]:
    """Return the parameters as they were sent, without some."""
    removed = frozenset(without)
    return {name: value for name, value in request.args.items() if name not in removed}


def read_pins() -> dict[str, str]:
    """Return the `revision` or `release` of the request. Links repeat it, so that they lead to the same records."""
    return {name: request.args[name] for name in PINS if name in request.args}


def address_of(path: str, **args: str) -> str:
    return _join_query(path, urllib.parse.urlencode(args))


def claim_address(claim: str) -> str:
    """Return the URL of a claim at the revision of this request."""
    return write_claim_addresses()(claim)


def write_claim_addresses() -> Callable[[str], str]:
    """Return `claim_address` as a function that reads the request once, for answers with thousands of claims."""
    base, query = address_of("/v1/claims/"), urllib.parse.urlencode(read_pins())
    return lambda claim: f"{base}{claim}" + (f"?{query}" if query else "")


def page_of_view(without: Iterable[str]) -> str:
    """Return the address of the page of the same state: the parameters of this request without those of a form."""
    return request_address(sent_arguments(without), "/")


def _write_query(args: Mapping[str, str]) -> str:
    return urllib.parse.urlencode(args, safe=",:/")


def _join_query(path: str, query: str) -> str:
    return f"{current_app.config['PUBLIC_URL']}{path}" + (f"?{query}" if query else "")
