"""Tables, keys and checks, with one comment per column. This module has no queries and no JSON.

Days are ISO text (`2020-09-30`) and lists are JSON text, so that both engines store, compare and return the same
(docs/developers/adr/0002). `schemas.vocabularies` checks words of closed lists on input. The tables do not, so that a
new word needs no migration.
"""

from typing import Any

import peewee
from peewee import SQL, AutoField, BigIntegerField, Check, CompositeKey, ForeignKeyField, Model

from api.database.connection import database, is_postgres
from schemas.fields import FIRST_DAY, GREATEST_FIGURE, LAST_DAY, SLUG_LENGTH


class TextField(peewee.TextField):
    """Text ordered by code point on both engines."""

    def ddl_datatype(self, ctx: Any) -> Any:
        return SQL('TEXT COLLATE "C"') if is_postgres() else SQL("TEXT")


def day_check(name: str) -> peewee.Node:
    return Check(f"{name} IS NULL OR (length({name}) = 10 AND {name} BETWEEN '{FIRST_DAY}' AND '{LAST_DAY}')")


def range_check(name: str, least: int, most: int) -> peewee.Node:
    return Check(f"{name} IS NULL OR {name} BETWEEN {least} AND {most}")


def slug_field() -> TextField:
    return TextField(unique=True, constraints=[Check(f"length(slug) BETWEEN 1 AND {SLUG_LENGTH}")])


EMPTY = SQL("DEFAULT ''")


def text_field(index: bool = False) -> TextField:
    return TextField(index=index, constraints=[EMPTY])


def is_empty_by_default(field: peewee.Field) -> bool:
    """Return whether a text that was not stated is empty in this column, and not null."""
    return any(constraint is EMPTY for constraint in field.constraints or ())


class JsonListField(TextField):
    """A JSON array of text."""


class JsonObjectField(TextField):
    """A JSON object of texts and numbers; null: none."""


def json_list_field() -> JsonListField:
    return JsonListField(constraints=[SQL("DEFAULT '[]'")])


def figure_field(name: str) -> BigIntegerField:
    return BigIntegerField(null=True, constraints=[range_check(name, 0, GREATEST_FIGURE)])


def day_field(name: str) -> TextField:
    return TextField(null=True, constraints=[day_check(name)])


def grade_field(name: str, most: int) -> peewee.IntegerField:
    return peewee.IntegerField(null=True, constraints=[range_check(name, 1, most)])


def version_start_field() -> peewee.IntegerField:
    """Return a column for the revision since which this row is unchanged; `<table>_version` has earlier rows."""
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
    """The columns of every record type."""

    id = AutoField()  # never leaves the database
    slug = slug_field()  # the id on the wire
    folded = text_field()  # for search: folded words of the record and of the records it names, between spaces
    revision = ForeignKeyField(Revision, column_name="revision", index=False)  # that wrote this row
    created_at = TextField()  # RFC 3339, UTC
    updated_at = TextField()  # RFC 3339, UTC
    held_from = version_start_field()
    status = TextField(constraints=[SQL("DEFAULT 'active'")])  # vocabularies.STATUS; statistics derive their own
    status_reason = text_field()  # why it is not active


class Conflict(Record):
    name = TextField()
    parent = ForeignKeyField("self", null=True)  # the conflict of which this is a phase
    started_on = day_field("started_on")  # first day
    ended_on = day_field("ended_on")  # last day; null: not ended
    date_precision = grade_field("date_precision", 5)  # UCDP date_prec
    note = text_field()
    country = TextField(null=True)  # ISO 3166-1 alpha-3, where it was fought in one country


class Side(Record):
    name = TextField()
    kind = TextField()  # vocabularies.SIDE_KIND
    country = TextField(null=True)  # ISO 3166-1 alpha-3, where the side is a state
    aliases = json_list_field()  # other names, JSON array of text
    note = text_field()


