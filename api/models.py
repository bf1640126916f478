"""Tables, keys and checks, one comment per column. No questions, no JSON.

Days are ISO text (`2020-09-30`) and lists are JSON text, so that both engines store, compare and give back the same
(docs/adr/0002). Closed lists are kept by `schemas.vocab` at the doors, not by checks: a new word is no migration.
"""

from typing import Any

import peewee
from peewee import SQL, AutoField, BigIntegerField, BlobField, Check, CompositeKey, ForeignKeyField, Model

from api.db import database, is_postgres
from schemas.fields import FIRST_DAY, GREATEST_FIGURE, LAST_DAY, SLUG_LENGTH


class TextField(peewee.TextField):
    """Text ordered by code point on both engines."""

    def ddl_datatype(self, ctx: Any) -> Any:
        return SQL('TEXT COLLATE "C"') if is_postgres() else SQL("TEXT")


def day(name: str) -> peewee.Node:
    return Check(f"{name} IS NULL OR (length({name}) = 10 AND {name} BETWEEN '{FIRST_DAY}' AND '{LAST_DAY}')")


def within(name: str, least: int, most: int) -> peewee.Node:
    return Check(f"{name} IS NULL OR {name} BETWEEN {least} AND {most}")


def slug() -> TextField:
    return TextField(unique=True, constraints=[Check(f"length(slug) BETWEEN 1 AND {SLUG_LENGTH}")])


def text() -> TextField:
    return TextField(constraints=[SQL("DEFAULT ''")])


def json_list() -> TextField:
    return TextField(constraints=[SQL("DEFAULT '[]'")])


def figure(name: str) -> BigIntegerField:
    return BigIntegerField(null=True, constraints=[within(name, 0, GREATEST_FIGURE)])


def day_field(name: str) -> TextField:
    return TextField(null=True, constraints=[day(name)])


def grade(name: str, most: int) -> peewee.IntegerField:
    return peewee.IntegerField(null=True, constraints=[within(name, 1, most)])


def held_from() -> peewee.IntegerField:
    """Since which revision this row has read as it does; `<table>_version` has how it read before."""
    return peewee.IntegerField()


class Table(Model):
    class Meta:
        database = database
        legacy_table_names = False


class Revision(Table):
    """A transaction that changed records; numbers are global and have no gaps."""

    number = peewee.IntegerField(primary_key=True)  # 1, 2, 3 …
    made_at = TextField()  # RFC 3339, UTC, ends in Z
    reason = TextField(constraints=[Check("length(reason) > 0")])  # why


class Record(Table):
    """What every noun has."""

    id = AutoField()  # never leaves the database
    slug = slug()  # the id on the wire
    folded = text()  # the words of the record and of what it names, folded for search; a space at both ends
    revision = ForeignKeyField(Revision, column_name="revision", index=False)  # that wrote it as it stands
    created_at = TextField()  # RFC 3339, UTC
    updated_at = TextField()  # RFC 3339, UTC
    held_from = held_from()
    status = TextField(constraints=[SQL("DEFAULT 'active'")])  # vocab.STATUS, for reading; statistics derive what stood
    status_reason = text()  # why it no longer stands


class Conflict(Record):
    name = TextField()
    parent = ForeignKeyField("self", null=True)  # of which this is a phase
    started_on = day_field("started_on")  # first day
    ended_on = day_field("ended_on")  # last day; null: not ended
    date_precision = grade("date_precision", 5)  # UCDP date_prec
    note = text()


class Side(Record):
    name = TextField()
    kind = TextField()  # vocab.SIDE_KIND
    country = TextField(null=True)  # ISO 3166-1 alpha-3, where the side is a state
    aliases = json_list()  # other names, JSON array of text
    note = text()


class ConflictSide(Table):
    """A side of a conflict: a camp, or a member of one."""

    conflict = ForeignKeyField(Conflict, on_delete="CASCADE", index=False)
    position = peewee.IntegerField()  # order in which the record tells them
    held_from = held_from()
    side = ForeignKeyField(Side)

    class Meta:
        primary_key = CompositeKey("conflict", "position")


