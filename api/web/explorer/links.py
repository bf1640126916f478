"""The addresses of a state: its page, its frame, its pictures, its data and its feed."""

import urllib.parse
from collections.abc import Mapping
from html import escape
from typing import Any

from flask import current_app

from api.http.formats import MEDIA_TYPES
from api.http.reader_language import PARAMETER
from api.v1.pictures.views import DRAWINGS
from api.web.explorer.asking import write_data_address
from api.web.explorer.page_state import DEFAULTS, find_side, write_address, write_query
from schemas.explorer import ANY_HARM
from schemas.labels import label_plural, label_word
from schemas.language_files import DEFAULT_LANGUAGE, LANGUAGES, load_language
from schemas.messages import translate
from schemas.pictures import CONTROLS, WITH_CONFLICT
from schemas.responses import FEED_FORMATS
from schemas.statistics.casualties import BASES, POLICIES
from schemas.vocabularies import VICTIM_STATUS

State = Mapping[str, Any]
Links = dict[str, str | None]
FRAME = (800, 600)  # pixels of a frame; in the snippet it is as wide as the text around it
CARD = {"width": "1200", "height": "630"}  # pixels of the picture beside a shared link
PAGE_PARAMETERS = ("cursor",)  # of the page, whose pictures begin with the first row
#: Parameters of the page that feeds of claims have too.
FEED_FILTERS = ("conflict", "harm", "subject_side", "victim_status", "claimant", "q", "from", "to", "as_of")


def make_links(state: State, title: str) -> Links:
    """Return the addresses of a state. Those that other sites use begin with the public URL."""
    public_url, state = current_app.config["PUBLIC_URL"], drop_unused_filters(state)
    frame = f"{public_url}/embed?{write_frame_query(state)}"
    canonical = public_url + write_address(state)
    return {
        "canonical": canonical,
        "frame": frame,
        "snippet": write_snippet(frame, title, "100%", FRAME[1]),
        "svg": write_picture_address(state, "svg"),
        "png": write_picture_address(state, "png"),
        "card": _add_public_url(write_picture_address(state, "png", **CARD)),
        "oembed": f"{public_url}/oembed?format=json&url={urllib.parse.quote(canonical, safe='')}",
        **_write_data_addresses(state),
    }


def write_frame_query(state: State) -> str:
    """Return the query of a frame, with the language always: another page shows it, to readers of any language."""
    query = write_query(state, (PARAMETER,))
    return "&".join(filter(None, (query, f"{PARAMETER}={state[PARAMETER]}")))


def list_translations(state: State) -> dict[str, str]:
    """Return the public address of a state in each language, and as `x-default` the one for readers of any language."""
    used = drop_unused_filters(state)
    addresses = {tag: current_app.config["PUBLIC_URL"] + write_address(used, lang=tag) for tag in LANGUAGES}
    return {**addresses, "x-default": addresses[DEFAULT_LANGUAGE]}


def list_languages(state: State) -> dict[str, tuple[str, str]]:
    """Return the other languages of a page: the name of each in its own words, and the address of the page in it."""
    query = write_query(state, (PARAMETER,))
    return {
        tag: (load_language(tag).name, "/?" + "&".join(filter(None, (query, f"{PARAMETER}={tag}"))))
        for tag in LANGUAGES
        if tag != state["lang"]
    }


def drop_unused_filters(state: State) -> State:
    """Return the state without the filters that its view does not use: they do not change what it shows."""
    unused = _find_unused(state)
    usual = {name: DEFAULTS[name] for name in unused if name in DEFAULTS}
    return {name: value for name, value in state.items() if name not in unused} | usual


def _find_unused(state: State) -> list[str]:
    """Return the filters that the view of a state does not use, in the order of the views."""
    used = set(CONTROLS[state["view"]])
    if state["policy"] != "claimant":
        used.discard("claimant")
    return [name for name in dict.fromkeys(name for names in CONTROLS.values() for name in names) if name not in used]


def describe_unused(state: State) -> str:
    """Return the filters of a state that its view does not use, in words; empty: it uses all."""
    language = state["lang"]
    sent = [name for name in _find_unused(state) if state.get(name, DEFAULTS.get(name)) != DEFAULTS.get(name)]
    return ", ".join(f"{translate(language, f'filter.{name}')} ({_name_value(name, state)})" for name in sent)


def _name_value(name: str, state: State) -> str:
    """Return the value of a filter as its control has it."""
    language, value = state["lang"], state[name]
    match name:
        case "basis":
            return label_plural(BASES, value, language)
        case "policy":
            return label_word(POLICIES, value, language)
        case "victim_status":
            return label_plural(VICTIM_STATUS, value, language)
        case "span":
            return translate(language, f"explorer.span.{value}")
        case "subject_side":
            return str((find_side(state) or {"name": value})["name"])
    return str(value)


def _write_data_addresses(state: State) -> Links:
    """Return the addresses of the data; none for a view that still needs a conflict."""
    suffixes = {"data": "", "csv": ".csv", "xlsx": ".xlsx"}
    if state["view"] in WITH_CONFLICT and not state.get("conflict"):
        return dict.fromkeys(suffixes)
    return {name: write_data_address(state, suffix) for name, suffix in suffixes.items()}


def list_feeds(state: State) -> list[dict[str, str]]:
    """Return the feeds of the claims of the question."""
    used = drop_unused_filters(state)
    sent = {name: used[name] for name in FEED_FILTERS if used.get(name) and used[name] != ANY_HARM}
    query = urllib.parse.urlencode(sent, safe=",:/")
    address = f"{current_app.config['PUBLIC_URL']}/v1/claims."
    return [
        {"type": MEDIA_TYPES[name], "address": address + name + (f"?{query}" if query else "")} for name in FEED_FORMATS
    ]


def _add_public_url(path: str | None) -> str | None:
    return path and current_app.config["PUBLIC_URL"] + path


def write_picture_address(state: State, suffix: str, **form: str) -> str | None:
    """Return the address of the picture of a state; None where the view has no picture."""
    if state["view"] not in DRAWINGS or (state["view"] in WITH_CONFLICT and not state.get("conflict")):
        return None
    if state["policy"] == "claimant" and not state.get("claimant"):
        return None
    query = "&".join(filter(None, (write_query(state, PAGE_PARAMETERS), urllib.parse.urlencode(form))))
    return f"/v1/picture.{suffix}" + (f"?{query}" if query else "")


def write_snippet(frame: str, title: str, width: int | str, height: int) -> str:
    """Return the HTML of a frame."""
    return (
        f'<iframe src="{escape(frame)}" title="{escape(title)}" width="{width}" height="{height}" loading="lazy">'
        "</iframe>"
    )
