"""Compare an imported dataset with the other datasets of the database: where both have figures, and how far they agree.

Like is compared with like: figures of one harm and one group of people, of one day, about one conflict or, if the two
datasets share none, in one country. Of an event with several figures the lowest is taken; the events of a day are
added. A dataset that counts by months or years is compared by these. Running totals are compared only for the same
claimant and day, because those of two claimants are rivals.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from statistics import median_low
from typing import Any, NamedTuple
from urllib.parse import urlencode

from api.database.connection import parameter_mark, translate_errors
from api.database.deadline import TooSlowError
from api.database.snapshot import open_snapshot
from api.database.statements import select_rows, stream_rows

SECONDS = 20  # for the whole comparison; an import must not wait for it
SAMPLED = 500  # claims of a dataset, from which its resolution is seen
LIKE_SHARE = 0.1  # of the higher figure
RESOLUTIONS = {10: "day", 7: "month", 4: "year"}  # letters of a date in ISO 8601
COUNTS, TOTALS = "incidents", "totals"  # as `basis` of the statistics
WHOLE = ("", "any", "any", "any", "")
MOST_PLACES = 5  # that an address names
GROUP_FIELDS = ("subject_side", "victim_status", "victim_sex", "victim_age", "part")


class Overlap(NamedTuple):
    """Figures of the imported dataset and of another one, about the same places and days."""

    dataset: str
    other: str
    basis: str
    harm: str
    group: tuple[str, ...]  # the values of `GROUP_FIELDS`
    place_field: str  # conflict or country
    places: tuple[str, ...]
    has_events: bool  # a country is that of an event, by which answers can be asked for
    unit: str  # day, month or year
    first: str
    last: str
    cells: int  # days, months or years with figures of both
    alike: int  # of these, the cells whose figures differ by at most `LIKE_SHARE`
    ratio: float | None  # the median of new to other; null: no cell where both are above 0


def find_overlaps(dataset: str, seconds: float = SECONDS) -> list[Overlap] | None:
    """Return where other datasets have figures too, those of most cells first; None if it takes too long."""
    try:
        with open_snapshot(seconds):
            return sorted(_compare_all(dataset), key=lambda found: (-found.cells, found.other, found.harm))
    except TooSlowError:
        return None


def _compare_all(dataset: str) -> Iterator[Overlap]:
    others = [slug for (slug,) in select_rows("SELECT slug FROM dataset ORDER BY slug") if slug != dataset]
    resolutions = {slug: _find_resolution(slug) for slug in (dataset, *others)}
    if resolutions[dataset] is None:
        return
    for place_field in ("conflict", "country"):
        by_resolution = defaultdict(list)
        for other in others:
            if shared := _find_coarser(resolutions[dataset], resolutions[other]):
                by_resolution[shared].append(other)
        for letters, listed in sorted(by_resolution.items(), reverse=True):
            for overlap in _compare_cells(dataset, listed, letters, place_field):
                yield overlap
                others = [other for other in others if other != overlap.other]


def _find_coarser(first: int | None, second: int | None) -> int | None:
    return None if first is None or second is None else min(first, second)


def _find_resolution(dataset: str) -> int | None:
    """Return the letters of a date in which at least half of the dataset's figures fit; None: it has no figure."""
    rows = select_rows(
        "SELECT v.event_date, v.event_until FROM external x JOIN claim v ON v.slug = x.slug "
        f"WHERE x.noun = 'claims' AND x.dataset_id = {parameter_mark()} AND {_is_counted()} LIMIT {SAMPLED}",
        (dataset,),
    )
    for letters in RESOLUTIONS:
        if rows and sum(first[:letters] == last[:letters] for first, last in rows) * 2 >= len(rows):
            return letters
    return min(RESOLUTIONS) if rows else None


def _is_counted() -> str:
    return (
        "v.status = 'active' AND v.kind = 'casualty' AND v.event_date IS NOT NULL AND v.event_until IS NOT NULL "
        "AND COALESCE(v.best, v.low, v.high) IS NOT NULL"
    )


# Cells ---------------------------------------------------------------------------------------------------------------

