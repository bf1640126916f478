"""Tables, keys and checks, one comment per column. No questions, no JSON.

Days are ISO text (`2020-09-30`) and lists are JSON text, so that both engines store, compare and give back the same
(docs/adr/0002). Closed lists are kept by `schemas.vocab` at the doors, not by checks: a new word is no migration.
"""

from typing import Any

import peewee
from peewee import SQL, AutoField, BigIntegerField, Check, CompositeKey, ForeignKeyField, Model

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


TABLES: tuple[type[Table], ...] = (
    Revision, Conflict, Side, ConflictSide, SideMembership, Claimant, Source, Event, EventSide, Claim, Report, Relation
)  # fmt: skip
#: Nouns whose `folded` column has a full-text index.
SEARCHED: tuple[type[Record], ...] = (Conflict, Side, Claimant, Source, Event, Claim, Report)
