"""Read the claims of a revision with polars, pandas and DuckDB, straight from the address. Print their shapes."""

import json
import sys

import duckdb
import pandas
import polars
from duckdb_extensions import import_extension


def read_tables(server: str, revision: str) -> dict[str, list[int]]:
    """Return rows and columns as each reader found them."""
    csv, parquet = (f"{server}/v1/claims.{suffix}?revision={revision}" for suffix in ("csv", "parquet"))
    import_extension("httpfs")
    connection = duckdb.connect()
    connection.execute("LOAD httpfs")
    return {
        "polars read_csv": list(polars.read_csv(csv, infer_schema=False).shape),
        "polars scan_csv": list(polars.scan_csv(csv, infer_schema=False).collect().shape),
        "polars read_parquet": list(polars.read_parquet(parquet).shape),
        "pandas read_csv": list(pandas.read_csv(csv, dtype=str, keep_default_na=False).shape),
        "pandas read_parquet": list(pandas.read_parquet(parquet).shape),
        "duckdb read_csv": list(connection.sql(f"FROM read_csv('{csv}', all_varchar = true)").shape),
        "duckdb read_parquet": list(connection.sql(f"FROM read_parquet('{parquet}')").shape),
    }


if __name__ == "__main__":
    print(json.dumps(read_tables(*sys.argv[1:3])))