class SideMembership(Table):
    """A side is a member of another, for some days."""

    side = ForeignKeyField(Side, on_delete="CASCADE", index=False)
    position = peewee.IntegerField()  # order in which the record tells them
    held_from = held_from()
    member_of = ForeignKeyField(Side)
    from_day = day_field("from_day")  # null: always
    to_day = day_field("to_day")  # null: still

    class Meta:
        primary_key = CompositeKey("side", "position")


class Claimant(Record):
    name = TextField()
    kind = TextField()  # vocab.CLAIMANT_KIND
    side = ForeignKeyField(Side, null=True)  # for which it speaks; null: a third party
    note = text()


class Source(Record):
    publisher = TextField(index=True)  # 'unknown' where the document does not say
    title = text()
    url = TextField(null=True)  # http or https; never fetched
    archived_url = TextField(null=True)
    published_on = day_field("published_on")  # first possible day
    published_until = day_field("published_until")  # last possible day
    published_precision = grade("published_precision", 5)  # UCDP date_prec
    language = TextField()  # BCP 47; 'und': not determined
    kind = TextField()  # vocab.SOURCE_KIND
    reliability = TextField(null=True)  # Admiralty A-F; null: not graded
    licence = text()
    note = text()


class Event(Record):
    conflict = ForeignKeyField(Conflict)
    name = TextField()
    type = TextField()  # vocab.EVENT_TYPE
    sub_type = TextField()  # vocab.EVENT_SUB_TYPE
    violence = TextField()  # vocab.VIOLENCE
    cause = TextField()  # vocab.CAUSE
    started_on = TextField(index=True, constraints=[day("started_on")])  # first possible day
    ended_on = TextField(constraints=[day("ended_on"), Check("ended_on >= started_on")])  # last possible day
    date_precision = grade("date_precision", 5)  # UCDP date_prec
    place = text()
    place_aliases = json_list()
    admin1 = text()
    admin2 = text()
    country = TextField(null=True, constraints=[Check("country IS NULL OR length(country) = 3")])  # ISO 3166-1 alpha-3
    latitude = peewee.DoubleField(null=True, constraints=[within("latitude", -90, 90)])  # WGS 84
    longitude = peewee.DoubleField(null=True, constraints=[within("longitude", -180, 180)])  # WGS 84
    place_precision = grade("place_precision", 7)  # UCDP where_prec
    place_note = text()
    clarity = grade("clarity", 2)  # UCDP event_clarity
    note = text()


class EventSide(Table):
    """A side in an event, with its role."""

    event = ForeignKeyField(Event, on_delete="CASCADE", index=False)
    position = peewee.IntegerField()  # order in which the record tells them
    held_from = held_from()
    side = ForeignKeyField(Side)
    role = TextField()  # vocab.SIDE_ROLE

    class Meta:
        primary_key = CompositeKey("event", "position")


class Claim(Record):
    statement = TextField(null=True, index=True)  # shared by the claims of one utterance
    kind = TextField()  # vocab.KIND
    conflict = ForeignKeyField(Conflict, index=False)
    event = ForeignKeyField(Event, null=True)
    claimant = ForeignKeyField(Claimant, index=False)
    stated_on = day_field("stated_on")  # first possible day
    stated_until = day_field("stated_until")  # last possible day: what as_of compares
    stated_precision = grade("stated_precision", 5)  # UCDP date_prec
    stated_at = TextField(null=True)  # HH:MM, local
    subject_side = ForeignKeyField(Side, null=True, index=False)  # whose losses; null: all sides together
    responsible_side = ForeignKeyField(Side, null=True)  # who is said to have done it
    harm = TextField(null=True)  # vocab.HARM; null: the claim is about none
    victim_status = TextField()  # vocab.VICTIM_STATUS
    victim_sex = TextField()  # vocab.VICTIM_SEX
    victim_age = TextField()  # vocab.VICTIM_AGE
    measure = TextField(null=True)  # vocab.MEASURE
    covers_from = day_field("covers_from")
    covers_to = day_field("covers_to")
    value = figure("value")  # people, as spoken
    low = figure("low")  # people; null: not stated, which is not 0
    best = figure("best")  # people; null: not stated
    high = figure("high")  # people; null: not stated
    qualifier = TextField(null=True)  # vocab.QUALIFIER
    figure_rule = TextField(null=True)  # how phrase and qualifier became low, best, high
    phrase = text()  # the words of the figure
    phrase_lang = TextField()  # BCP 47
    confirmation = TextField()  # vocab.CONFIRMATION
    credibility = grade("credibility", 6)  # Admiralty 1-6; null: not graded
    status_by = TextField(null=True)  # vocab.STATUS_BY
    status_on = day_field("status_on")  # public day
    flags = json_list()  # vocab.FLAG, JSON array
    note = text()
    event_date = TextField(null=True)  # copy: first day of the event, else covers_from
    event_until = TextField(null=True)  # copy: last day of the event, else covers_to

    class Meta:
        constraints = [
            Check("kind <> 'casualty' OR (harm IS NOT NULL AND measure IS NOT NULL AND qualifier IS NOT NULL)"),
            Check("measure IS NULL OR measure <> 'incident' OR event_id IS NOT NULL"),
            Check("measure IS NULL OR measure <> 'period' OR (covers_from IS NOT NULL AND covers_to IS NOT NULL)"),
            Check("covers_to IS NULL OR covers_from IS NULL OR covers_to >= covers_from"),
            Check("stated_until IS NULL OR stated_on IS NULL OR stated_until >= stated_on"),
            Check("status = 'active' OR length(status_reason) > 0"),
        ]
        indexes = (
            (("subject_side", "harm", "slug"), False),
            (("claimant", "stated_until"), False),
            (("conflict", "event_date"), False),
            (("stated_until", "slug"), False),
            (("event_date", "slug"), False),
        )


