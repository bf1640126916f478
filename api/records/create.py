"""New records: all of them are written under one revision, or none is and every fault is told."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from api.models import Claim, Source
from api.queries.references import current_revision
from api.records import bulk, judging
from api.records.faults import Fault, Faults, Refused
from api.records.folding import NAMED_BY_CLAIMS, folded, reported
from api.records.likeness import refuse_look_alikes
from api.records.nouns import NOUNS, Noun
from api.records.register import Named
from api.records.rows import Columns, keys, names_of, validated, write_list
from api.records.transaction import Transaction, transaction
from api.records.versions import hold_from

Documents = Mapping[str, Sequence[Mapping[str, Any]]]
Loaded = dict[str, list[dict[str, Any]]]


def _nothing(_: Transaction) -> None:
    """What is also done, unless told."""


def create(
    given: Documents,
    reason: str,
    who: str = "seed",
    also: Callable[[Transaction], None] = _nothing,
    faults: Faults | None = None,
) -> int:
    """Write records of any nouns under one new revision, whose number is returned. Raises `Refused` with every fault.

    `also` is called inside the transaction, once everything is written; `faults` are those that were found before.
    Without a record there is no new revision: the log could not tell of it.
    """
    faults = faults or Faults()
    with faults.gathered():
        faults.refuse()
        return _create(given, reason, who, also)
    judging.new(given, faults)
    raise faults.refused()


def _create(given: Documents, reason: str, who: str, also: Callable[[Transaction], None]) -> int:
    loaded = check(given)
    if not loaded:
        return current_revision()
    with transaction(reason, who) as made:
        _Batch(made, loaded).write()
        made.vouched.update(key for key in made.claims if key in made.reported)
        also(made)
    return made.revision


def add(made: Transaction, given: Documents) -> None:
    """Write one batch of the records of an open transaction, which may have any number of batches.

    They may refer to each other and to all that was written before. A claim may get its report in a later batch:
    the end of the transaction refuses those that have none. Raises `Refused` with the faults of the batch, whose
    positions count within it; nothing of the batch was written then, and the transaction may go on.
    """
    _Batch(made, check(given)).write()


def put(made: Transaction, loaded: Loaded) -> None:
    """Write documents that the log has already: they were judged when they came first."""
    _Batch(made, loaded).put()


def check(given: Documents) -> Loaded:
    """The documents of every noun as their schemas load them. Raises `Refused` with every fault of all of them."""
    loaded: Loaded = {}
    faults: list[Fault] = []
    for noun in NOUNS.values():
        try:
            if given.get(noun.name):
                loaded[noun.name] = validated(noun, given[noun.name])
        except Refused as refused:
            faults += refused.faults
    if faults:
        raise Refused(faults)
    return loaded


class _Batch:
    """Records that come together, in the order in which they may refer to each other."""

    def __init__(self, made: Transaction, loaded: Loaded) -> None:
        self.made, self.loaded = made, loaded
        self.reports: dict[str, list[dict[str, Any]]] = defaultdict(list)  # of each claim
        for report in loaded.get("reports", ()):
            self.reports[report["claim"]].append(report)

    def write(self) -> None:
        """Raises `Refused` before anything of it is written."""
        if faults := [*judging.among_others(self.loaded, self.made.register)]:
            raise Refused(faults)
        for name, documents in self.loaded.items():
            refuse_look_alikes(NOUNS[name], documents)
        self.put()

    def put(self) -> None:
        for name, documents in self.loaded.items():
            written = self._write(NOUNS[name], documents)
            self.made.written[NOUNS[name].model].update(written.values())
            self.made.note_created(name, documents)
            if name == "claims":
                self._note_unsourced(written)
        self.made.note_reported(self.loaded.get("reports", ()))
        self._tell_older_claims()

    def _note_unsourced(self, claims: Mapping[str, int]) -> None:
        """Which of the new claims have no report that stands, as yet."""
        carried = {report["claim"] for report in self.loaded.get("reports", ()) if report["status"] == "active"}
        self.made.claims.update(claims.values())
        self.made.unsourced.update(key for slug, key in claims.items() if slug not in carried)

    # Rows --------------------------------------------------------------------------------------------------------

    def _write(self, noun: Noun, documents: list[dict[str, Any]]) -> dict[str, int]:
        """The rows of one noun; their keys by slug."""
        made, register = self.made, self.made.register
        columns = Columns(noun, documents, register)
        slugs = columns.told("id")
        keys = bulk.new_keys(noun.model, len(slugs))
        stamp = {"created_at": made.made_at, **made.stamp}
        own: dict[str, Iterable[Any]] = {name: [value] * len(keys) for name, value in stamp.items()}
        own |= {"id": keys, "folded": self._folded(noun, columns)}
        in_order = [own.get(name) or columns.of(name) for name in names_of(noun.model)]
        bulk.insert(noun.model, zip(*in_order, strict=True))
        written = dict(zip(slugs, keys, strict=True))
        if noun.model is Claim:
            register.add(Claim, written)
        for name in noun.within:
            self._point_within(noun, name, written)
        for name, many in noun.lists.items():
            write_list(many, list(zip(keys, columns.told(name), strict=True)), register, made.revision)
        return written

    def _folded(self, noun: Noun, columns: Columns) -> list[str]:
        """By what search finds them: their own words; claims also by what they refer to, and by their reports."""
        if noun.model is not Claim:
            return [folded(noun.model, document) for document in columns.documents]
        named = zip(*(columns.named[name] for name in NAMED_BY_CLAIMS), strict=True)
        return [
            folded(Claim, document, [one.words for one in names if one] + self._reported(document["id"]))
            for document, names in zip(columns.documents, named, strict=True)
        ]

    def _reported(self, claim: str) -> list[str]:
        words: list[str] = []
        for report in self.reports.get(claim, ()):
            words += reported(report), self.sources[report["source"]].words
        return words

    @cached_property
    def sources(self) -> Mapping[str, Named]:
        """Of the reports; they are written before the claims."""
        reports = self.loaded.get("reports", ())
        return self.made.register.find(Source, {report["source"] for report in reports})

    def _point_within(self, noun: Noun, name: str, written: Mapping[str, int]) -> None:
        """References among the records of one noun, once all of them have keys."""
        pointing = [document for document in self.loaded[noun.name] if document[name] is not None]
        found = self.made.register.find(noun.model, {document[name] for document in pointing})
        for document in pointing:
            key = written[document["id"]]
            noun.model.update({name: found[document[name]].key}).where(noun.model.id == key).execute()

    # Claims that were there ---------------------------------------------------------------------------------------

    def _tell_older_claims(self) -> None:
        """A claim that was written before is found by its new report too; its old text is kept with its old row."""
        own = {document["id"] for document in self.loaded.get("claims", ())}
        if before := list(keys(Claim, self.reports.keys() - own).values()):
            hold_from(Claim, before, self.made.revision)
            self.made.touch(Claim, before)
