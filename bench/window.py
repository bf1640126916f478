"""The yardstick: the envelope of every cell over the claims of the columnar image, in one query of DuckDB.

It uses single claims about one side in one event, and the newest of each claimant. It does not know parts, wholes,
members, periods, relations, changes since the image, the evidence behind a row, or HTTP.
"""

import pathlib
from typing import NamedTuple

import duckdb

from bench.questions import FIGURES

CELL = "conflict, event_key, harm, subject_side"
GROUPS = "group_by=conflict,subject_side,year&basis=incidents"
AS_OF = "2019-06-30"


class Yardstick(NamedTuple):
    """Our question, and the same in SQL: `claims` filters before the choice of the newest claim, `voices` after it."""

    name: str
    query: str
    claims: str = "TRUE"
    voices: str = "TRUE"

    @property
    def address(self) -> str:
        return f"{FIGURES}{GROUPS}{self.query}"

    def sql(self, image: pathlib.Path) -> str:
        return f"""
        WITH newest AS (
            SELECT * FROM read_parquet('{image}')
            WHERE kind = 'casualty' AND measure = 'incident' AND filled_best IS NOT NULL AND subject_side IS NOT NULL
                AND retracted_on IS NULL AND {self.claims}
            QUALIFY ROW_NUMBER() OVER (
                PARTITION BY event_key, harm, subject_key, claimant_key ORDER BY stated_last DESC, key DESC
            ) = 1
        ), voices AS (
            SELECT {CELL}, ANY_VALUE(event_first) AS first, MIN(filled_low) AS low, MAX(filled_high) AS high,
                QUANTILE_DISC(filled_best, 0.5) AS best
            FROM newest WHERE {self.voices} GROUP BY {CELL}, voice
        ), cells AS (
            SELECT {CELL}, SUBSTR(ANY_VALUE(first), 1, 4) AS year, MIN(low) AS low, MAX(high) AS high,
                QUANTILE_DISC(best, 0.5) AS best
            FROM voices GROUP BY {CELL}
        )
        SELECT conflict, subject_side, harm, year, SUM(low), SUM(best), SUM(high) FROM cells GROUP BY 1, 2, 3, 4
        """


YARDSTICKS = (
    Yardstick("all conflicts by year", ""),
    Yardstick("one country", "&country=ALB", "country = 'ALB'"),
    Yardstick("one side", "&subject_side=camp-3-a", "subject_side = 'camp-3-a'"),
    Yardstick("one claimant", "&claimant=claimant-120", voices="claimant = 'claimant-120'"),
    Yardstick("one source", "&source=source-7", voices="list_contains(sources, 'source-7')"),
    Yardstick("as of a day", f"&as_of={AS_OF}", f"stated_last <= '{AS_OF}'"),
)


def connect() -> duckdb.DuckDBPyConnection:
    """Return a DuckDB with one thread and the memory limit of our server."""
    return duckdb.connect(config={"threads": 1, "memory_limit": "256MB"})
