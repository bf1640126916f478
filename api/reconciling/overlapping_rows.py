"""Rule 18: units in different rows that hold or cross each other, so that the rows must not be added up.

Rules: docs/developers/reconciling.md#rule-18.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import product

from api.reconciling.containment import Containment
from api.reconciling.reconciled_answer import Caution, Cell, Row
from api.reconciling.record import Claim, Unit
from api.reconciling.statements import Scope


class OverlapFinder:
    """Finds the rows of one basis that share people. `units`: of the claims that the question counts."""

    def __init__(self, containment: Containment, units: Mapping[str, Unit], record: Mapping[str, Claim]) -> None:
        self.containment, self.units, self.record = containment, units, record

    def find_overlapping_rows(self, rows: list[Row]) -> Iterable[Caution]:
        """Yield warnings of units in different rows of one harm that hold or cross each other (rule 18).

        If one unit holds the other, the warning has the outer figure; if they cross, the lower one.
        """
        by_harm: dict[str | None, list[Row]] = defaultdict(list)
        for row in rows:
            by_harm[dict(row.key)["harm"]].append(row)
        for alike in by_harm.values():
            if len(alike) > 1:
                yield from self._find_overlaps(alike)

    def _find_overlaps(self, rows: list[Row]) -> Iterable[Caution]:
        places: dict[Unit, list[tuple[int, Cell]]] = defaultdict(list)
        for number, row in enumerate(rows):
            for cell in row.cells:
                for unit in dict.fromkeys(self.units[claim] for claim in cell.figure.claims):
                    places[unit].append((number, cell))

        cells_by_code: dict[str, dict[int, Cell]] = {"rows_overlap": {}, "rows_cross": {}}
        for unit in places:
            around = {
                "rows_overlap": self.containment.find_outer(unit),
                "rows_cross": self.containment.find_crossing(unit),
            }
            for code, others in around.items():
                for (number, cell), (inner_number, inner_cell) in product(
                    (place for second_unit in others for place in places.get(second_unit, ())), places[unit]
                ):
                    lower = min(cell, inner_cell, key=lambda cell: (cell.figure.best, cell.figure.claims))
                    named = cell if code == "rows_overlap" else lower
                    if (
                        number != inner_number
                        and id(named) not in cells_by_code[code]
                        and self._may_share(cell, inner_cell)
                    ):
                        cells_by_code[code][id(named)] = named
        for code, cells in cells_by_code.items():
            for cell in sorted(cells.values(), key=lambda cell: cell.figure.claims):
                yield Caution(code, cell.figure.claims, cell.figure.best)

    def _may_share(self, cell: Cell, second_cell: Cell) -> bool:
        places, others = (
            [
                (self.units[claim], Scope(self.record[claim].subject_side, self.record[claim].victim_status))
                for claim in c.figure.claims
            ]
            for c in (cell, second_cell)
        )
        return any(self.containment.may_share_people(*a, *b) for a in places for b in others)