class ConflictSide(Table):
    """A side of a conflict: a camp, or a member of one."""

    conflict = ForeignKeyField(Conflict, on_delete="CASCADE", index=False)
    position = peewee.IntegerField()  # order in the record
    held_from = version_start_field()
    side = ForeignKeyField(Side)

    class Meta:
        primary_key = CompositeKey("conflict", "position")


class SideMembership(Table):
    """A side is a member of another, for some days."""

    side = ForeignKeyField(Side, on_delete="CASCADE", index=False)
    position = peewee.IntegerField()  # order in the record
    held_from = version_start_field()
    member_of = ForeignKeyField(Side)
    from_day = day_field("from_day")  # null: always
    to_day = day_field("to_day")  # null: still

    class Meta:
        primary_key = CompositeKey("side", "position")


class Claimant(Record):
    name = TextField()
    kind = TextField()  # vocabularies.CLAIMANT_KIND
    side = ForeignKeyField(Side, null=True)  # the side that it speaks for; null: a third party
    note = text_field()
    affiliation = ForeignKeyField(Side, null=True)  # the side that it belongs to without speaking for it


class Source(Record):
    publisher = TextField(index=True)  # 'unknown' where the document does not say
    title = text_field(index=True)
    url = TextField(null=True)  # http or https; never fetched
    archived_url = TextField(null=True)
    published_on = day_field("published_on")  # first possible day
    published_until = day_field("published_until")  # last possible day
    published_precision = grade_field("published_precision", 5)  # UCDP date_prec
    language = TextField()  # BCP 47; 'und': not determined
    kind = TextField()  # vocabularies.SOURCE_KIND
    reliability = TextField(null=True)  # Admiralty A-F; null: not graded
    licence = text_field()
    note = text_field()


class Event(Record):
    conflict = ForeignKeyField(Conflict)
    name = TextField(index=True)
    type = TextField(index=True)  # vocabularies.EVENT_TYPE
    sub_type = TextField()  # vocabularies.EVENT_SUB_TYPE
    violence = TextField()  # vocabularies.VIOLENCE
    cause = TextField()  # vocabularies.CAUSE
    started_on = TextField(index=True, constraints=[day_check("started_on")])  # first possible day
    ended_on = TextField(  # last possible day
        index=True, constraints=[day_check("ended_on"), Check("ended_on >= started_on")]
    )
    date_precision = grade_field("date_precision", 5)  # UCDP date_prec
    place = text_field()
    place_aliases = json_list_field()
    admin1 = text_field()
    admin2 = text_field()
    country = TextField(  # ISO 3166-1 alpha-3
        null=True, index=True, constraints=[Check("country IS NULL OR length(country) = 3")]
    )
    latitude = peewee.DoubleField(null=True, constraints=[range_check("latitude", -90, 90)])  # WGS 84
    longitude = peewee.DoubleField(null=True, constraints=[range_check("longitude", -180, 180)])  # WGS 84
    place_precision = grade_field("place_precision", 7)  # UCDP where_prec
    place_note = text_field()
    clarity = grade_field("clarity", 2)  # UCDP event_clarity
    note = text_field()

    class Meta:
        indexes = ((("place_precision",), False), (("latitude", "longitude"), False))


class EventSide(Table):
    """A side in an event, with its role."""

    event = ForeignKeyField(Event, on_delete="CASCADE", index=False)
    position = peewee.IntegerField()  # order in the record
    held_from = version_start_field()
    side = ForeignKeyField(Side)
    role = TextField()  # vocabularies.SIDE_ROLE

    class Meta:
        primary_key = CompositeKey("event", "position")


