"""The language of a page: that of its address, else the one that the reader's browser prefers."""

import functools
import urllib.parse
from collections.abc import Mapping
from typing import Any

from flask import Response, request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from schemas.language_files import DEFAULT_LANGUAGE, LANGUAGES

HEADER, PARAMETER = "Accept-Language", "lang"


@functools.lru_cache(1_000)
def prefer_language(accepted: str) -> str:
    """Return our language that a header prefers: `uk, ru;q=0.8` → `ru`. English if it names none of ours.

    `best_match` of Werkzeug would answer `en-GB, ru;q=0.8` with `ru`, which is named exactly.
    """
    for tag, quality in parse_accept_header(accepted, LanguageAccept):
        language = tag.partition("-")[0].lower()
        if quality > 0 and language in LANGUAGES:
            return language
    return DEFAULT_LANGUAGE


def choose_language(question: Mapping[str, Any]) -> str:
    """Return the language of a page: its parameter `lang`, else the header of the request."""
    return str(question.get(PARAMETER) or prefer_language(request.headers.get(HEADER, "")))


def choose_problem_language() -> str:
    """Return the language of a page about a problem, also where the parameter `lang` is the problem."""
    sent = request.args.get(PARAMETER)
    return choose_language({PARAMETER: sent} if sent in LANGUAGES else {})


def read_language_choice() -> dict[str, str]:
    """Return the `lang` of the request, which the links of its page repeat. Empty: the header says it again."""
    return {PARAMETER: request.args[PARAMETER]} if request.args.get(PARAMETER) else {}


def switch_language(language: str) -> str:
    """Return the address of this page in another language."""
    query = urllib.parse.urlencode({**request.args, PARAMETER: language}, safe=",:")
    return f"{request.path.removeprefix('/v1')}?{query}"


def vary_by_language(answer: Response) -> Response:
    """Tell caches that a page without `lang` is in the language of its reader."""
    answer.vary.add(HEADER)
    return answer
