#!/bin/sh
# hdx-python-country 4.2.5 gives a name that two districts share to the last of them, and calls it exact.
#
# Expected: `AdminLevel.get_pcode` finds the p-code of a place by its name. It answers with a code, and with True for an
#   exact match. A name of two districts has no exact match as long as the region is not named. A name that several
#   regions have in common has none at all.
# Seen: each name has one code per country. The district that is read last wins, and the answer is True. The same rows
#   in another order give the other district. "Redland", where there are a North, a South and an East Redland, is the
#   first of them. That answer is False, as it is for a slightly different spelling.
# Why it matters: OCHA's data are joined by p-codes, and districts of one country often share a name. The dead of all
#   of them are added up in one, and the others look safe. A filter for exact matches does not find it.
# What helps: parent="SS01", if the rows have "Parent P-Code". With fuzzy_match=False no part of a name is matched.
# Note: the matching by similarity is documented. The region was added with such names in mind
#   (github.com/OCHA-DAP/hdx-python-country/pull/20). Without it no message says that there are two.

set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
python=$(command -v python3.11 || command -v python3)
"$python" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check hdx-python-country==4.2.5 hdx-python-utilities==4.2.5

cat > ask.py <<'PYTHON'
from hdx.location.adminlevel import AdminLevel

COLUMNS = ("Location", "Admin Level", "P-Code", "Name", "Parent P-Code")
ROWS = [
    ("SSD", "1", "SS01", "North Redland", "SSD"),
    ("SSD", "1", "SS02", "South Redland", "SSD"),
    ("SSD", "1", "SS03", "East Redland", "SSD"),
    ("SSD", "2", "SS0101", "Newtown", "SS01"),
    ("SSD", "2", "SS0102", "Oldford", "SS01"),
    ("SSD", "2", "SS0301", "Newtown", "SS03"),
]


def read_level(level, rows=ROWS):
    places = AdminLevel(admin_level=level)
    places.setup_from_iterable(dict(zip(COLUMNS, row)) for row in rows)
    return places


districts = read_level(2)
for name in ("Oldford", "Newtown"):
    print(name, *districts.get_pcode("SSD", name))
print("Newtown, sorted otherwise", *read_level(2, ROWS[::-1]).get_pcode("SSD", "Newtown"))
print("Newtown in North Redland", *districts.get_pcode("SSD", "Newtown", parent="SS01"))
regions = read_level(1)
for name in ("South Redland", "Redland"):
    print(name, *regions.get_pcode("SSD", name))
PYTHON

cat > expected.txt <<'TEXT'
Oldford SS0102 True
Newtown SS0301 True
Newtown, sorted otherwise SS0101 True
Newtown in North Redland SS0101 True
South Redland SS02 True
Redland SS01 False
TEXT

venv/bin/python ask.py | tee seen.txt

diff -u expected.txt seen.txt || { echo "The behaviour has changed."; exit 1; }
echo "As it was found."