class Claim(Record):
    statement = TextField(null=True, index=True)  # shared by the claims of one utterance
    kind = TextField()  # vocabularies.KIND
    conflict = ForeignKeyField(Conflict, index=False)
    event = ForeignKeyField(Event, null=True)
    claimant = ForeignKeyField(Claimant, index=False)
    stated_on = day_field("stated_on")  # first possible day
    stated_until = day_field("stated_until")  # last possible day: what as_of compares
    stated_precision = grade_field("stated_precision", 5)  # UCDP date_prec
    stated_at = TextField(null=True)  # HH:MM, local
    subject_side = ForeignKeyField(Side, null=True, index=False)  # the side with the losses; null: all sides together
    responsible_side = ForeignKeyField(Side, null=True, index=False)  # the side that is said to have caused them
    harm = TextField(null=True)  # vocabularies.HARM; null: the claim is about none
    victim_status = TextField()  # vocabularies.VICTIM_STATUS
    victim_sex = TextField()  # vocabularies.VICTIM_SEX
    victim_age = TextField()  # vocabularies.VICTIM_AGE
    measure = TextField(null=True)  # vocabularies.MEASURE
    covers_from = day_field("covers_from")
    covers_to = day_field("covers_to")
    value = figure_field("value")  # people, as stated
    low = figure_field("low")  # people; null: not stated, which is not 0
    best = figure_field("best")  # people; null: not stated
    high = figure_field("high")  # people; null: not stated
    qualifier = TextField(null=True)  # vocabularies.QUALIFIER
    figure_rule = TextField(null=True)  # how phrase and qualifier became low, best, high
    phrase = text_field()  # the words of the figure
    phrase_lang = TextField()  # BCP 47
    confirmation = TextField()  # vocabularies.CONFIRMATION
    credibility = grade_field("credibility", 6)  # Admiralty 1-6; null: not graded
    status_by = TextField(null=True)  # vocabularies.STATUS_BY
    status_on = day_field("status_on")  # public day
    flags = json_list_field()  # vocabularies.FLAG, JSON array
    note = text_field()
    part = TextField(null=True)  # a part that no other column describes; null: the whole
    details = JsonObjectField(null=True)  # further facts of the source, JSON object of texts and numbers
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
            (("subject_side", "slug"), False),
            (("subject_side", "harm", "slug"), False),
            (("responsible_side", "slug"), False),
            (("claimant", "slug"), False),
            (("claimant", "stated_until"), False),
            (("conflict", "slug"), False),
            (("conflict", "event_date"), False),
            (("stated_until", "slug"), False),
            (("event_date", "slug"), False),
        )


class Report(Record):
    """A claim as one source carries it. Its words and figure may differ from those of other reports."""

    claim = ForeignKeyField(Claim)
    source = ForeignKeyField(Source)
    reported_on = day_field("reported_on")  # where it differs from the source's day
    harm = TextField(null=True)  # vocabularies.HARM
    value = figure_field("value")
    low = figure_field("low")
    best = figure_field("best")
    high = figure_field("high")
    qualifier = TextField(null=True)  # vocabularies.QUALIFIER
    phrase = text_field()
    phrase_lang = TextField()  # BCP 47
    source_original = text_field()  # the claimant as a dataset names it
    note = text_field()


class Relation(Record):
    """What one claim is to another: for example it supersedes, includes, repeats or denies it."""

    claim = ForeignKeyField(Claim)
    kind = TextField()  # vocabularies.RELATION
    target = ForeignKeyField(Claim, constraints=[Check("target_id <> claim_id")])
    stated_on = day_field("stated_on")  # first possible day of the statement
    stated_until = day_field("stated_until")  # last possible day
    note = text_field()

    class Meta:
        indexes = ((("claim", "kind", "target"), True),)


Relation.add_index(Relation.claim, where=SQL("kind = 'distinct_from'"), name="relation_distinct")


