"""Words that readers try, and our names for the same thing: for `did_you_mean`, where spelling alone does not help."""

from collections.abc import Iterable

#: Our name of a parameter, a field or a word → what readers call it. For each word the names are in this order.
NAMES_BY_MEANING = {
    "stated_on": "date day when dated",
    "stated_day": "date day when dated",
    "from": "date since after start start_date date_from begin",
    "to": "until before end end_date date_to till",
    "published_on": "date day when dated",
    "stated_from": "since after date_from",
    "stated_to": "until before date_to",
    "harm": "deaths dead fatalities casualties killed wounded injuries losses victims",
    "killed": "deaths dead fatalities died deceased",
    "injured": "wounded injuries hurt",
    "conflict": "war",
    "event": "battle incident attack strike",
    "side": "party belligerent army force nation subject_side claimant_side",
    "subject_side": "party belligerent army force nation victim_side side camp",
    "members": "camp",
    "responsible_side": "perpetrator attacker killer culprit",
    "claimant": "speaker author who said_by actor organisation organization",
    "publisher": "newspaper outlet media",
    "source": "newspaper outlet media link document article",
    "admin1": "place location region province state",
    "country": "place location nation",
    "bbox": "place location near coordinates",
    "victim_status": "civilian civilians soldier soldiers combatant",
    "victim_sex": "gender sex women men",
    "victim_age": "age children",
    "language": "lang",
    "q": "search query text keyword keywords term contains",
    "sort": "order order_by orderby sort_by",
    "fields": "columns select include",
    "limit": "per_page page_size size top rows",
    "cursor": "page offset skip",
    "revision": "version",
    "best_min": "min minimum at_least",
    "best_max": "max maximum at_most",
    "dataset": "collection",
}
#: A parameter that no longer exists → what to send instead.
REPLACEMENTS = {"side": ("subject_side=",), "camp": ("subject_side=", "members=1")}
MEANINGS: dict[str, list[str]] = {}
for _name, _words in NAMES_BY_MEANING.items():
    for _word in _words.split():
        MEANINGS.setdefault(_word, []).append(_name)


def name_replacement(name: str, allowed_names: Iterable[str]) -> str:
    """Return the sentence that names what replaces a parameter, as far as it is allowed; empty: nothing does."""
    allowed = set(allowed_names)
    parameters = [text for text in REPLACEMENTS.get(name.lower(), ()) if text.partition("=")[0] in allowed]
    return f" Use {' and '.join(parameters)}." if parameters else ""
