#!/bin/sh
# mlcroissant 1.1.1 guesses the types of CSV cells, whatever the Croissant description declares.
#
# Expected: a field with the data type sc:Text gives the text that stands in the cell: 007 and NA. The description is
#   valid, and the library reports neither an error nor a warning.
# Seen: the file is read by guess first, and declared types are applied to what is left. 007 comes as 7. NA, the ISO
#   code of Namibia, comes as None. A date that is known to the month, 2020-10, comes as the first of October.
# Why it matters: codes of districts no longer join (7 is not 007). A country loses its dead to "no country". A month
#   becomes a day that no source stated.

set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
python=$(command -v python3.11 || command -v python3)
"$python" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check mlcroissant==1.1.1 pandas==3.1.1

cat > ask.py <<'PYTHON'
import hashlib
import json
import pathlib

import mlcroissant

TABLE = "district,country,happened,killed\n007,NA,2020-10,12\n014,AM,2020-10-12,30\n"
TYPES = {"district": "sc:Text", "country": "sc:Text", "happened": "sc:Date", "killed": "sc:Integer"}
CROISSANT = """citeAs column extract field fileObject fileProperty fileSet format includes isLiveDataset jsonPath key
    equivalentProperty md5 parentField path recordSet references regex repeated replace samplingRate separator source
    subField transform""".split()
CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{name: f"cr:{name}" for name in CROISSANT},
}
source = {"@type": "cr:FileObject", "@id": "toll.csv", "name": "toll.csv", "contentUrl": "toll.csv"}
source |= {"encodingFormat": "text/csv", "sha256": hashlib.sha256(TABLE.encode()).hexdigest()}
fields = [
    {
        "@type": "cr:Field",
        "@id": f"toll/{name}",
        "name": name,
        "dataType": kind,
        "source": {"fileObject": {"@id": "toll.csv"}, "extract": {"column": name}},
    }
    for name, kind in TYPES.items()
]
described = {
    "@context": CONTEXT,
    "@type": "sc:Dataset",
    "name": "toll",
    "description": "An invented toll.",
    "conformsTo": "http://mlcommons.org/croissant/1.0",
    "license": "https://creativecommons.org/licenses/by/4.0/",
    "url": "https://example.org/toll",
    "citeAs": "The desk (2020)",
    "datePublished": "2020-11-01",
    "version": "1.0.0",
    "distribution": [source],
    "recordSet": [{"@type": "cr:RecordSet", "@id": "toll", "name": "toll", "field": fields}],
}
pathlib.Path("toll.csv").write_text(TABLE)
pathlib.Path("toll.json").write_text(json.dumps(described))
dataset = mlcroissant.Dataset(jsonld="toll.json")
print(len(dataset.metadata.issues.errors), "errors,", len(dataset.metadata.issues.warnings), "warnings")
for record in dataset.records("toll"):
    print(*(cell.decode() if isinstance(cell, bytes) else cell for cell in record.values()), sep=" | ")
PYTHON

cat > expected.txt <<'TEXT'
0 errors, 0 warnings
7 | None | 2020-10-01 00:00:00 | 12
14 | AM | 2020-10-12 00:00:00 | 30
TEXT

venv/bin/python ask.py | tee seen.txt

diff -u expected.txt seen.txt || { echo "The behaviour has changed."; exit 1; }
echo "As it was found."
