"""Addresses of licences that are settings or texts of datasets: `CC BY 4.0`."""

import re

CREATIVE_COMMONS = re.compile(r"CC[ -]?(BY(?:-(?:NC|ND|SA))*|0)[ -]?([1-4]\.0)?", re.IGNORECASE)


def find_address(licence: str) -> str | None:
    """Return the address of a licence of Creative Commons, of another one that is an address itself, or None."""
    if licence.startswith(("http://", "https://")):
        return licence
    known = CREATIVE_COMMONS.fullmatch(licence.strip())
    if known is None:
        return None
    name, version = known[1].lower(), known[2]
    if name == "0":
        return "https://creativecommons.org/publicdomain/zero/1.0/"
    return f"https://creativecommons.org/licenses/{name}/{version}/" if version else None
