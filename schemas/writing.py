"""What every write carries, and what it is answered with."""

from marshmallow import fields, validate

from schemas.claims import ClaimIn, ReportFields
from schemas.envelopes import Strict
from schemas.fields import Id, Slug, Text, about


class ReasonQuery(Strict):
    reason = Text(
        longest=500, required=True, metadata=about("Why; kept with the change for good.", "Second source found.")
    )


class WrittenRef(Strict):
    id = fields.String(metadata=about("Id of the record.", "azerbaijan-mod-2020-10-01-killed"))
    revision = fields.Integer(metadata=about("Revision that wrote it.", 2))
    url = fields.String(metadata=about("Where it can be read.", "http://127.0.0.1:8000/v1/claims/x"))


class WrittenOut(Strict):
    data = fields.Raw(
        metadata=about(
            "The record written, or an array of them as they were sent.",
            {
                "id": "putin-2020-10-22-killed",
                "revision": 2,
                "url": "http://127.0.0.1:8000/v1/claims/putin-2020-10-22-killed",
            },
        )
    )


class ReportOfClaimIn(ReportFields):
    """A report sent within its claim."""

    id = Id(
        metadata=about(
            "Id of the report; made from claim and source unless given.",
            "putin-2020-10-22-all-killed-urdupoint-1064747",
        )
    )
    source = Slug(required=True, metadata=about("The document in which it can be read.", "tass-1210971"))


class ClaimPost(ClaimIn):
    """A new claim, with the reports that carry it."""

    id = Id(metadata=about("Id of the claim; made from what it says unless given.", "putin-2020-10-22-killed"))
    reports = fields.List(
        fields.Nested(ReportOfClaimIn),
        required=True,
        metadata=about("The claim as each source carries it: one at least."),
    )


class RedactionIn(Strict):
    """Which texts of the record are erased for good."""

    fields_ = fields.List(
        fields.String(validate=validate.Length(1, 60)),
        required=True,
        data_key="fields",
        attribute="fields",
        validate=validate.Length(1, 10),
        metadata=about("Names of fields that hold free text; of a claimant also its name.", ["note"]),
    )


class FoundRef(Strict):
    resource = fields.String(metadata=about("What kind of record, as in its address.", "reports"))
    id = fields.String(metadata=about("Id of the record.", "putin-2020-10-22-all-killed-urdupoint-1064747"))
    url = fields.String(metadata=about("Where it can be read.", "http://127.0.0.1:8000/v1/reports/x"))


class RedactedOut(WrittenRef):
    """What was erased, what else holds the very words, and what no request can reach."""

    fields_ = fields.List(
        fields.String(), data_key="fields", attribute="fields", metadata=about("The fields that were erased.", ["note"])
    )
    erased = fields.Integer(metadata=about("Texts deleted beside the change log.", 2))
    elsewhere = fields.List(
        fields.Nested(FoundRef), metadata=about("Other records that search finds by the very words; the first 20.", [])
    )
    beyond_reach = fields.List(
        fields.String(),
        metadata=about("Copies that remain until somebody sees to them.", ["Backups and replicas made before."]),
    )


class RedactionOut(Strict):
    data = fields.Nested(RedactedOut, required=True, metadata=about("What was done, and what is left to do."))