KEY = ("place", "basis", "harm", "subject", "status", "sex", "age", "part", "claimant", "day")


class _Tally:
    """What is known of the cells of two datasets: one harm and group of people."""

    def __init__(self) -> None:
        self.places, self.days, self.has_events = set[str](), ("9999", ""), True
        self.cells = self.alike = 0
        self.ratios = array("d")

    def add_cell(self, place: str, day: str, figures: tuple[int, int], has_events: bool) -> None:
        new, other = figures
        self.places.add(place)
        self.days = min(self.days[0], day), max(self.days[1], day)
        self.has_events = self.has_events and has_events
        self.cells += 1
        self.alike += abs(new - other) <= LIKE_SHARE * max(new, other)
        if new and other:
            self.ratios.append(new / other)


def _compare_cells(dataset: str, others: Sequence[str], letters: int, place_field: str) -> Iterator[Overlap]:
    slugs = (dataset, *others)
    tallies: dict[tuple[Any, ...], _Tally] = defaultdict(_Tally)
    with translate_errors():  # the time limit may end the stream
        rows = stream_rows(_write_cells(len(slugs), letters, place_field), (*slugs, dataset))
        for key, cell in groupby(rows, itemgetter(slice(len(KEY)))):
            place, basis, harm, *group, _, day = key
            figures = {slug: (int(people), has_event) for slug, people, has_event in (row[len(KEY) :] for row in cell)}
            new, is_placed = figures.pop(dataset)
            for other, (people, has_event) in figures.items():
                tallies[other, basis, harm, *group].add_cell(place, day, (new, people), bool(is_placed and has_event))
    for (other, basis, harm, *group), tally in _prefer_whole(tallies):
        unit = RESOLUTIONS[letters] if basis == COUNTS else "day"
        where = (place_field, tuple(sorted(tally.places)), tally.has_events)
        ratio = median_low(tally.ratios) if tally.ratios else None
        names = (dataset, other, basis, harm, tuple(group))
        yield Overlap(*names, *where, unit, *tally.days, tally.cells, tally.alike, ratio)


def _prefer_whole(tallies: dict[tuple[Any, ...], _Tally]) -> Iterator[tuple[tuple[Any, ...], _Tally]]:
    """Yield the tally of whole figures; of a dataset and harm without one, the group with most cells."""
    by_harm = groupby(sorted(tallies.items(), key=itemgetter(0)), lambda pair: pair[0][:3])
    for _, groups in by_harm:
        yield max(groups, key=lambda pair: (pair[0][3:] == WHOLE, pair[1].cells))


def _write_cells(number: int, letters: int, place_field: str) -> str:
    """Return SQL of the cells in which the last parameter's dataset and another one of `number` have figures."""
    is_count = "v.measure IN ('incident', 'period')"
    place = "COALESCE(top.slug, c.slug)" if place_field == "conflict" else "COALESCE(e.country, c.country, top.country)"
    unit = (
        f"SELECT {place} AS place, CASE WHEN {is_count} THEN '{COUNTS}' ELSE '{TOTALS}' END AS basis, v.harm AS harm, "
        "COALESCE(s.slug, '') AS subject, v.victim_status AS status, v.victim_sex AS sex, v.victim_age AS age, "
        "COALESCE(v.part, '') AS part, "
        f"CASE WHEN {is_count} THEN 0 ELSE v.claimant_id END AS claimant, "
        f"CASE WHEN {is_count} THEN substr(v.event_until, 1, {letters}) ELSE v.event_until END AS day, "
        "x.dataset_id AS dataset, "
        f"CASE WHEN {is_count} THEN COALESCE(e.slug, v.event_date || v.event_until) ELSE '' END AS unit, "
        "MIN(COALESCE(v.best, v.low, v.high)) AS people, MIN(CASE WHEN e.country IS NULL THEN 0 ELSE 1 END) AS placed "
        "FROM external x JOIN claim v ON v.slug = x.slug JOIN conflict c ON c.id = v.conflict_id "
        "LEFT JOIN conflict top ON top.id = c.parent_id LEFT JOIN side s ON s.id = v.subject_side_id "
        "LEFT JOIN event e ON e.id = v.event_id "
        f"WHERE x.noun = 'claims' AND x.dataset_id IN ({', '.join([parameter_mark()] * number)}) AND {_is_counted()} "
        f"AND (NOT ({is_count}) OR substr(v.event_date, 1, {letters}) = substr(v.event_until, 1, {letters})) "
        f"GROUP BY {', '.join(map(str, range(1, 13)))}"
    )
    key = ", ".join(KEY)
    cell = (
        f"SELECT {key}, dataset, SUM(people) AS people, MIN(placed) AS placed FROM ({unit}) units "
        f"WHERE place IS NOT NULL GROUP BY {key}, dataset"
    )
    return (
        f"SELECT {key}, dataset, people, placed FROM (SELECT cells.*, COUNT(*) OVER cell AS datasets, "
        f"MAX(CASE WHEN dataset = {parameter_mark()} THEN 1 ELSE 0 END) OVER cell AS has_new FROM ({cell}) cells "
        f"WINDOW cell AS (PARTITION BY {key})) compared WHERE datasets > 1 AND has_new = 1 "
        f"ORDER BY {key}, dataset"
    )


