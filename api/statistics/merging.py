"""Merge plain cells and walked cells into the rows of one answer."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any, overload

from api.history.revisions import current_revision
from api.listings.references import cached_references
from api.reconciling.question import CLAIM_DIMENSIONS, Question, RowKey
from api.reconciling.reconcile import reconcile
from api.reconciling.reconciled_answer import INCIDENTS, Answer, Caution, FigureGap, Row
from api.reconciling.record import Claim
from api.reconciling.row_keys import order_values
from api.reconciling.silences import is_silent_on_gaps
from api.statistics.notices import MOST_NAMED
from api.statistics.plain_cells import PlainCells, PlainRow
from api.statistics.reading import Reading
from api.statistics.relevant_claims import RelevantClaims

#: Camps, the first and last camp and status with a figure, and the row's side and victim status.
Combination = tuple[str, tuple[str, str], str | None, str | None]
Gaps = dict[Combination, tuple[tuple[FigureGap, ...], bool]]

#: What rows of both kinds have, and what adds up.
AMOUNTS = ("low", "best", "high", "open_ended", "imputed", "reaches_over", "disputed")
_read_amounts = attrgetter(*AMOUNTS)


class LazyIds(Sequence[str]):
    """A counted number of ids, which are loaded when they are first read."""

    def __init__(self, number: int, load: Callable[[], Sequence[str]]) -> None:
        self.number, self.load = number, load

    def __len__(self) -> int:
        return self.number

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        return self.ids[at]

    @cached_property
    def ids(self) -> Sequence[str]:
        ids = sorted(self.load())
        if len(ids) != self.number:
            raise RuntimeError(f"{self.number} claims were counted, and {len(ids)} are there.")
        return ids


#: What answers for the claims that are not walked, and what calls a function with it once more (see `Merger`).
Unwalked = PlainCells | RelevantClaims
Reload = Callable[[Callable[[Any], list[str]]], list[str]]


def load_excluded(unwalked: Unwalked, reload: Reload) -> dict[str, Sequence[str]]:
    """Return by reason the claims that were left out without being walked."""
    return {
        reason: LazyIds(number, lambda reason=reason: reload(lambda cells: cells.fetch_excluded(reason)))  # type: ignore[misc]
        for reason, number in unwalked.count_excluded().items()
    }


class Merger:
    """Adds plain cells to a walked answer. `reload` reads the plain cells again, once the frame is closed."""

    def __init__(
        self, plain: PlainCells, question: Question, read_events: Callable[[list[str]], Reading],
        reload: Reload,
    ) -> None:  # fmt: skip
        self.plain, self.question, self.read_events, self.reload = plain, question, read_events, reload
        self.claimants = cached_references(current_revision()).claimants
        self.speakers = plain.fetch_speakers()
        self.events: dict[int, str] = {}

    def merge_rows(self, answer: Answer, silences: Iterable[Claim]) -> Answer:
        sums: dict[RowKey, list[PlainRow]] = defaultdict(list)
        for plain_row in self.plain.fetch_rows():
            sums[plain_row.key].append(plain_row)
        gaps = self._find_gaps([row for rows in sums.values() for row in rows])
        silent = self._find_silences(answer, sums, gaps, list(silences))
        walked = {row.key: row for row in answer.rows if row.basis == INCIDENTS}
        merged = [
            self._merge_row(key, sums.get(key, []), walked.get(key), gaps, silent.get(key, set()))
            for key in sorted(sums.keys() | walked.keys(), key=lambda key: order_values(value for _, value in key))
        ]
        others = [row for row in answer.rows if row.basis != INCIDENTS]
        return answer._replace(rows=tuple([*merged, *others]), warnings=(*answer.warnings, *self._warn_of_earlier()))

    def _warn_of_earlier(self) -> Iterable[Caution]:
        number, people = self.plain.fetch_earlier()
        if number:
            first_claims = sorted(self.plain.fetch_excluded("began_before"))[: MOST_NAMED + 1]
            yield Caution("began_before", tuple(first_claims), people, number)

    def _find_gaps(self, rows: list[PlainRow]) -> Gaps:
        """Return the gaps of cells by combination of camps and figures: one event of each combination is walked."""
        samples = {_combine_row(row): row for row in rows}
        if not samples:
            return {}
        self.events = self.plain.name_events({row.sample for row in samples.values()})
        groups = tuple(d for d in self.plain.dimensions if d in CLAIM_DIMENSIONS)
        question = self.question._replace(
            basis=INCIDENTS, group_by=("event", *groups), window_from=None, window_to=None
        )
        reading = self.read_events(sorted(set(self.events.values())))
        answer = reconcile(reading.world, reading.claims, reading.relations, reading.narrow(question))
        by_event = {self._name_sample(dict(row.key), groups): row for row in answer.rows}
        gaps = {}
        for combination, row in samples.items():
            sample = by_event[self._name_sample({**dict(row.key), "event": self.events[row.sample]}, groups)]
            gaps[combination] = sample.missing, sample.incomplete > 0
        return gaps

    @staticmethod
    def _name_sample(key: dict[str, str | None], groups: tuple[str, ...]) -> tuple[str | None, ...]:
        return key["event"], *(key[d] for d in groups)

    def _find_silences(
        self, answer: Answer, sums: dict[RowKey, list[PlainRow]], gaps: Gaps, silences: list[Claim]
    ) -> dict[RowKey, set[str]]:
        """Return by row the silences on the gaps of its plain cells."""
        if not silences or not any(missing for missing, _ in gaps.values()):
            return {}
        by_id = {silence.id: silence for silence in silences}
        listed = [
            (s.id, conflict, s.event, s.covers_from or "", s.covers_to or "9999-12-31")
            for s in silences
            for conflict in answer.world.list_related_conflicts(s.conflict)
        ]
        silent: dict[RowKey, set[str]] = defaultdict(set)
        samples = {_combine_row(row): row.sample for rows in sums.values() for row in rows}
        for silence, *values, camps, first, last in self.plain.match_silences(listed):
            key: RowKey = tuple(zip(self.plain.dimensions, values, strict=True))
            claim, harm = by_id[silence], dict(key)["harm"]
            combination = _combine_key(camps or "", (first, last), key)
            missing, _ = gaps[combination]
            named = {(gap.side, gap.status) for gap in missing}
            if (
                claim.harm == harm
                and named
                and self._is_silent_on_sample(answer, claim, self.events[samples[combination]], named)
            ):
                silent[key].add(silence)
        return silent

    def _is_silent_on_sample(self, answer: Answer, silence: Claim, sample: str, named: set[tuple[str, str]]) -> bool:
        (event,) = self.plain.frame.read_events([sample])
        return is_silent_on_gaps(answer.world, silence, answer.world.make_event_unit(event), named)

    def _merge_row(self, key: RowKey, plain: list[PlainRow], walked: Row | None, gaps: Gaps, silent: set[str]) -> Row:
        lacking: Counter[tuple[str, str]] = Counter()
        incomplete = 0
        for row in plain:
            missing, is_incomplete = gaps[_combine_row(row)]
            incomplete += row.cells if is_incomplete else 0
            for gap in missing:
                lacking[gap.side, gap.status] += row.cells
        speaking, carrying = self.speakers.get(key, ([], []))
        claimants = {ref["id"] for c in speaking if (ref := self.claimants[c])}
        sources: set[str | int] = set(carrying)
        spreads = [row.spread for row in plain]
        if walked:
            incomplete += walked.incomplete
            claimants.update(walked.claimants)
            sources.update(walked.sources)
            spreads.append(walked.spread)
            silent = silent | set(walked.silences)
            for gap in walked.missing:
                lacking[gap.side, gap.status] += gap.cells
        if not plain:
            assert walked
            return walked
        every: list[PlainRow | Row] = [*plain, *([walked] if walked else [])]
        columns = zip(*map(_read_amounts, every), strict=True)
        amounts = dict(zip(AMOUNTS, map(sum, columns), strict=True))
        cells = sum(row.cells for row in plain) + (walked.cells_count if walked else 0)
        return Row(
            basis=INCIDENTS,
            key=key,
            **amounts,
            cells_count=cells,
            incomplete=incomplete,
            spread=None if None in spreads else max(s for s in spreads if s is not None),
            claims=self._count_ids(key, sum(row.claims for row in plain), walked.claims if walked else ()),
            claimants=tuple(sorted(claimants)),
            sources=tuple(sources),
            missing=tuple(FigureGap(*gap, lacking[gap]) for gap in sorted(lacking)),
            silences=tuple(sorted(silent)),
            cells=walked.cells if walked else (),
            statements=walked.statements if walked else (),  # nobody reads those of plain cells
            is_added_up=cells > 1 or any(row.sums for row in plain) or bool(walked and walked.is_added_up),
        )

    def _count_ids(self, key: RowKey, number: int, walked: Sequence[str]) -> LazyIds:
        return LazyIds(number + len(walked), lambda: [*walked, *self.reload(lambda cells: cells.fetch_used(key))])


def _combine_key(camps: str, present: tuple[str, str], key: RowKey) -> Combination:
    values = dict(key)
    return camps, present, values.get("subject_side"), values.get("victim_status")


def _combine_row(row: PlainRow) -> Combination:
    return _combine_key(row.camps, row.present, row.key)
