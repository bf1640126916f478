"""One import, in a process that starts like the command: `python -m bench.import_once FOLDER`."""

# First, because it loads all that the command loads without collections of garbage, and then leaves it out of them.
import wsgi

# isort: split
import argparse
import pathlib
import sys
import time
from contextlib import redirect_stdout

from api.cli.image import write_with_progress
from api.cli.rare_collections import collect_rarely
from api.database.connection import database, is_postgres
from bench.clock import memory
from bench.upkeep import upkeep_timed
from imports.cli.import_files import show_progress
from imports.mapping_language.compile import load_mapping
from imports.pipeline.error_report import ErrorReport
from imports.pipeline.run import ImportOptions, ImportRun


def main() -> None:
    given = argparse.ArgumentParser(
        description="Import the many.csv of a folder; prints the peak MB and the CPU seconds, all and upkeep."
    )
    given.add_argument("folder", type=pathlib.Path)
    folder: pathlib.Path = given.parse_args().folder
    asked = ImportOptions([folder / "many.csv"], load_mapping(str(folder / "many.yaml")), "1", "The bench.")
    with database.connection_context(), ErrorReport(folder / "report.csv") as report:
        if not is_postgres():
            database.execute_sql("PRAGMA synchronous = OFF")
        with redirect_stdout(sys.stderr), upkeep_timed() as spent, collect_rarely():
            ImportRun(asked, report, show_progress).run()
            write_with_progress()
    print(memory("self", "VmHWM"), time.process_time(), sum(spent))


if __name__ == "__main__":
    assert wsgi.app
    main()
