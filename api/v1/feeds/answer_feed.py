"""Answer with a feed, as Atom or as JSON Feed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Response, current_app

from api.history import revisions
from api.http.formats import MEDIA_TYPES
from api.http.problems import ApiProblem, make_fault
from api.v1.feeds.atom import write_atom
from api.v1.feeds.feed_parts import Feed, FeedEntry
from api.v1.feeds.json_feed import write_json_feed
from api.v1.shared.addresses import json_address, request_address
from api.v1.shared.question_filters import select_filters
from schemas.fields import NONE

WRITERS: dict[str, Callable[[Feed, bool], Any]] = {"atom": write_atom, "jsonfeed": write_json_feed}
#: Parameters that a feed does not have: it follows the newest state, and has entries in place of rows.
WITHOUT = ("revision", "release", "sort", "fields", "cursor", "shape", "bom", "hxl")


def refuse_parameters(question: Mapping[str, Any], format_name: str, more: Sequence[str] = ()) -> None:
    """Raise the problem of a parameter that a feed does not have."""
    for name in (*WITHOUT, *more):
        if name in question:
            message = f"A feed does not have this parameter. Leave it out, or leave out .{format_name}."
            raise ApiProblem("invalid-parameter", f"{name}: {message}", [make_fault("query", name, message)])


def answer_feed(format_name: str, title: str, entries: Sequence[FeedEntry], pretty: bool = False) -> Response:
    """Return the feed of the address of the request."""
    config = current_app.config
    address = request_address()
    answer = json_address(format_name) or address
    begun_at = revisions.read_first_moment()
    feed = Feed(title, address, answer, config["PUBLIC_URL"], config["LICENCE"], entries, begun_at)
    return Response(WRITERS[format_name](feed, pretty), content_type=f"{MEDIA_TYPES[format_name]}; charset=utf-8")


def describe_question(what: str, question: Mapping[str, Any]) -> str:
    """Return the title of a feed or file: `Counterclaim: claims, subject side alpha, harm killed`.

    That of a statistic ends with its groups: `by event and harm`.
    """
    groups = {"by": " and ".join(question["group_by"])} if "group_by" in question else {}
    described = {**select_filters(question), **groups}
    return ", ".join([f"Counterclaim: {what}", *(_describe_filter(*item) for item in described.items())])


def _describe_filter(name: str, value: Any) -> str:
    values = value if isinstance(value, tuple) else (value,)
    words = " or ".join("not stated" if word in (None, NONE) else str(word).replace("_", " ") for word in values)
    return f"{name.replace('_', ' ')} {words}"
