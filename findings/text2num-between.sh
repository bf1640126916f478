#!/bin/sh
# text2num 3.1.0 writes "between eighty and one hundred people" as "between 8100 people".
#
# Expected: `alpha2digit` writes the number words of a text in digits. A range has two numbers: "between 80 and 100
#   people". So it is with "between twenty and thirty" and with "two hundred or three hundred".
# Seen: English numbers also have an "and" (two hundred and five). The library takes what follows it into the number as
#   far as it can. "Two hundred and three hundred" becomes 203 and 100, and "nine hundred and one thousand two hundred"
#   becomes 901200. All 36 ranges between two round hundreds are wrong. In French it is the same with "et". "Hundreds of
#   people" becomes "100 of people".
# Why it matters: a toll that nobody could count is stated as a range, and a large one between round numbers. All ranges
#   below 100 are right, so a test with small tolls passes.
# Note: word2number 1.1 adds up all that it finds: "between twenty and thirty people" is 50.

set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
python=$(command -v python3.11 || command -v python3)
"$python" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check text2num==3.1.0 word2number==1.1

cat > ask.py <<'PYTHON'
from text_to_num import alpha2digit
from word2number.w2n import word_to_num

DIGITS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
TEXTS = [
    "between twenty and thirty people",
    "two hundred or three hundred people",
    "between eighty and one hundred people",
    "between two hundred and three hundred people",
    "between nine hundred and one thousand two hundred people",
    "between two thousand and three thousand people",
    "hundreds of people",
    "tens of thousands of people",
]
for text in TEXTS:
    print(text, "=>", alpha2digit(text, "en"))
text = "entre deux cents et trois cents morts"
print(text, "=>", alpha2digit(text, "fr"))


def is_right(low, high):
    text = f"between {DIGITS[low - 1]} hundred and {DIGITS[high - 1]} hundred people"
    return alpha2digit(text, "en") == f"between {low}00 and {high}00 people"


ranges = [(low, high) for low in range(1, 10) for high in range(low + 1, 10)]
print("right:", sum(is_right(low, high) for low, high in ranges), "of", len(ranges))
print("word2number:", word_to_num(TEXTS[0]))
PYTHON

cat > expected.txt <<'TEXT'
between twenty and thirty people => between 20 and 30 people
two hundred or three hundred people => 200 or 300 people
between eighty and one hundred people => between 8100 people
between two hundred and three hundred people => between 203 100 people
between nine hundred and one thousand two hundred people => between 901200 people
between two thousand and three thousand people => between 2003 1000 people
hundreds of people => 100 of people
tens of thousands of people => 10 of 1000 of people
entre deux cents et trois cents morts => entre 203 100 morts
right: 0 of 36
word2number: 50
TEXT

venv/bin/python ask.py | tee seen.txt

diff -u expected.txt seen.txt || { echo "The behaviour has changed."; exit 1; }
echo "As it was found."
