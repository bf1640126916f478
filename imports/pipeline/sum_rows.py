"""Notice rows that read as sums of other rows: their people would be counted twice."""

import re
from collections.abc import Iterable

from imports.mapping_language.record_makers import RecordDocument

#: Fields that have the place or the part of a figure, as a table names its rows.
NAMING_FIELDS = ("place", "admin1", "admin2", "part")
LONGEST = 40
#: "Total", "Grand total", "Total East", "Разом Схід", but no Totalville.
SUM = re.compile(
    r"(?:(?:grand |sub)?totals?|all regions|total general|totaal|gesamt|insgesamt|ukupno|toplam|cəmi|"
    r"усього|всього|разом|итого|всего|المجموع|الإجمالي|مجموع|جمع کل|סך הכל|סה\"כ|ընդամենը)\b",
    re.IGNORECASE,
)


def find_sum(records: Iterable[RecordDocument]) -> str | None:
    """Return the field of a record that names a sum, or None."""
    for record in records:
        for field in NAMING_FIELDS:
            text = record.document.get(field)
            if text and len(text) <= LONGEST and SUM.match(text):
                return field
    return None