class Change(Table):
    """One entry of the change log. The database refuses to update or delete it; `api.change_log.append` appends."""

    seq = BigIntegerField(primary_key=True, constraints=[Check("seq > 0")])  # 1, 2, 3 … over all record types, no gaps
    revision = ForeignKeyField(Revision, column_name="revision", index=False)  # its transaction
    made_at = TextField()  # RFC 3339, UTC, ends in Z
    who = TextField(constraints=[Check("length(who) > 0")])  # id of a key; or 'seed', 'import', 'editor'
    record_type = TextField(column_name="noun")  # plural, as in the address; signed entries name it `noun` for ever
    record = TextField()  # the id on the wire, also after the record is gone
    operation = TextField()  # create, revise, retract, withdraw, redact
    reason = TextField(constraints=[Check("length(reason) > 0")])  # why
    before = TextField(null=True)  # the record, canonical JSON with commitments for texts; null: there was none
    after = TextField(null=True)  # as before; null: there is none
    # Hash of the entry before; zeros: first. On SQLite a trigger compares the two, without a unique index.
    prev = TextField(unique=True, constraints=[Check("length(prev) = 64")])
    hash = TextField(constraints=[Check("length(hash) = 64")])  # SHA-256 of the entry's canonical JSON, hexadecimal
    nodes = TextField(  # Merkle hashes of the complete subtrees that end with this entry, from the leaf up
        constraints=[Check("length(nodes) >= 64 AND length(nodes) % 64 = 0")]
    )

    class Meta:
        indexes = (
            (("record_type", "seq"), False),
            (("record_type", "record", "seq"), False),
            (("revision", "seq"), False),
            (("who", "seq"), False),
        )


Change.add_index(Change.seq, where=SQL("operation = 'redact'"), name="change_redacted")


class ChangeText(Table):
    """A text to which the log commits by SHA-256 over salt and value. A redaction deletes it."""

    seq = ForeignKeyField(Change, column_name="seq", index=False)
    side = TextField(constraints=[Check("side IN ('before', 'after')")])
    field = TextField()  # of the record
    salt = TextField(constraints=[Check("length(salt) = 64")])  # 32 random bytes, hexadecimal
    value = TextField(constraints=[Check("length(value) > 0")])  # an empty text needs no commitment

    class Meta:
        primary_key = CompositeKey("seq", "side", "field")


class Cosignature(Table):
    """A signature line of a witness under the checkpoint of a size."""

    size = BigIntegerField()  # of the log
    cosigner = TextField()  # name and key id of the witness, as in its key: `witness.example/w1+1a2b3c4d`
    root = TextField()  # of the tree of that size, hexadecimal
    line = TextField()  # with its newline

    class Meta:
        primary_key = CompositeKey("size", "cosigner")


class Origin(Table):
    """The log that this database mirrors: one row, or none in a database of its own."""

    url = TextField(primary_key=True)  # public URL of the server that is followed
    verifier = TextField()  # its key; a log that is not signed by it is refused
    checkpoint = text_field()  # the newest one of which all entries are here; empty: none yet
    checked_at = TextField()  # RFC 3339, UTC; when all that it had was here
    failure = text_field()  # why that is not so since; empty: it is not known


class ApiKey(Table):
    """An API key of an editor. Only its hash is stored."""

    slug = TextField(primary_key=True)  # its public id, which the change log names
    sha256 = TextField(unique=True, constraints=[Check("length(sha256) = 64")])  # of the whole key
    name = TextField(constraints=[Check("length(name) > 0")])  # its holder or its purpose
    scopes = TextField()  # words of api_keys.SCOPES, separated by spaces
    created_at = TextField()  # RFC 3339, UTC
    expires_on = day_field("expires_on")  # last day; null: never
    revoked_at = TextField(null=True)  # RFC 3339, UTC; null: valid
    last_used_at = TextField(null=True)  # RFC 3339, UTC


class Answered(Table):
    """The first answer to a POST, by its Idempotency-Key. A retry gets the same answer."""

    key = ForeignKeyField(ApiKey, index=False)
    idempotency_key = TextField()
    request_sha256 = TextField(constraints=[Check("length(request_sha256) = 64")])  # of address and body
    status = peewee.IntegerField()
    body = TextField()
    made_at = TextField(index=True)  # RFC 3339, UTC

    class Meta:
        primary_key = CompositeKey("key", "idempotency_key")


