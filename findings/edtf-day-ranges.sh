#!/bin/sh
# edtf 5.0.2 reads the day of a range as the year: 27-29 September 2020 becomes 29 September 2027.
#
# Expected: text_to_edtf turns the dates of people into EDTF. A range of days becomes 2020-09-27/2020-09-29, or None
#   if it cannot be read.
# Seen: the first day becomes a year and the stated year is lost. The answer is a valid EDTF date of one exact day,
#   years away. One form keeps the year at its second end and loses year and month at its first.
# Why it matters: figures are often told for several days of fighting. The dead of 2016 move to 2001. They
#   leave every statistic of their war, and no check of the syntax finds it.

set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
python=$(command -v python3.11 || command -v python3)
"$python" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check edtf==5.0.2

cat > ask.py <<'PYTHON'
from edtf import text_to_edtf

for text in (
    "27 September 2020",
    "27-29 September 2020",
    "27 to 29 September 2020",
    "September 27-29, 2020",
    "10-12 October 2020",
    "1-3 April 2016",
    "3-5 May 1992",
):
    print(text, "=>", text_to_edtf(text))
PYTHON

cat > expected.txt <<'TEXT'
27 September 2020 => 2020-09-27
27-29 September 2020 => 2027-09-29
27 to 29 September 2020 => 2027-09-29
September 27-29, 2020 => 2029-09-27
10-12 October 2020 => 2010-10-12
1-3 April 2016 => 2001-04-03
3-5 May 1992 => XXXX-XX-03/1992-05-05
TEXT

venv/bin/python ask.py | tee seen.txt

diff -u expected.txt seen.txt || { echo "The behaviour has changed."; exit 1; }
echo "As it was found."
