"""Parameters that other sites add to links."""

import re

import pytest

from schemas.explorer import ExplorerQuery
from schemas.trackers import PATTERN, is_tracker


@pytest.mark.parametrize(
    "name", ["utm_source", "utm_", "fbclid", "gclid", "mc_cid", "mc_eid", "igshid", "ref", "ref_src", "msclkid", "_ga"]
)
def test_a_tracker_is_known_by_its_name(name: str) -> None:
    assert is_tracker(name)


@pytest.mark.parametrize("name", ["", "utm", "refs", "conflit", "xutm_source", "utm_source=", "ref\n", "view"])
def test_other_words_are_no_trackers(name: str) -> None:
    assert not is_tracker(name)


def test_no_parameter_of_the_page_is_a_tracker() -> None:
    names = [field.data_key or name for name, field in ExplorerQuery().fields.items()]
    assert "conflict" in names and [name for name in names if is_tracker(name)] == []


def test_the_pattern_reads_alike_in_javascript() -> None:
    """It has only groups without a name, alternatives, and the anchors of a whole text."""
    assert re.fullmatch(r"\^\(\?:[A-Za-z0-9_|()\[\]*?:-]+\)\$", PATTERN)
