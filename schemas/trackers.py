"""Parameters that newsletters, searches and social networks add to links. Pages and pictures ignore them.

This is the only list of them. The explorer gets it with its page.
"""

import re
from collections.abc import Iterable

#: Beginnings of such parameters: `utm_source`, `mc_cid`.
PREFIXES = ("utm_", "mc_", "pk_", "mtm_", "hsa_", "__hs", "_hs", "at_")
NAMES = (
    "fbclid", "gclid", "gclsrc", "gbraid", "wbraid", "dclid", "msclkid", "twclid", "ttclid", "li_fat_id", "yclid",
    "ysclid", "igshid", "igsh", "mkt_tok", "mibextid", "cmpid", "cid", "ref", "ref_src", "ref_url", "si", "_ga", "_gl",
    "vero_id", "oly_anon_id", "oly_enc_id", "s_cid", "smid", "smtyp",
)  # fmt: skip
#: The same as one expression that Python and JavaScript read alike.
PATTERN = f"^(?:(?:{'|'.join(PREFIXES)})[A-Za-z0-9_]*|{'|'.join(NAMES)})$"
_TRACKER = re.compile(PATTERN)


def is_tracker(name: str) -> bool:
    """Return whether a parameter only says where a reader came from."""
    return _TRACKER.fullmatch(name) is not None


def list_trackers(sent_names: Iterable[str], own_names: Iterable[str]) -> list[str]:
    """Return the sent names that are trackers. A parameter of the address itself never is."""
    names = frozenset(own_names)
    return [name for name in sent_names if name not in names and is_tracker(name)]