class Report(Record):
    """A claim as one source carries it; its own words and figure, which may differ from other reports'."""

    claim = ForeignKeyField(Claim)
    source = ForeignKeyField(Source)
    reported_on = day_field("reported_on")  # where it differs from the source's day
    harm = TextField(null=True)  # vocab.HARM
    value = figure("value")
    low = figure("low")
    best = figure("best")
    high = figure("high")
    qualifier = TextField(null=True)  # vocab.QUALIFIER
    phrase = text()
    phrase_lang = TextField()  # BCP 47
    source_original = text()  # the claimant as a dataset names it
    note = text()


class Relation(Record):
    """One claim supersedes, revises, contradicts, includes, repeats, garbles or denies another."""

    claim = ForeignKeyField(Claim)
    kind = TextField()  # vocab.RELATION
    target = ForeignKeyField(Claim, constraints=[Check("target_id <> claim_id")])
    stated_on = day_field("stated_on")  # first possible day since which it is known
    stated_until = day_field("stated_until")  # last possible day
    note = text()

    class Meta:
        indexes = ((("claim", "kind", "target"), True),)


# Tallies (docs/adr/0005): made from the tables above by `api.records.tallies`, and made anew whenever somebody asks.


def flag(name: str) -> peewee.IntegerField:
    return peewee.IntegerField(constraints=[within(name, 0, 1)])


class Tallied(Table):
    """One row: how far the tallies have followed the record."""

    id = peewee.IntegerField(primary_key=True, constraints=[Check("id = 1")])
    revision = peewee.IntegerField()  # up to and with which they hold; -1: not yet made


class Tally(Table):
    """One cell of incidents: what the claims about one harm of one event come to under some policies."""

    event = ForeignKeyField(Event, on_delete="CASCADE", index=False)
    harm = TextField()  # vocab.HARM
    side = TextField()  # row of group_by=subject_side: a camp's slug or 'all'; '': not split by side
    policies = peewee.IntegerField(constraints=[Check("policies BETWEEN 1 AND 255")])  # bits, by outcomes.POLICIES
    conflict_id = peewee.IntegerField()  # copy: of the event
    day = TextField(constraints=[day("day")])  # copy: first possible day of the event
    low = BigIntegerField()  # people
    best = BigIntegerField()  # people
    high = BigIntegerField()  # people
    open_ended = flag("open_ended")  # no stated upper bound
    imputed = flag("imputed")  # a bound was filled in
    incomplete = flag("incomplete")  # a side or status has no figure
    disputed = flag("disputed")  # two claimants' ranges do not overlap
    spread = peewee.DoubleField(null=True)  # highest best over lowest best; null: a zero against a figure
    claims = peewee.IntegerField(constraints=[Check("claims > 0")])  # used
    claimants = BlobField()  # keys of the claimants used, 4 bytes each
    sources = BlobField()  # keys of the sources that carry the claims used, 4 bytes each
    missing = text()  # 'side/status' without a figure, by spaces
    victims = TextField()  # 'camp/status' of the claims used, by spaces; '/status': of all sides
    larger = text()  # slugs, by spaces, of claims left out that are above the figure

    class Meta:
        primary_key = CompositeKey("event", "harm", "side", "policies")
        indexes = ((("conflict_id", "day"), False),)


