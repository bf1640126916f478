"""What the hashtags of a table say: the role of a column, or whose figure it holds.

The hashtags are those of HXL 1.1 and our own (`schemas.hxl`); the order of attributes does not matter. A hashtag of
figures with an attribute that is not known is not used: the figure might be of a part only.
"""

from collections.abc import Iterator
from typing import NamedTuple

from seeds.readers.tables import Table

#: What a hashtag says. The first of a row's columns with a role is used.
ROLES: dict[str, tuple[str, ...]] = {
    "id": ("#event+id", "#event+code", "#meta+id", "#id"),
    "event": ("#event+name", "#event"),
    "event_type": ("#event+type",),
    "started": ("#date+start", "#date+occurred", "#date+start+occurred", "#date+event", "#date"),
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
    "victim_status": ("#affected+status",),
    "victim_sex": ("#affected+sex",),
    "victim_age": ("#affected+age",),
    "harm": ("#affected+harm",),
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
    "displaced": "displaced",
    "idps": "displaced",
}
BOUNDS = {"min": "low", "low": "low", "best": "best", "max": "high", "high": "high", "value": "number"}
#: Attributes that make a figure one of a part of the people.
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
SAYS_NOTHING = frozenset({"num", "ind", "total"})


class Figure(NamedTuple):
    """The columns of one figure of a row: those of its bounds, and of whom it is."""

    harm: str  # a word, or where a column tells it, nothing
    part: tuple[tuple[str, str], ...]
    bounds: dict[str, str]

    @property
    def suffix(self) -> str:
        return "-".join([self.harm or "figure", *(word for _, word in self.part)])


class Understood(NamedTuple):
    """What the hashtags of a table say."""

    roles: dict[str, str]  # the column of each role
    figures: list[Figure]
    unused: dict[str, str]  # columns, each with the reason


def normal(tag: str) -> str:
    """A hashtag as it is looked up: lower case, without blanks."""
    return "".join(tag.split()).lower()


def alike(tag: str) -> tuple[str, frozenset[str]]:
    """What two hashtags share that say the same: the tag and its attributes in any order."""
    name, *attributes = normal(tag).split("+")
    return name, frozenset(attributes)


BY_TAG = {alike(tag): role for role, tags in ROLES.items() for tag in tags}


def understood(table: Table) -> Understood:
    """What the hashtags of a table say, and the columns of which no use can be made."""
    found = Understood({}, [], {})
    for column in table.columns or ():
        if tag := table.tags.get(column):
            _understand(column, tag, found)
        else:
            found.unused[column] = "it has no hashtag"
    return _with_harms(found)


def _with_harms(found: Understood) -> Understood:
    """Figures of which no hashtag and no column says what was suffered are of no use."""
    lacking = [] if "harm" in found.roles else [figure for figure in found.figures if not figure.harm]
    for figure in lacking:
        found.unused.update(dict.fromkeys(figure.bounds.values(), "its hashtag does not say what was suffered"))
    return found._replace(figures=[figure for figure in found.figures if figure not in lacking])


def _understand(column: str, tag: str, found: Understood) -> None:
    name, attributes = alike(tag)
    role = BY_TAG.get((name, attributes))
    if role and role not in found.roles:
        found.roles[role] = column
    elif role:
        found.unused[column] = f"{found.roles[role]} is tagged alike"
    elif name == "#affected":
        _understand_figure(column, attributes, found)
    else:
        found.unused[column] = f"nothing is made of {normal(tag)}"


def _understand_figure(column: str, attributes: frozenset[str], found: Understood) -> None:
    harms = [HARMS[word] for word in attributes if word in HARMS]
    bounds = [BOUNDS[word] for word in attributes if word in BOUNDS] or ["number"]
    unknown = attributes - HARMS.keys() - BOUNDS.keys() - PARTS.keys() - SAYS_NOTHING
    if unknown or len(harms) > 1 or len(bounds) > 1:
        found.unused[column] = f"it is not known whose figure it is: +{' +'.join(sorted(unknown or attributes))}"
        return
    part = {name: word for attribute in sorted(attributes & PARTS.keys()) for name, word in PARTS[attribute].items()}
    figure = Figure(harms[0] if harms else "", tuple(sorted(part.items())), {})
    figure = next((other for other in found.figures if other[:2] == figure[:2]), figure)
    if figure not in found.figures:
        found.figures.append(figure)
    if bounds[0] in figure.bounds:
        found.unused[column] = f"{figure.bounds[bounds[0]]} is tagged alike"
    figure.bounds.setdefault(bounds[0], column)


def told(table: Table) -> Iterator[str]:
    """What was understood and what was not, in lines."""
    found = understood(table)
    for role, column in found.roles.items():
        yield f"Understood {column} ({table.tags[column]}): {role.replace('_', ' ')}."
    for figure in found.figures:
        for bound, column in figure.bounds.items():
            yield f"Understood {column} ({table.tags[column]}): {figure.suffix.replace('-', ', ')}, {bound}."
    if "id" not in found.roles:
        yield "No column is tagged #event+id: rows are known by their number, also to the next release."
    yield from (f"Not used: {column}, because {why}." for column, why in found.unused.items())
