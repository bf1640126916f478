"""The yardstick of answers that are sent again runs behind the same gunicorn, without a database."""

import pathlib

from bench.serving import serving


def test_the_bare_application_sends_as_many_bytes_as_its_address_says(tmp_path: pathlib.Path) -> None:
    """It did not start since workers read the database before their first request."""
    with serving("bench.bare:app", tmp_path, "/1") as bare:
        assert len(bare.ask_whole("/5000", {})[1]) == 5000
