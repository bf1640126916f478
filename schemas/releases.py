"""Releases, what changed between two, and how to cite."""

from marshmallow import fields

from schemas.envelopes import SingleQuery, Strict
from schemas.fields import Slug, about


class ReleaseOut(Strict):
    id = fields.String(metadata=about("Name of the release.", "2026-1"))
    revision = fields.Integer(metadata=about("Revision that it freezes.", 1))
    made_at = fields.String(metadata=about("When it was made.", "2026-11-22T10:00:00Z"))
    note = fields.String(metadata=about("What a reader should know of it."))
    sha256 = fields.String(metadata=about("SHA-256 of the package's datapackage.json, which has those of its files."))


class ReleasesOut(Strict):
    data = fields.List(fields.Nested(ReleaseOut), required=True)


class ReleaseOneOut(Strict):
    data = fields.Nested(ReleaseOut, required=True)


class DiffQuery(SingleQuery):
    from_ = Slug(data_key="from", attribute="from", required=True, metadata=about("The earlier release.", "2026-1"))


class ChangedOut(Strict):
    noun = fields.String(metadata=about("Noun of the record.", "claims"))
    id = fields.String(metadata=about("Id of the record."))
    operations = fields.List(fields.String(), metadata=about("What happened to it, in order.", ["revise"]))
    reasons = fields.List(fields.String(), metadata=about("Why, in the same order."))
    revision = fields.Integer(metadata=about("Revision of the last of these changes.", 2))


class DiffOut(Strict):
    data = fields.List(fields.Nested(ChangedOut), required=True)
