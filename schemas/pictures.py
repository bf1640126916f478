"""Pictures: the state of the explorer in the words of its address, and the form of the picture."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from schemas.fields import Box, Slug, Span, SubjectSide, Text, Word, describe
from schemas.language_files import DEFAULT_LANGUAGE, LANGUAGES
from schemas.responses import Count, Pinned
from schemas.statistics.casualties import BASES, POLICIES
from schemas.vocabularies import HARM, VICTIM_STATUS

VIEWS = {
    "who": "who says how many: each claimant's newest statement about each side, on one scale",
    "time": "over time: running totals by claimant; needs conflict",
    "matrix": "what each side says about whose losses; needs conflict",
    "map": "figures of events where they happened",
    "table": "figures by conflict and side, as bars from low to high",
}
SCALES = {"ratio": "equal lengths are equal ratios", "count": "equal lengths are equal numbers"}
SPANS = {"war": "the conflict and the sixty days after it", "all": "every statement"}
THEMES = ("light", "dark")
ZOOMS = ("1", "1.5", "2", "3")
LEAST_WIDTH, MOST_WIDTH, LEAST_HEIGHT, MOST_HEIGHT = 320, 1600, 240, 3000
MOST_PIXELS = 8_000_000  # of a PNG
#: The parameters of the form of a picture. The others are those of the page that shows the same view.
FORM = ("width", "height", "theme", "zoom")
#: The views whose question needs one conflict.
WITH_CONFLICT = ("time", "matrix")
#: The filters of each view, in the order of the page. A view leaves the others out, and the page says so.
CONTROLS = {
    "who": ("conflict", "harm", "subject_side", "victim_status", "basis", "policy", "claimant", "as_of"),
    "time": ("conflict", "harm", "subject_side", "victim_status", "span", "as_of"),
    "matrix": ("conflict", "harm", "basis", "as_of"),
    "map": ("conflict", "harm", "subject_side", "victim_status", "policy", "claimant", "from", "to", "as_of"),
    "table": ("conflict", "harm", "subject_side", "victim_status", "q", "from", "to", "as_of"),
}
#: The picture of the table draws figures in place of claims, so it has the filters of figures too.
OF_FIGURES = {"table": ("basis", "policy", "claimant")}


class PictureQuery(Pinned):
    """The state of a view of the explorer. An address of the page and of its picture differ only in the path."""

    is_for_readers = True

    view = fields.String(
        validate=validate.OneOf(list(VIEWS)),
        load_default="who",
        metadata=describe("; ".join(f"{word}: {meaning}" for word, meaning in VIEWS.items()) + ".", "who"),
    )
    conflict = Slug(metadata=describe("The conflict, with its phases.", "nagorno-karabakh-2020"))
    subject_side = SubjectSide(metadata=describe("Only losses of this side.", "azerbaijan"))
    harm = Word(HARM, load_default="killed", metadata=describe("The harm; harms are never added.", "killed"))
    victim_status = Word(
        VICTIM_STATUS, metadata=describe("Only these victims (default: everybody).", "member_of_armed_forces")
    )
    basis = fields.String(
        validate=validate.OneOf(list(BASES)),
        load_default="both",
        metadata=describe("The rows: both, totals or incidents.", "both"),
    )
    policy = fields.String(
        validate=validate.OneOf(list(POLICIES)),
        load_default="envelope",
        metadata=describe("How one figure is made from many, as in /v1/statistics/casualties.", "envelope"),
    )
    claimant = Slug(metadata=describe("The claimant of `policy=claimant`."))
    from_ = Span(0, data_key="from", attribute="from", metadata=describe("First day of what happened: map and table."))
    to = Span(1, metadata=describe("Last day of what happened: map and table."))
    q = Text(longest=200, metadata=describe("Words to search for: the table."))
    sort = Text(longest=100, metadata=describe("Order of the rows of the page; a picture has an order of its own."))
    scale = fields.String(
        validate=validate.OneOf(list(SCALES)),
        load_default="ratio",
        metadata=describe("; ".join(f"{word}: {meaning}" for word, meaning in SCALES.items()) + ".", "ratio"),
    )
    span = fields.String(
        validate=validate.OneOf(list(SPANS)),
        load_default="war",
        metadata=describe("Over time: " + "; ".join(f"{w}: {m}" for w, m in SPANS.items()) + ".", "war"),
    )
    at = Box(metadata=describe("The map's box: west,south,east,north (default: all points).", "44,38,51,42"))
    cursor = Text(longest=1000, metadata=describe("Page of the table; a picture always begins with the first row."))
    lang = fields.String(
        validate=validate.OneOf(LANGUAGES),
        load_default=DEFAULT_LANGUAGE,
        metadata=describe(
            f"Language of labels and sentences: {', '.join(LANGUAGES)}. Names stay as they are recorded.",
            DEFAULT_LANGUAGE,
            "BCP 47",
        ),
    )
    width = Count(
        LEAST_WIDTH, MOST_WIDTH, load_default=1200,
        metadata=describe(f"Width in pixels, {LEAST_WIDTH} to {MOST_WIDTH}.", "1200"),
    )  # fmt: skip
    height = Count(
        LEAST_HEIGHT,
        MOST_HEIGHT,
        metadata=describe(
            "Height in pixels. What does not fit is counted in words (default: as high as needed).", "630"
        ),
    )
    theme = fields.String(
        validate=validate.OneOf(THEMES), load_default="light", metadata=describe("Colours: light or dark.", "dark")
    )
    zoom = fields.String(
        validate=validate.OneOf(ZOOMS),
        load_default="1",
        metadata=describe("Pixels of the PNG for each pixel of width.", "2"),
    )

    @validates_schema(skip_on_field_errors=True)
    def check_view(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["view"] in WITH_CONFLICT and "conflict" not in data:
            raise ValidationError({"conflict": [f"view={data['view']} needs one conflict."]})
        if data["policy"] == "claimant" and "claimant" not in data:
            raise ValidationError({"claimant": ["policy=claimant needs claimant= with exactly one id."]})
