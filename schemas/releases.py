"""Releases, and the changes between two of them."""

from marshmallow import fields

from schemas.fields import Text, describe
from schemas.log import TEXT, ChangeFilters, figure_field
from schemas.responses import ListQuery, Names, Strict


class ReleaseOut(Strict):
    id = fields.String(metadata=describe("Name of the release.", "2026-1"))
    revision = fields.Integer(metadata=describe("Revision that it freezes.", 1))
    made_at = fields.String(metadata=describe("When the release was made.", "2026-11-22T10:00:00Z"))
    note = fields.String(metadata=describe("Note for readers.", "Cited in the report of 31 January."))
    sha256 = fields.String(
        metadata=describe(
            "SHA-256 of the package's datapackage.json, which lists the SHA-256 of each file.",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        )
    )


class ReleasesOut(Strict):
    data = fields.List(fields.Nested(ReleaseOut), required=True, metadata=describe("The releases, newest first."))


class ReleaseOneOut(Strict):
    data = fields.Nested(ReleaseOut, required=True, metadata=describe("The release."))


class ChangedOut(Strict):
    noun = fields.String(metadata=describe("Type of the record.", "claims"))
    id = fields.String(metadata=describe("Id of the record.", "az-mod-2020-07-13-azerbaijani-killed"))
    operations = fields.List(fields.String(), metadata=describe("The changes to the record, in order.", ["revise"]))
    reasons = fields.List(fields.String(), metadata=describe("The reasons, in the same order."))
    revision = fields.Integer(metadata=describe("Revision of the last of these changes.", 2))
    text = TEXT
    old = figure_field("The figure in the earlier release; null: the record has none, or did not exist.")
    new = figure_field("The figure in the later release; null: the record has none.")


class DiffQuery(ChangeFilters, ListQuery):
    from_ = Text(
        longest=300,
        data_key="from",
        attribute="from",
        required=True,
        metadata=describe("The earlier release, of this database or of a dataset.", "2026-1"),
    )
    fields_ = Names(ChangedOut)

    class Meta:
        exclude = ("as_of", "revision", "release", "since")
