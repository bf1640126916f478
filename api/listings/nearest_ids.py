"""Ids that somebody may mean who sends an id without a record, a part of an id, or a name."""

import difflib
import json
from collections.abc import Iterator
from typing import Any

from peewee import fn

from api.database.models import Claimant, Conflict, Event, Record, Side, Source
from api.database.statements import fetch_tuples
from api.listings.full_text import fold_text

MOST_IDS = 3
MOST_CANDIDATES = 200
#: The columns of names by which people know a record; the lists are JSON.
NAME_COLUMNS: dict[type[Record], tuple[Any, ...]] = {
    Conflict: (Conflict.name,),
    Side: (Side.name, Side.aliases),
    Claimant: (Claimant.name,),
    Event: (Event.name, Event.place, Event.place_aliases),
    Source: (Source.publisher, Source.title),
}
LISTS = (Side.aliases, Event.place_aliases)
#: The parameters that take ids of records with names.
NAMED_PARAMETERS: dict[str, type[Record]] = {
    **dict.fromkeys(("conflict", "recorded_conflict", "parent"), Conflict),
    **dict.fromkeys(("side", "subject_side", "responsible_side", "claimant_side", "member_of", "affiliation"), Side),
    "claimant": Claimant,
    "event": Event,
    "source": Source,
}


def nearest_ids(model: type[Record], text: str) -> list[str]:
    """Return up to three ids of active records whose id or name is `text`; or begins with it; or has a word that does.

    If there is none, return the ids that are spelt most like `text`.
    """
    words = fold_text(text)
    ranked = sorted(_rank_candidates(model, words)) if words else []
    best = [slug for rank, _, slug in ranked if rank == ranked[0][0]]
    return best[:MOST_IDS] or nearest_values(model.slug, "-".join(words.split()))


def _rank_candidates(model: type[Record], words: str) -> Iterator[tuple[int, int, str]]:
    """Yield rank, length and id of the records that have the words in their id or a name; the lowest is the best."""
    hyphened = "-".join(words.split())
    columns = NAME_COLUMNS.get(model, ())
    matches = model.slug.contains(hyphened)
    if columns:
        matches |= model.folded.contains(f" {words}")
    query = model.select(model.slug, *columns).where(matches, model.status == "active").limit(MOST_CANDIDATES)
    for slug, *values in fetch_tuples(query.order_by(fn.LENGTH(model.slug), model.slug)):
        names = [slug.replace("-", " "), *_folded_names(columns, values)]
        ranks = [_rank_name(name, words) for name in names]
        if best := min((rank for rank in ranks if rank), default=0):
            yield best, len(slug), slug


def _folded_names(columns: tuple[Any, ...], values: list[Any]) -> Iterator[str]:
    for column, value in zip(columns, values, strict=True):
        yield from map(fold_text, json.loads(value) if any(column is listed for listed in LISTS) else [value or ""])


def _rank_name(name: str, words: str) -> int:
    """Return 1 for the same name, 2 for one that begins so, 3 for one with a word that begins so, 0 for another."""
    if name == words:
        return 1
    if name.startswith(words):
        return 2
    return 3 if f" {words}" in name else 0


def nearest_values(column: Any, value: str) -> list[str]:
    """Return up to three values of `column` that are spelt most like `value`.

    Compare values with the same first four letters; if none fits, with the same first letter; if none, all.
    """
    query = column.model.select(column).distinct().order_by(column).limit(2000)
    for start in (value[:4], value[:1], ""):
        candidates = [candidate for (candidate,) in fetch_tuples(query.where(column.startswith(start))) if candidate]
        if nearest := difflib.get_close_matches(value, candidates, n=MOST_IDS, cutoff=0.6):
            return nearest
    return []
