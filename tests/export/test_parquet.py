"""Parquet is written in bounded memory, whatever the number of rows."""

import pathlib

import duckdb

from api.export.parquet import LEAST_READ, MEGABYTES, write_parquet
from api.http.formats import Layout

TEXT = "a" * 994


def test_rows_may_take_more_space_than_duckdb_has_memory(tmp_path: pathlib.Path) -> None:
    rows = MEGABYTES * 1_100  # each is 1,000 bytes: a tenth more than the memory
    texts = (f'\r\n{number % 10},"{TEXT}"' for number in range(rows))
    file = tmp_path / "rows.parquet"
    file.write_bytes(b"".join(write_parquet(Layout(["number", "text"], [], {"number": "integer"}), texts, {})))
    figures = f"SELECT count(*), sum(number), count(DISTINCT text) FROM '{file}'"
    with duckdb.connect() as connection:
        assert connection.execute(figures).fetchone() == (rows, rows // 10 * 45, 1)


def test_a_row_may_be_longer_than_duckdb_reads_at_a_time(tmp_path: pathlib.Path) -> None:
    lengths = [3, 2 * LEAST_READ, 5, 4 * LEAST_READ]
    texts = (f'\r\n{length},"{"b" * length}"' for length in lengths)
    file = tmp_path / "rows.parquet"
    file.write_bytes(b"".join(write_parquet(Layout(["number", "text"], [], {"number": "integer"}), texts, {})))
    with duckdb.connect() as connection:
        assert connection.execute(f"SELECT number, length(text) FROM '{file}'").fetchall() == [(n, n) for n in lengths]
