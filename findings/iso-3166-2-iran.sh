#!/bin/sh
# iso-3166-2 1.0.0 knows the provinces of Iran by codes that ISO gave to other provinces in 2020.
#
# Expected: a code of ISO 3166-2 names one province, and two packages with these codes name the same one.
# Seen: in November 2020 ISO gave new codes to 29 of Iran's 31 provinces, without a change of their borders. This
#   package was published in 2024 and has the old ones. iso-3166 4.4.0 has the new ones. 27 of the codes exist in both
#   and name another province in each. IR-16 is Kordestān here and Īlām there. IR-07 is Tehrān here and Fārs there, and
#   Tehrān has the code that Hormozgān had. Two of the old codes exist no more.
# Why it matters: tables and maps are joined by these codes. The people killed in the protests of Kurdistan are counted
#   in Ilam, and those of Sistan and Baluchestan in Hamadan. All codes are valid in both lists, so hardly one row is
#   left over. A map of the same figures with its own list of codes shows other provinces as the worst.
# What helps: to store the name of the province, or the day of the list, beside the code.
# Note: iso3166-2-db 2.3.11 has the old codes, too. pycountry 26.2.16, for Python, has the new ones. Packages and maps
#   report it one by one (github.com/dr5hn/countries-states-cities-database/issues/205,
#   github.com/nvkelso/natural-earth-vector/issues/763).

set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
npm install --silent --no-fund --no-audit --prefix . iso-3166-2@1.0.0 iso-3166@4.4.0

cat > ask.mjs <<'JAVASCRIPT'
import { iso31662 } from "iso-3166";
import older from "iso-3166-2";

const TOLLS = { Kordestān: 12, "Sīstān va Balūchestān": 30, Tehrān: 5 };
const SPELLINGS = { khorasanejanubi: "khorasanejonubi" };

function reduceName(name) {
  const letters = name.normalize("NFD").replace(/[^a-z]/gi, "").toLowerCase();
  return SPELLINGS[letters] ?? letters;
}

function nameProvince(code) {
  return iso31662.find((province) => province.code === code)?.name;
}

const provinces = Object.entries(older.country("IR").sub).map(([code, { name }]) => ({ code, name }));
for (const [place, killed] of Object.entries(TOLLS)) {
  const { code } = provinces.find(({ name }) => name === place);
  console.log(`${killed} killed in ${place}: ${code}, which is ${nameProvince(code)}`);
}
const shared = provinces.filter(({ code }) => nameProvince(code));
const moved = shared.filter(({ code, name }) => reduceName(name) !== reduceName(nameProvince(code)));
console.log(`${provinces.length} codes, ${shared.length} in both packages, ${moved.length} of another province`);
JAVASCRIPT

cat > expected.txt <<'TEXT'
12 killed in Kordestān: IR-16, which is Īlām
30 killed in Sīstān va Balūchestān: IR-13, which is Hamadān
5 killed in Tehrān: IR-07, which is Fārs
31 codes, 29 in both packages, 27 of another province
TEXT

node ask.mjs | tee seen.txt

diff -u expected.txt seen.txt || { echo "The behaviour has changed."; exit 1; }
echo "As it was found."
