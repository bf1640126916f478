"""The facts that every citation states, whatever its style: who, how many, of whom, which harm, when, by which source.

They are in the title, so that no style and no reference manager can leave one out.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from schemas.claim_sentences import describe_count
from schemas.figure_words import say_casualties, say_victims
from schemas.labels import label_word
from schemas.language_files import DEFAULT_LANGUAGE
from schemas.messages import translate
from schemas.sentences import count_noun, join_words, name_possible_days, name_span
from schemas.vocabularies import CONFIRMATION, FLAG, KIND, STATUS

Record = Mapping[str, Any]
MOST_SOURCES = 3  # named in a citation; it says how many more there are


class CitedSource(NamedTuple):
    publisher: str
    title: str
    url: str | None
    days: str  # in words; empty: not recorded


class Citation(NamedTuple):
    """What a citation states.

    `days`: none, one day, or the first and the last possible day. `statement`: what the claim says, for ClaimReview.
    `rating`: its status and confirmation here. A release has no statement.
    """

    key: str
    author: str
    title: str
    days: tuple[str, ...]
    url: str
    revision: int
    sources: Sequence[CitedSource] = ()
    rating: str = ""

    @property
    def note(self) -> str:
        """Return where the statement can be read, source by source."""
        listed = [
            ", ".join(_list_parts(source)) for source in self.sources[:MOST_SOURCES] if source.title or source.url
        ]
        return f"Sources: {'; '.join(listed)}" if listed else ""


def cite_claim(
    claim: Record, event: Record | None, sources: Sequence[Record], revision: int, public_url: str, newer: Record | None
) -> Citation:
    """Return the citation of a claim at a revision. `newer` is what has changed in it since."""
    cited_sources = [_describe_source(source) for source in sources]
    standing = [] if claim["status"] == "active" else [f"{_name_status(claim)}: {_end_open(claim['status_reason'])}"]
    since = [_describe_change(newer)] if newer else []
    clauses = [
        _describe_statement(claim),
        describe_count(claim),
        _describe_place(claim, event),
        describe_day(claim),
        _name_sources(cited_sources),
        f"flags: {', '.join(label_word(FLAG, flag) for flag in claim['flags'])}" if claim["flags"] else "",
        *standing,
        *since,
    ]
    return Citation(
        key=f"{claim['id']}-r{revision}",
        author=claim["claimant"]["name"],
        title="; ".join(filter(None, clauses)),
        days=tuple(sorted({day for day in (claim["stated_on"], claim["stated_until"]) if day})),
        url=f"{public_url}/v1/claims/{claim['id']}?revision={revision}",
        revision=revision,
        sources=cited_sources,
        rating="; ".join([*standing, *since, label_word(CONFIRMATION, claim["confirmation"])]),
    )


def cite_release(release: Record, public_url: str) -> Citation:
    """Return the citation of a release."""
    return Citation(
        key=f"counterclaim-{release['id']}",
        author="Counterclaim",
        title=f"Counterclaim, release {release['id']} (revision {release['revision']}, sha256 {release['sha256']})",
        days=(release["made_at"][:10],),
        url=f"{public_url}/v1/releases/{release['id']}",
        revision=release["revision"],
    )


def _describe_statement(claim: Record) -> str:
    """Return what the claim says, and the words of its source: `about 60 people of Alpha killed (“some 60 dead”)`."""
    part = f"part: {claim['part']}" if claim["part"] else ""
    quoted = f" (“{claim['phrase']}”)" if claim["phrase"] else ""
    is_casualty = claim["kind"] == "casualty"
    blamed = f"blames {claim['responsible_side']['name']}" if is_casualty and claim["responsible_side"] else ""
    return ", ".join(filter(None, [name_statement(claim) + quoted, part, blamed]))


def name_statement(claim: Record, language: str = DEFAULT_LANGUAGE) -> str:
    """Return what a claim of each kind says. Only a casualty claim has a figure."""
    match claim["kind"]:
        case "casualty":
            return say_casualties(claim, language)
        case "responsibility":
            return translate(language, "statement.responsibility", side=claim["responsible_side"]["name"])
        case "silence":
            return translate(language, "statement.silence", victims=say_victims(claim, language))
    kind = label_word(KIND, claim["kind"], language)
    if claim["harm"] or claim["subject_side"]:
        return translate(language, "statement.no_figure.about", kind=kind, victims=say_victims(claim, language))
    return translate(language, "statement.no_figure", kind=kind)


def _describe_place(claim: Record, event: Record | None) -> str:
    """Return the event with its days and the conflict: `Clash at Ağdərə (1 March 2020), First phase`."""
    names = [claim["conflict"]["name"]]
    if event:
        days = [day for day in (event["started_on"], event["ended_on"]) if day]
        names.insert(0, f"{event['name']} ({name_span(days[0], days[-1])})" if days else event["name"])
    return ", ".join(names)


def describe_day(claim: Record) -> str:
    first, last = claim["stated_on"] or claim["stated_until"], claim["stated_until"] or claim["stated_on"]
    if not first:
        return "day of the statement not recorded"
    hour = f" at {claim['stated_at']} local time" if claim["stated_at"] else ""
    return f"stated {name_possible_days(first, last)}{hour}"


def _describe_source(source: Record) -> CitedSource:
    first, last = source["published_on"], source["published_until"]
    days = name_span(first or last, last or first) if first or last else ""
    return CitedSource(source["publisher"], source["title"] or "", source["url"] or source["archived_url"], days)


def _name_sources(sources: Sequence[CitedSource]) -> str:
    """Return the publishers and days: `reported by Times (2 March 2020) and Agency (April 2020)`."""
    names = [f"{source.publisher} ({source.days})" if source.days else source.publisher for source in sources]
    others = len(names) - MOST_SOURCES
    shown = [*names[:MOST_SOURCES], *([count_noun(others, "other source")] if others > 0 else [])]
    return f"reported by {join_words(shown)}" if names else ""


def _list_parts(source: CitedSource) -> list[str]:
    title = f"“{source.title}”" if source.title else ""
    return [part for part in (source.publisher, title, source.days, source.url) if part]


def _describe_change(newer: Record) -> str:
    """Return what became of the record after the cited revision."""
    if newer["status"] != "active":
        return f"{_name_status(newer)} since, at revision {newer['revision']}: {_end_open(newer['status_reason'])}"
    fields = ", ".join(name.replace("_", " ") for name in newer["changed"])
    return f"changed since, at revision {newer['revision']} ({fields})"


def _name_status(record: Record) -> str:
    return label_word(STATUS, record["status"])


def _end_open(text: str) -> str:
    return text.rstrip().rstrip(".")
