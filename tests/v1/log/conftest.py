"""What the tests with programs of other people share."""

import pathlib

import pytest


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Return the folder into which the programs are installed once."""
    return tmp_path_factory.mktemp("outside")
