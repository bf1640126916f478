"""Read the hashtags of a table: the role of each column, or the figure that it holds.

The hashtags are those of HXL 1.1 and our own (`schemas.imports.hxl`). The order of attributes does not matter.
A figure's hashtag with an unknown attribute is not used, because the figure might be of a part only.
"""

from collections.abc import Iterator
from typing import NamedTuple

from imports.readers.tables import Table

#: Hashtags by role. If several columns have a role, the first is used. Our files had words under `#affected`.
ROLES: dict[str, tuple[str, ...]] = {
    "id": ("#event+id", "#event+code", "#meta+id", "#id"),
    "event": ("#event+name", "#event"),
    "event_type": ("#event+type",),
    "started": ("#date+start", "#date+occurred", "#date+start+occurred", "#date+event", "#date"),
    "year": ("#date+year", "#date+occurred+year"),
    "ended": ("#date+end", "#date+end+occurred"),
    "stated": ("#date+reported", "#date+reported+start"),
    "published": ("#date+published",),
    "country": ("#country+code", "#country+code+v_iso3", "#country+code+iso3", "#country+iso3"),
    "admin1": ("#adm1+name", "#adm1"),
    "admin2": ("#adm2+name", "#adm2"),
    "place": ("#loc+name", "#loc"),
    "latitude": ("#geo+lat",),
    "longitude": ("#geo+lon", "#geo+lng"),
    "source": ("#meta+source", "#meta+source+name"),
    "url": ("#meta+url", "#meta+source+url"),
    "conflict": ("#crisis+id", "#crisis+code"),
    "conflict_name": ("#crisis+name", "#crisis"),
    "claimant": ("#meta+claimant+id",),
    "claimant_name": ("#meta+claimant+name", "#meta+claimant"),
    "subject_side": ("#group+affected+id",),
    "responsible_side": ("#group+responsible+id",),
    "victim_status": ("#meta+victim+status", "#affected+status"),
    "victim_sex": ("#meta+victim+sex", "#affected+sex"),
    "victim_age": ("#meta+victim+age", "#affected+age"),
    "part": ("#meta+part", "#affected+part"),
    "harm": ("#meta+harm", "#affected+harm"),
    "measure": ("#meta+measure",),
    "qualifier": ("#meta+qualifier",),
    "phrase": ("#description+phrase",),
    "note": ("#description+note", "#description"),
}
HARMS = {
    "killed": "killed",
    "deaths": "killed",
    "dead": "killed",
    "injured": "injured",
    "wounded": "injured",
    "missing": "missing",
    "captured": "captured",
    "abducted": "abducted",
    "kidnapped": "abducted",
    "detained": "detained",
    "displaced": "displaced",
    "idps": "displaced",
}
BOUNDS = {"min": "low", "low": "low", "best": "best", "max": "high", "high": "high", "value": "number"}
#: Attributes that limit a figure to a victim group.
PARTS: dict[str, dict[str, str]] = {
    "f": {"victim_sex": "woman"},
    "female": {"victim_sex": "woman"},
    "women": {"victim_sex": "woman", "victim_age": "adult"},
    "m": {"victim_sex": "man"},
    "male": {"victim_sex": "man"},
    "men": {"victim_sex": "man", "victim_age": "adult"},
    "children": {"victim_age": "child"},
    "adults": {"victim_age": "adult"},
    "civilians": {"victim_status": "civilian"},
    "civilian": {"victim_status": "civilian"},
    "military": {"victim_status": "member_of_armed_forces"},
}
NEUTRAL_ATTRIBUTES = frozenset({"num", "ind", "total"})


#: The roles that say what a row is about. Together they identify a row without an id.
KEY_ROLES = (
    "conflict", "conflict_name", "started", "ended", "event", "place", "admin2", "admin1", "country", "claimant",
    "claimant_name", "stated", "subject_side", "responsible_side", "victim_status", "victim_sex", "victim_age", "part",
    "harm", "measure",
)  # fmt: skip
DAY_ROLES = ("started", "ended", "stated")


class Figure(NamedTuple):
    """One figure of a row: its harm, its victim group, and the columns of its bounds."""

    harm: str  # empty if a column states the harm
    part: tuple[tuple[str, str], ...]
    bounds: dict[str, str]

    @property
    def suffix(self) -> str:
        return "-".join([self.harm or "figure", *(word for _, word in self.part)])


