"""What mirrors copy that no entry of the log has: texts, datasets and releases."""

from marshmallow import fields

from schemas.fields import describe
from schemas.log import OpeningOut
from schemas.releases import ReleaseOut
from schemas.responses import Strict


class LoggedTextOut(OpeningOut):
    seq = fields.Integer(metadata=describe("Number of the entry.", 1))


class OwnerOut(Strict):
    seq = fields.Integer(metadata=describe("Number of the entry that created the record.", 1))
    dataset = fields.String(metadata=describe("Id of the dataset that the record was imported from.", "ucdp-ged"))


class UnloggedOut(Strict):
    releases = fields.List(fields.Nested(ReleaseOut), metadata=describe("The releases, newest first."))
    datasets = fields.List(
        fields.Dict(keys=fields.String()),
        metadata=describe("Each dataset, also as it was before. `held_from` and `held_until` are revisions."),
    )


class TextsOut(Strict):
    datasets = fields.List(
        fields.Nested(OwnerOut), metadata=describe("The datasets of the records that these entries created.")
    )
    texts = fields.List(
        fields.Nested(LoggedTextOut), metadata=describe("Salts and texts, without erased ones, by the entry.")
    )