class Webhook(Table):
    """An address to which the changes of a question are sent. Its secret is derived, and stored nowhere."""

    slug = TextField(primary_key=True)  # its public id
    key = ForeignKeyField(ApiKey)  # whose it is
    url = TextField()
    question = TextField()  # address of a list with its filters: `/v1/claims?conflict=war`
    created_at = TextField()  # RFC 3339, UTC
    sent_seq = BigIntegerField()  # the last entry of the log that was delivered, or that does not match
    pending_seq = BigIntegerField(null=True)  # the last entry of the message that is tried again; null: none is
    attempts = peewee.IntegerField()  # failed ones of this message
    due_at = TextField(null=True)  # RFC 3339, UTC; not before; null: as soon as something changes
    failed_at = TextField(null=True)  # RFC 3339, UTC; when it was given up; null: it is alive
    last_error = text_field()  # of the last failed attempt
    delivered_at = TextField(null=True)  # RFC 3339, UTC; the last delivered message


class Release(Table):
    """A revision with a name, exported as a data package."""

    slug = TextField(primary_key=True)  # its name: 2026.1 is 2026-1
    revision = ForeignKeyField(Revision, column_name="revision", index=False)  # the revision that it names
    made_at = TextField()  # RFC 3339, UTC
    note = text_field()
    sha256 = TextField(constraints=[Check("length(sha256) = 64")])  # of the package's datapackage.json


class Dataset(Table):
    """A dataset that was imported, as of its newest import."""

    slug = TextField(primary_key=True)  # its id in the mapping
    title = TextField()
    publisher = TextField()
    url = text_field()
    licence = TextField()
    citation = TextField()  # how it asks to be cited
    release = TextField(constraints=[Check("length(release) > 0")])  # the newest that was imported
    imported_at = TextField()  # RFC 3339, UTC; of the first import of this row
    held_from = peewee.IntegerField(constraints=[SQL("DEFAULT 0")])  # as in Record; the change log has no datasets
    counts = text_field()  # what it counts, in words
    overlaps = TextField(constraints=[SQL("DEFAULT '{}'")])  # JSON: dataset → why the two count some same people
    never_beside = TextField(constraints=[SQL("DEFAULT '{}'")])  # as overlaps; an import next to them is refused


class External(Table):
    """A record that was imported from a dataset. Only a new dataset release may change it."""

    record_type = TextField(column_name="noun")  # as in Change
    slug = TextField()  # of the record, built from the key in the dataset
    dataset = ForeignKeyField(Dataset, index=False)
    digest = TextField(constraints=[Check("length(digest) = 64")])  # SHA-256 of the record as of the newest import

    class Meta:
        primary_key = CompositeKey("record_type", "slug")
        indexes = ((("dataset", "record_type", "slug"), False),)


class DatasetPart(Table):
    """A record of a part of a dataset, such as one country, that is imported on its own."""

    dataset = ForeignKeyField(Dataset, index=False)
    part = TextField()
    record_type = TextField(column_name="noun")  # as in Change
    slug = TextField()

    class Meta:
        primary_key = CompositeKey("dataset", "part", "record_type", "slug")
        indexes = ((("dataset", "record_type", "slug"), False),)


TABLES: tuple[type[Table], ...] = (
    Revision, Conflict, Side, ConflictSide, SideMembership, Claimant, Source, Event, EventSide, Claim, Report, Relation,
    Change, ChangeText, Cosignature, Origin, ApiKey, Answered, Webhook, Release, Dataset, External,
    DatasetPart,
)  # fmt: skip
#: Record types whose `folded` column has a full-text index.
SEARCHED: tuple[type[Record], ...] = (Conflict, Side, Claimant, Source, Event, Claim, Report)
