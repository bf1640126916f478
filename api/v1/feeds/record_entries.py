"""Entries about changes of records. An import is one entry, and so is every write of many records."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from flask import current_app

from api.change_log.entries import LoggedEntry, list_differences, load_entries, word_entries
from api.change_log.free_texts import FREE_TEXTS
from api.change_log.matching_changes import (
    ChangeSelection,
    Counts,
    Write,
    list_first_seqs,
    list_seqs_of,
    read_writes,
    select_changes_of,
)
from api.history.revisions import current_revision
from api.listings.datasets import name_imported, read_release_rows
from api.listings.events import name_events
from api.listings.query import Bound, Listing, read_page
from api.listings.references import by_id, cached_references
from api.v1.citations.facts import describe_day, name_statement
from api.v1.feeds.feed_parts import FeedEntry
from api.v1.shared.addresses import address_of, feed_identity
from schemas.claim_sentences import describe_count
from schemas.figure_words import say_figure
from schemas.labels import label_word
from schemas.sentences import count_noun, join_words
from schemas.vocabularies import STATUS

MOST_APART = 20  # entries of one revision: more are one entry
MOST_DATASETS = 1000
MOST_SOUGHT = 200  # changes of a type among which these are sought
MOST_LISTED = 10  # changes in the content of an entry about many
BY_FILE = {"import": "an import", "seed": "the seeds"}  # who writes many records at once
VERBS = {
    "create": "added",
    "revise": "corrected",
    "retract": "retracted",
    "withdraw": "withdrawn",
    "redact": "redacted",
}
#: Record types that have a page for people.
WITH_PAGE = ("claims", "events", "conflicts", "sides", "claimants", "sources")
FIGURE = ("value", "low", "best", "high", "qualifier")
VICTIMS = ("harm", "subject_side", "victim_status", "victim_sex", "victim_age")
Document = dict[str, Any]


class Names(NamedTuple):
    """The names of what claims refer to, by id."""

    sides: Mapping[str, Any]
    claimants: Mapping[str, Any]
    conflicts: Mapping[str, Any]
    events: Mapping[str, str]

    def fill_claim(self, document: Document) -> Document:
        """Return a claim of the log with references in place of ids, as on the wire."""
        sides = ("subject_side", "responsible_side")
        named = {name: self.sides.get(document.get(name, ""), None) for name in sides}
        unnamed = {name: {"name": document[name]} for name in sides if document.get(name) and not named[name]}
        return {**document, **named, **unnamed}


def list_record_entries(listing: Listing, bound: Bound, most: int) -> list[FeedEntry]:
    """Return the newest changes of the records that match, at most `most`, newest first."""
    return list_entries(select_changes_of(listing, bound), most)


def list_dataset_entries(listing: Listing, bound: Bound, most: int) -> list[FeedEntry]:
    """Return the newest releases of the datasets that match, newest first. The log has no datasets."""
    public_url = current_app.config["PUBLIC_URL"]
    datasets = read_page(listing, bound, fields=("id", "title", "publisher", "licence"), limit=MOST_DATASETS).records
    entries = [
        (
            revision,
            FeedEntry(
                f"{public_url}/v1/datasets/{dataset['id']}#revision-{revision}",
                f"{dataset['title']}: release {name} imported",
                f"Published by {dataset['publisher']}, licence {dataset['licence']}.",
                imported_at,
                "import",
                None,
                f"{public_url}/v1/datasets/{dataset['id']}",
            ),
        )
        for dataset in datasets
        for name, imported_at, revision in read_release_rows(dataset["id"])
    ]
    newest_first = sorted(entries, key=lambda pair: (-pair[0], pair[1].id))
    return [entry for _, entry in newest_first[:most]]


def list_entries(selection: ChangeSelection, most: int) -> list[FeedEntry]:
    """Return the newest entries, at most `most`, newest first."""
    counts = selection.count_operations(most)
    writes = read_writes(list(counts))
    apart = [revision for revision in counts if not _is_one_entry(writes[revision])]
    seqs = selection.list_seqs(list_seqs_of(apart))[:most] if apart else []
    of_revision: dict[int, list[FeedEntry]] = {}
    for logged, entry in _write_entries(seqs):
        of_revision.setdefault(logged.revision, []).append(entry)
    entries: list[FeedEntry] = []
    for revision, counts_of_revision in counts.items():
        if len(entries) >= most:
            break
        is_one = _is_one_entry(writes[revision])
        entries += (
            [_write_many(writes[revision], counts_of_revision, selection)] if is_one else of_revision.get(revision, [])
        )
    return entries[:most]


def _is_one_entry(write: Write) -> bool:
    return write.who in BY_FILE or write.entries > MOST_APART


# One change ----------------------------------------------------------------------------------------------------------


def _write_entries(seqs: list[int]) -> Iterable[tuple[LoggedEntry, FeedEntry]]:
    logged_entries = load_entries(seqs)
    titles = word_titles(logged_entries)
    names = _load_names(logged_entries)
    public_url = current_app.config["PUBLIC_URL"]
    for entry, title in zip(logged_entries, titles, strict=True):
        history = f"{public_url}/v1/{entry.record_type}/{entry.record}/history"
        page = f"{public_url}/{entry.record_type}/{entry.record}" if entry.record_type in WITH_PAGE else None
        content = _write_content(entry, names)
        yield entry, FeedEntry(f"{history}#{entry.seq}", title, content, entry.made_at, entry.who, page, history)


def word_titles(entries: Sequence[LoggedEntry]) -> list[str]:
    """Return what each entry changed: a claim in the words of a citation, other records as the log words them."""
    names = _load_names(entries)
    sentences = word_entries(list(entries))
    return [
        _word_claim(entry, names) if _is_whole_claim(entry) else sentence
        for entry, sentence in zip(entries, sentences, strict=True)
    ]


def _is_whole_claim(entry: LoggedEntry) -> bool:
    document = entry.after or entry.before or {}
    return entry.record_type == "claims" and {"kind", "qualifier", "victim_status", "figure_rule"} <= document.keys()


def _word_claim(entry: LoggedEntry, names: Names) -> str:
    """Return `Ministry of Alpha: 12 people of Alpha killed; before: 10`."""
    document = entry.after or entry.before or {}
    claimant = names.claimants.get(document["claimant"], {"name": document["claimant"]})["name"]
    statement = f"{claimant}: {name_statement(names.fill_claim(document))}"
    before, after = entry.before, entry.after
    if before is None or after is None:
        return statement if after else f"{statement}; removed"
    parts = [statement]
    if any(before.get(name) != after.get(name) for name in VICTIMS):
        parts.append(f"before: {name_statement(names.fill_claim(before))}")
    elif any(before.get(name) != after.get(name) for name in FIGURE):
        parts.append(f"before: {say_figure(names.fill_claim(before))}")
    if before.get("status") != after.get("status"):
        parts.append(f"now {label_word(STATUS, after['status'])}")
    if len(parts) == 1:
        parts.append("a text was erased" if entry.operation == "redact" else _name_changed(entry))
    return "; ".join(parts)


def _name_changed(entry: LoggedEntry) -> str:
    return f"{join_words([name.replace('_', ' ') for name in entry.changed])} changed" if entry.changed else "unchanged"


def _write_content(entry: LoggedEntry, names: Names) -> str:
    """Return what the claim is about, why it changed, and old and new values. Free texts are named, not repeated."""
    document = entry.after or entry.before or {}
    about = _describe_claim(names.fill_claim(document), names) if _is_whole_claim(entry) else ""
    lines = [about, entry.reason]
    if entry.before is not None and entry.after is not None:
        lines += [
            f"{difference.field}: {_show_value(difference.before)} → {_show_value(difference.after)}"
            if difference.field not in FREE_TEXTS
            else f"{difference.field} changed"
            for difference in list_differences(entry)
        ]
    lines.append(f"{entry.record_type}/{entry.record}: {entry.operation}, revision {entry.revision}.")
    return "\n".join(filter(None, lines))


def _describe_claim(claim: Document, names: Names) -> str:
    """Return the event and conflict, the kind of count, its days, and the day of the statement."""
    event = names.events.get(claim.get("event") or "")
    conflict = names.conflicts.get(claim["conflict"], {"name": claim["conflict"]})["name"]
    return "; ".join(
        filter(None, [", ".join(filter(None, [event, conflict])), describe_count(claim), describe_day(claim)])
    )


def _show_value(value: Any) -> str:
    if value in (None, "", []):
        return "not stated"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _load_names(entries: Iterable[LoggedEntry]) -> Names:
    documents = [entry.after or entry.before or {} for entry in entries if entry.record_type == "claims"]
    slugs = {document["event"] for document in documents if document.get("event")}
    named = cached_references(current_revision())
    return Names(by_id(named.sides), by_id(named.claimants), by_id(named.conflicts), name_events(slugs))


# Many changes --------------------------------------------------------------------------------------------------------


def _write_many(write: Write, counts: Counts, selection: ChangeSelection) -> FeedEntry:
    """Return the entry of a revision that wrote many records: `UCDP GED 25.1: 12,044 claims added by an import`.

    If one of its records matches, the entry is about this one. Its id does not depend on how many match.
    """
    identity = f"{feed_identity()}#revision-{write.revision}"
    number = sum(number for *_, number in counts)
    types = sorted({record_type for record_type, _, _ in counts})
    listed = _list_some(write, types, number, selection)
    if number == 1:
        return listed[0]._replace(id=identity)
    rest = [f"and {number - len(listed):,} more"] if number > len(listed) else []
    content = "\n".join([write.reason, *(entry.title for entry in listed), *rest])
    span = {"since": str(write.revision - 1), "revision": str(write.revision)}
    data = address_of("/v1/changes", **span, resource=",".join(types))
    return FeedEntry(identity, _word_many(write, counts), content, write.made_at, write.who, None, data)


def _list_some(write: Write, types: Sequence[str], number: int, selection: ChangeSelection) -> list[FeedEntry]:
    """Return the first of the matching changes, if they are near the beginning of the revision or few."""
    seqs = selection.list_seqs(list_first_seqs(write.revision, types, MOST_SOUGHT))
    if not seqs and number <= MOST_LISTED:
        seqs = selection.list_seqs(list_seqs_of([write.revision]))
    return [entry for _, entry in _write_entries(sorted(seqs)[:MOST_LISTED])]


def _word_many(write: Write, counts: Counts) -> str:
    by = f"by {BY_FILE.get(write.who, write.who)}"
    source = name_imported(write.revision) or write.reason.rstrip().rstrip(".")
    done = [_count_operation(operation, counts) for operation in VERBS]
    return f"{source}: {', '.join(filter(None, done))} {by}"


def _count_operation(operation: str, counts: Counts) -> str:
    """Return `12,044 claims and 310 events added`; nothing if the operation has no entry."""
    numbers = sorted((-number, record_type) for record_type, done, number in counts if done == operation)
    nouns = [count_noun(-number, record_type.removesuffix("s")) for number, record_type in numbers]
    return f"{join_words(nouns)} {VERBS[operation]}" if nouns else ""