# Words ---------------------------------------------------------------------------------------------------------------


def describe_overlaps(dataset: str, overlaps: Sequence[Overlap] | None, most: int = 5) -> Iterator[str]:
    """Return what the imported dataset and others both count, and the addresses that show one of them alone."""
    if overlaps is None:
        yield (
            f"Other datasets may count the same people as {dataset}: comparing them took more than {SECONDS} seconds. "
            f"Ask for one dataset alone with dataset={dataset}."
        )
        return
    for overlap in overlaps[:most]:
        yield _describe_overlap(overlap)
        yield from (f"  {address}" for address in list_addresses(overlap))
    if len(overlaps) > most:
        rest = sorted({f"{overlap.other} ({overlap.harm})" for overlap in overlaps[most:]})
        yield f"Also compared: {', '.join(rest)}."


def _describe_overlap(overlap: Overlap) -> str:
    units = overlap.unit if overlap.cells == 1 else f"{overlap.unit}s"
    span = overlap.first if overlap.first == overlap.last else f"{overlap.first} to {overlap.last}"
    harm = " ".join([overlap.harm, *_name_group(overlap)])
    figures = f"running totals of {harm} by the same claimant" if overlap.basis == TOTALS else f"figures of {harm}"
    where = " in " if overlap.place_field == "country" else " about "
    sentence = (
        f"{overlap.other} has {figures} too: "
        f"{overlap.cells:,} {units} with both{where}{_name_places(overlap)}, {span}. "
        f"{overlap.alike:,} of {overlap.cells:,} agree within 10 %"
    )
    if overlap.ratio is None:
        return f"{sentence}."
    return f"{sentence}; {overlap.dataset} has {overlap.ratio:.2f} times the figure of {overlap.other} (median)."


def _name_group(overlap: Overlap) -> list[str]:
    return [f"({value})" for value, whole in zip(overlap.group, WHOLE, strict=True) if value != whole]


def _name_places(overlap: Overlap) -> str:
    if len(overlap.places) <= MOST_PLACES:
        return ", ".join(overlap.places)
    return f"{len(overlap.places):,} {'countries' if overlap.place_field == 'country' else 'conflicts'}"


def list_addresses(overlap: Overlap) -> Iterable[str]:
    """Return the address of the figures of each of the two datasets alone."""
    question: dict[str, str] = {"basis": overlap.basis, "harm": overlap.harm}
    question |= {
        name: value for name, value, whole in zip(GROUP_FIELDS, overlap.group, WHOLE, strict=True) if value != whole
    }
    has_place = len(overlap.places) <= MOST_PLACES and (overlap.place_field == "conflict" or overlap.has_events)
    if has_place:
        question[overlap.place_field] = ",".join(overlap.places)
    if overlap.basis == COUNTS:
        question |= {"from": overlap.first, "to": overlap.last}
    for dataset in (overlap.dataset, overlap.other):
        yield f"/v1/statistics/casualties?{urlencode({**question, 'dataset': dataset}, safe=',')}"
