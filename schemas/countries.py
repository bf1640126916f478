"""Country codes: ISO 3166-1 alpha-3, the codes that ISO 3166-3 has withdrawn, and XKX for Kosovo."""

import difflib
import functools
from typing import Any

import pycountry
from marshmallow import ValidationError, validate

#: No code of ISO 3166-1: a user-assigned one, by which the European Union and the World Bank know Kosovo.
USER_ASSIGNED = {"XKX": "Kosovo"}
MOST_SUGGESTED = 3


@functools.cache
def country_names() -> dict[str, str]:
    """Return the name of every country that a record may name, by its code. A current name wins over an old one."""
    withdrawn = {country.alpha_3: country.name for country in pycountry.historic_countries}
    return withdrawn | {country.alpha_3: country.name for country in pycountry.countries} | USER_ASSIGNED


def find_nearest(text: str) -> list[str]:
    """Return the codes that a wrong one may mean, the best first: `GER` → DEU, whose name begins so, then DDR."""
    word, names = text.strip().casefold(), country_names()
    begun = sorted(
        (code for code, name in names.items() if len(word) > 2 and name.casefold().startswith(word)),
        key=lambda code: (not pycountry.countries.get(alpha_3=code), code),
    )
    alike = difflib.get_close_matches(text.upper(), names, MOST_SUGGESTED)
    return list(dict.fromkeys([*begun, *alike]))[:MOST_SUGGESTED]


class CountryCode(validate.OneOf):
    """A validator that lets only known codes pass; `more` are further words that a filter takes."""

    def __init__(self, more: tuple[str, ...] = ()) -> None:
        super().__init__([*sorted(country_names()), *more])

    def __call__(self, value: Any) -> Any:
        if value not in self.choices:
            nearest = [f"{code} ({country_names()[code]})" for code in find_nearest(str(value))]
            meant = f" Did you mean {' or '.join(nearest)}?" if nearest else ""
            raise ValidationError(f"Must be a country code of ISO 3166-1, three letters such as AZE.{meant}")
        return value
