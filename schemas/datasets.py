"""Datasets of others, and which of the records they brought."""

from marshmallow import fields

from schemas.envelopes import Strict
from schemas.fields import Slug, Text, about


class DatasetOut(Strict):
    id = Slug(required=True, metadata=about("Id of the dataset.", "ucdp-ged"))
    title = Text(required=True, metadata=about("Its name.", "UCDP Georeferenced Event Dataset (GED)"))
    publisher = Text(required=True, metadata=about("Who publishes it.", "Uppsala Conflict Data Program"))
    url = Text(blank=True, load_default="", metadata=about("Where it is published.", "https://ucdp.uu.se/downloads/"))
    licence = Text(required=True, metadata=about("Its licence.", "CC BY 4.0"))
    citation = Text(required=True, metadata=about("How it asks to be cited."))
    release = Text(required=True, metadata=about("The newest release that was imported.", "25.1"))


class Origin(Strict):
    """What a package tells of a record besides the record."""

    dataset = Slug(
        load_default=None, allow_none=True, metadata=about("Id of the dataset that brought it; null: none did.")
    )
    dataset_digest = fields.String(
        load_default=None,
        allow_none=True,
        metadata=about(
            "SHA-256 of the record as the dataset last had it, by which its next release knows it again; null in a "
            "past revision, which no release can update.",
            origin="FIPS 180-4",
        ),
    )
