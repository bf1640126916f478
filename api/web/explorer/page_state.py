"""The state of the explorer, written as its canonical address and in words."""

import functools
import urllib.parse
from collections.abc import Iterable, Mapping
from typing import Any

from api.history.revisions import current_revision
from api.http.query_strings import QueryParser
from api.http.reader_language import PARAMETER, read_language_choice
from api.listings.references import Ref, cached_references
from api.pictures.words import begin_sentence, write_day
from schemas.explorer import ANY_HARM
from schemas.labels import label_plural, label_word
from schemas.language_files import DEFAULT_LANGUAGE
from schemas.messages import translate
from schemas.pictures import CONTROLS
from schemas.vocabularies import HARM, VICTIM_STATUS

PARSER = QueryParser()
State = dict[str, Any]
#: Values that an address need not repeat.
DEFAULTS = {
    "view": "who", "harm": "killed", "basis": "both", "policy": "envelope", "scale": "ratio", "span": "war",
    "lang": DEFAULT_LANGUAGE,
}  # fmt: skip
#: Parameters in the order of the address, those of the question first.
ORDER = (
    "view", "conflict", "subject_side", "harm", "victim_status", "basis", "policy", "claimant", "as_of", "sort",
    "scale", "q", "from", "to", "cursor", "at", "span", "lang", "revision", "release",
)  # fmt: skip


def write_query(state: Mapping[str, Any], without: Iterable[str] = (), **changes: Any) -> str:
    """Return the canonical query string of a state: in one order, without defaults and trackers."""
    values = {**state, **changes}
    removed = frozenset(without)
    return urllib.parse.urlencode(
        {
            name: _write_value(values[name])
            for name in ORDER
            if name not in removed and values.get(name) is not None and values[name] != DEFAULTS.get(name)
        },
        safe=",:",
    )


def write_address(state: Mapping[str, Any], path: str = "/", **changes: Any) -> str:
    query = write_query(state, **changes)
    return f"{path}?{query}" if query else path


def write_link(state: Mapping[str, Any], **changes: Any) -> str:
    """Return the address of a state as a page links to it: with `lang`, if the address of the page has it."""
    query = write_query(state, (PARAMETER,), **changes)
    parts = "&".join(filter(None, (query, urllib.parse.urlencode(read_language_choice()))))
    return f"/?{parts}" if parts else "/"


def _write_value(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def change_view(state: Mapping[str, Any], view: str) -> State:
    """Return the state in another view, on its first page and in its usual order."""
    changed = {name: value for name, value in state.items() if name not in ("sort", "cursor", "at", "span")}
    if changed["harm"] == ANY_HARM:
        changed["harm"] = DEFAULTS["harm"]
    return {**changed, "view": view}


def find_conflict(state: Mapping[str, Any]) -> Ref | None:
    """Return the conflict of the state with its name; None: all, or one that this database lacks."""
    return find_name(cached_references(current_revision()).conflicts.values(), state.get("conflict"))


def find_side(state: Mapping[str, Any]) -> Ref | None:
    return find_name(cached_references(current_revision()).sides.values(), state.get("subject_side"))


def find_name(references: Iterable[Ref | None], slug: str | None) -> Ref | None:
    return next((ref for ref in references if ref and ref["id"] == slug), None) if slug else None


def write_title(state: Mapping[str, Any]) -> str:
    """Return the question in words: of the filters only those that the view asks by."""
    view, language = state["view"], state["lang"]

    def has(name: str) -> bool:
        return name in CONTROLS[view] and bool(state.get(name))

    side = find_side(state) if has("subject_side") else None
    conflict = find_conflict(state)
    say = functools.partial(translate, language)
    is_any = state["harm"] == ANY_HARM
    harm = say("explorer.any_harm") if is_any else label_word(HARM, state["harm"], language)
    is_together = view == "map" or state.get("subject_side") == "all"
    parts = [
        side["name"] if side else say("side.together" if is_together else "explorer.each_side"),
        label_plural(VICTIM_STATUS, state["victim_status"], language) if has("victim_status") else "",
        conflict["name"] if conflict else say("picture.all_conflicts"),
        say("explorer.title.words", words=state["q"]) if has("q") else "",
        *(say(f"explorer.title.{name}", day=state[name]) for name in ("from", "to") if has(name)),
        *_say_clocks(state),
    ]
    return say("explorer.title", harm=begin_sentence(harm), parts=", ".join(part for part in parts if part))


def _say_clocks(state: Mapping[str, Any]) -> list[str]:
    """Return what was known: by a day, at a revision or release, or today."""
    language = state["lang"]
    pins = [name for name in ("revision", "release") if state.get(name) is not None]
    pinned = [translate(language, f"explorer.at.{name}", name=str(state[name])) for name in pins]
    if state.get("as_of"):
        return [translate(language, "explorer.known", day=write_day(state["as_of"], language)), *pinned]
    return pinned or [translate(language, "explorer.known.today")]
