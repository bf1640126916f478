"""The seed records, sample files of other datasets with their licences, and the command that loads the records."""

import pathlib

DATA = pathlib.Path(__file__).parent / "data"