class TaggedColumns(NamedTuple):
    """The columns of a table, by the meaning of their hashtags."""

    roles: dict[str, str]  # role → column
    figures: list[Figure]
    unused: dict[str, str]  # column → reason


def normalise_tag(tag: str) -> str:
    """Return a hashtag in lower case and without blanks."""
    return "".join(tag.split()).lower()


def split_tag(tag: str) -> tuple[str, frozenset[str]]:
    """Return the tag and the set of its attributes: `#Date +start` → `#date`, {start}."""
    name, *attributes = normalise_tag(tag).split("+")
    return name, frozenset(attributes)


ROLE_BY_TAG = {split_tag(tag): role for role, tags in ROLES.items() for tag in tags}


def read_hashtags(table: Table) -> TaggedColumns:
    """Return the roles and figures of the columns of a table, and the columns that cannot be used."""
    tagged = TaggedColumns({}, [], {})
    for column in table.columns or ():
        if tag := table.tags.get(column):
            _assign_column(column, tag, tagged)
        else:
            tagged.unused[column] = "it has no hashtag"
    return _require_harms(_use_year(tagged))


def _use_year(tagged: TaggedColumns) -> TaggedColumns:
    """Take the year as the date of a row, if no column has an exact one."""
    if year := tagged.roles.pop("year", None):
        if "started" in tagged.roles:
            tagged.unused[year] = f"{tagged.roles['started']} has the date"
        else:
            tagged.roles["started"] = year
    return tagged


def _require_harms(tagged: TaggedColumns) -> TaggedColumns:
    """Move figures to the unused columns if neither their hashtag nor a column names the harm."""
    lacking = [] if "harm" in tagged.roles else [figure for figure in tagged.figures if not figure.harm]
    for figure in lacking:
        tagged.unused.update(dict.fromkeys(figure.bounds.values(), "its hashtag does not name the harm"))
    return tagged._replace(figures=[figure for figure in tagged.figures if figure not in lacking])


def _assign_column(column: str, tag: str, tagged: TaggedColumns) -> None:
    name, attributes = split_tag(tag)
    role = ROLE_BY_TAG.get((name, attributes))
    if role and role not in tagged.roles:
        tagged.roles[role] = column
    elif role:
        tagged.unused[column] = f"{tagged.roles[role]} has the same tag"
    elif name == "#affected":
        _assign_figure(column, attributes, tagged)
    else:
        tagged.unused[column] = f"{normalise_tag(tag)} is not used"


def _assign_figure(column: str, attributes: frozenset[str], tagged: TaggedColumns) -> None:
    harms = [HARMS[word] for word in attributes if word in HARMS]
    bounds = [BOUNDS[word] for word in attributes if word in BOUNDS] or ["number"]
    unknown = attributes - HARMS.keys() - BOUNDS.keys() - PARTS.keys() - NEUTRAL_ATTRIBUTES
    if unknown or len(harms) > 1 or len(bounds) > 1:
        tagged.unused[column] = f"these attributes are not known: +{' +'.join(sorted(unknown or attributes))}"
        return
    part = {name: word for attribute in sorted(attributes & PARTS.keys()) for name, word in PARTS[attribute].items()}
    figure = Figure(harms[0] if harms else "", tuple(sorted(part.items())), {})
    figure = next((earlier for earlier in tagged.figures if earlier[:2] == figure[:2]), figure)
    if figure not in tagged.figures:
        tagged.figures.append(figure)
    if bounds[0] in figure.bounds:
        tagged.unused[column] = f"{figure.bounds[bounds[0]]} has the same tag"
    figure.bounds.setdefault(bounds[0], column)


def list_key_columns(tagged: TaggedColumns) -> list[str]:
    """Return the columns that identify a row: those that say what it is about; none if a column has ids."""
    return [] if "id" in tagged.roles else [tagged.roles[role] for role in KEY_ROLES if role in tagged.roles]


def describe_hashtags(table: Table) -> Iterator[str]:
    """Return what the hashtags mean and which columns are not used, as lines of text."""
    tagged = read_hashtags(table)
    for role, column in tagged.roles.items():
        yield f"Understood {column} ({table.tags[column]}): {role.replace('_', ' ')}."
    for figure in tagged.figures:
        for bound, column in figure.bounds.items():
            yield f"Understood {column} ({table.tags[column]}): {figure.suffix.replace('-', ', ')}, {bound}."
    yield from (f"Not used: {column}, because {why}." for column, why in tagged.unused.items())
