#!/bin/sh
# country-converter 1.3.2 gives Yemen, Vietnam and Serbia numbers that UCDP does not use for them.
#
# Expected: its class GWcode holds the numbers of Gleditsch and Ward, by which UCDP numbers countries. In UCDP's file by
#   country and year (release 25.1) Yemen is 678, Vietnam 816 and Serbia 345.
# Seen: Yemen is 680 here, and Vietnam 817. In the list of Gleditsch and Ward these are the states of the South, which
#   ended in 1990 and 1975. Serbia is 340, as in that list since 2006, where UCDP stays with 345. So the numbers of UCDP
#   are "not found", and from the names another number comes without a warning.
# Why it matters: whoever joins UCDP's figures to names or ISO codes by this class loses three countries. In that file
#   the rows of Yemen alone add up to 67,779 dead. An inner join drops them and tells nothing.
# Note: pandas is held at 2, because this release fails with pandas 3 as soon as it is asked.

set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
python=$(command -v python3.11 || command -v python3)
"$python" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check country-converter==1.3.2 pandas==2.3.3

cat > ask.py <<'PYTHON'
import logging

import country_converter

logging.disable(logging.CRITICAL)
converter = country_converter.CountryConverter()
print(dict(zip(names := ["Yemen", "Vietnam", "Serbia", "Armenia"], converter.convert(names, to="GWcode"))))
print(dict(zip(numbers := [678, 816, 345, 371], converter.convert(numbers, src="GWcode", to="ISO3"))))
PYTHON

cat > expected.txt <<'TEXT'
{'Yemen': 680, 'Vietnam': 817, 'Serbia': 340, 'Armenia': 371}
{678: 'not found', 816: 'not found', 345: 'not found', 371: 'ARM'}
TEXT

venv/bin/python ask.py | tee seen.txt

diff -u expected.txt seen.txt || { echo "The behaviour has changed."; exit 1; }
echo "As it was found."