class Fate(Table):
    """What becomes of a claim in questions of incidents, whatever else is asked."""

    claim = ForeignKeyField(Claim, primary_key=True, on_delete="CASCADE")
    event_id = peewee.IntegerField(null=True, index=True)  # copy
    conflict_id = peewee.IntegerField()  # copy: of the claim
    month = TextField()  # copy: of event_date, YYYY-MM; '': undated
    harm = TextField()  # copy; '': about none
    side = TextField()  # its row of group_by=subject_side; '': it has no place
    letters = TextField(constraints=[Check("length(letters) = 16")])  # outcomes.LETTERS by policy, then again by side

    class Meta:
        indexes = ((("conflict_id", "month"), False),)


class Untallied(Table):
    """A claim whose fate other cells decide, and the question's filters with them: it is reconciled when asked."""

    claim = ForeignKeyField(Claim, primary_key=True, on_delete="CASCADE")
    event_id = peewee.IntegerField(null=True, index=True)  # copy


class RollUp(Table):
    """Sums of the cells of one conflict and month, one row per policy. Columns as in `Tally` unless told."""

    conflict_id = peewee.IntegerField()  # of the events
    month = TextField()  # YYYY-MM
    harm = TextField()
    side = TextField()
    policy = peewee.IntegerField(constraints=[within("policy", 0, 7)])  # place in outcomes.POLICIES
    low = BigIntegerField()
    best = BigIntegerField()
    high = BigIntegerField()
    open_ended = peewee.IntegerField()  # cells, as are the next three
    imputed = peewee.IntegerField()
    incomplete = peewee.IntegerField()
    disputed = peewee.IntegerField()
    cells = peewee.IntegerField(constraints=[Check("cells > 0")])
    spread = peewee.DoubleField(null=True)  # the greatest; null: a zero against a figure
    claims = peewee.IntegerField()
    claimants = BlobField()  # a set of keys, as sums.Keys writes it
    sources = BlobField()  # a set of keys, as sums.Keys writes it
    missing = text()  # 'side/status:cells:days', by spaces; days are a bitmap in hexadecimal
    victims = TextField()  # 'camp/status:days'
    larger = text()

    class Meta:
        primary_key = CompositeKey("conflict_id", "month", "harm", "side", "policy")


class RollUpLeft(Table):
    """How many claims of one conflict and month were left out, and why."""

    conflict_id = peewee.IntegerField()  # of the claims
    month = TextField()  # YYYY-MM; '': undated
    harm = TextField()  # '': about none
    place = peewee.IntegerField(constraints=[within("place", 0, 15)])  # in `Fate.letters`
    letter = TextField(constraints=[Check("length(letter) = 1")])  # outcomes.LETTERS
    claims = peewee.IntegerField(constraints=[Check("claims > 0")])

    class Meta:
        primary_key = CompositeKey("conflict_id", "month", "harm", "place", "letter")


class Change(Table):
    """One entry of the change log. The database refuses to update or delete it; `api.records.log` appends."""

    seq = BigIntegerField(primary_key=True, constraints=[Check("seq > 0")])  # 1, 2, 3 … over all nouns, no gaps
    revision = ForeignKeyField(Revision, column_name="revision", index=False)  # the transaction it was part of
    made_at = TextField()  # RFC 3339, UTC, ends in Z
    who = TextField(constraints=[Check("length(who) > 0")])  # id of a key; or 'seed', 'import', 'editor'
    noun = TextField()  # plural, as in the address: claims
    record = TextField()  # the id on the wire, also of a record that is gone
    operation = TextField()  # create, revise, retract, withdraw, redact
    reason = TextField(constraints=[Check("length(reason) > 0")])  # why
    before = TextField(null=True)  # the record, canonical JSON with commitments for texts; null: there was none
    after = TextField(null=True)  # as before; null: there is none
    prev = TextField(unique=True, constraints=[Check("length(prev) = 64")])  # hash of the entry before; zeros: first
    hash = TextField(constraints=[Check("length(hash) = 64")])  # SHA-256 of the entry's canonical JSON, hexadecimal
    nodes = TextField(  # Merkle hashes of the complete subtrees that end with this entry, from the leaf up
        constraints=[Check("length(nodes) >= 64 AND length(nodes) % 64 = 0")]
    )

    class Meta:
        indexes = ((("noun", "record", "seq"), False), (("revision", "seq"), False), (("who", "seq"), False))


