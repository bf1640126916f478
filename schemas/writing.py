"""What every write carries, and what it is answered with."""

from marshmallow import fields

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
