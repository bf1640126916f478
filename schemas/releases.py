"""Releases, what changed between two, and how to cite."""

from marshmallow import fields

from schemas.envelopes import Paged, SingleQuery, Strict
from schemas.fields import Slug, about


class ReleaseOut(Strict):
    id = fields.String(metadata=about("Name of the release.", "2026-1"))
    revision = fields.Integer(metadata=about("Revision that it freezes.", 1))
    made_at = fields.String(metadata=about("When it was made.", "2026-11-22T10:00:00Z"))
    note = fields.String(metadata=about("What a reader should know of it.", "Cited in the report of 31 January."))
    sha256 = fields.String(
        metadata=about(
            "SHA-256 of the package's datapackage.json, which has those of its files.",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        )
    )


class ReleasesOut(Strict):
    data = fields.List(fields.Nested(ReleaseOut), required=True, metadata=about("The releases, newest first."))


class ReleaseOneOut(Strict):
    data = fields.Nested(ReleaseOut, required=True, metadata=about("The release."))


class DiffQuery(Paged, SingleQuery):
    from_ = Slug(data_key="from", attribute="from", required=True, metadata=about("The earlier release.", "2026-1"))


class ChangedOut(Strict):
    noun = fields.String(metadata=about("Noun of the record.", "claims"))
    id = fields.String(metadata=about("Id of the record.", "az-mod-2020-07-13-azerbaijani-killed"))
    operations = fields.List(fields.String(), metadata=about("What happened to it, in order.", ["revise"]))
    reasons = fields.List(fields.String(), metadata=about("Why, in the same order."))
    revision = fields.Integer(metadata=about("Revision of the last of these changes.", 2))