Change.add_index(Change.seq, where=SQL("operation = 'redact'"), name="change_redacted")


class ChangeText(Table):
    """A text that the log is committed to by SHA-256 over salt and value. Deleted when it is redacted."""

    seq = ForeignKeyField(Change, column_name="seq", index=False)
    side = TextField(constraints=[Check("side IN ('before', 'after')")])
    field = TextField()  # of the record
    salt = TextField(constraints=[Check("length(salt) = 64")])  # 32 random bytes, hexadecimal
    value = TextField(constraints=[Check("length(value) > 0")])  # an empty text needs no commitment

    class Meta:
        primary_key = CompositeKey("seq", "side", "field")


class ApiKey(Table):
    """A key with which editors write. Only its hash is kept."""

    slug = TextField(primary_key=True)  # its public id, which the change log names
    sha256 = TextField(unique=True, constraints=[Check("length(sha256) = 64")])  # of the whole key
    name = TextField(constraints=[Check("length(name) > 0")])  # whose, or what for
    scopes = TextField()  # words of keys.SCOPES, by spaces
    created_at = TextField()  # RFC 3339, UTC
    expires_on = day_field("expires_on")  # last day; null: never
    revoked_at = TextField(null=True)  # RFC 3339, UTC; null: valid
    last_used_at = TextField(null=True)  # RFC 3339, UTC


class Answered(Table):
    """The first answer to a POST, by its Idempotency-Key: a retry gets it again."""

    key = ForeignKeyField(ApiKey, index=False)
    idempotency_key = TextField()
    request_sha256 = TextField(constraints=[Check("length(request_sha256) = 64")])  # of address and body
    status = peewee.IntegerField()
    body = TextField()
    made_at = TextField(index=True)  # RFC 3339, UTC

    class Meta:
        primary_key = CompositeKey("key", "idempotency_key")


class Release(Table):
    """A revision that was given a name and written out as a data package."""

    slug = TextField(primary_key=True)  # its name: 2026.1 is 2026-1
    revision = ForeignKeyField(Revision, column_name="revision", index=False)  # which it freezes
    made_at = TextField()  # RFC 3339, UTC
    note = text()
    sha256 = TextField(constraints=[Check("length(sha256) = 64")])  # of the package's datapackage.json


class Dataset(Table):
    """A dataset of others that was imported, as it was last."""

    slug = TextField(primary_key=True)  # its id in the mapping
    title = TextField()
    publisher = TextField()
    url = text()
    licence = TextField()
    citation = TextField()  # how it asks to be cited
    release = TextField(constraints=[Check("length(release) > 0")])  # the newest that was imported
    imported_at = TextField()  # RFC 3339, UTC
    held_from = peewee.IntegerField(constraints=[SQL("DEFAULT 0")])  # as of records, of which the log tells alone


class External(Table):
    """A record that a dataset brought: only its next release may change it."""

    noun = TextField()  # plural, as in the address: claims
    slug = TextField()  # of the record, made of the dataset's own key
    dataset = ForeignKeyField(Dataset, index=False)
    digest = TextField(constraints=[Check("length(digest) = 64")])  # SHA-256 of it as the dataset last had it

    class Meta:
        primary_key = CompositeKey("noun", "slug")
        indexes = ((("dataset", "noun", "slug"), False),)


TABLES: tuple[type[Table], ...] = (
    Revision, Conflict, Side, ConflictSide, SideMembership, Claimant, Source, Event, EventSide, Claim, Report, Relation,
    Change, ChangeText, ApiKey, Answered, Release, Dataset, External,
)  # fmt: skip
TALLIES: tuple[type[Table], ...] = (Tallied, Tally, Fate, Untallied, RollUp, RollUpLeft)
#: Nouns whose `folded` column has a full-text index.
SEARCHED: tuple[type[Record], ...] = (Conflict, Side, Claimant, Source, Event, Claim, Report)
