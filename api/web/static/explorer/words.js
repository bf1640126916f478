// Numbers, days and closed words as people read them. Nothing is added or compared here.

const NUMBER = new Intl.NumberFormat("en-US");
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

export const number = (value) => (value == null ? "–" : NUMBER.format(value));
// An address may hold a day that does not exist: it is shown as it stands, and the API says what is wrong.
export function day(text) {
  const found = new Date(`${text}T00:00:00Z`);
  return text ? (Number.isNaN(+found) ? text : DAY.format(found)) : "undated";
}
export const plain = (word) => (word ?? "").replaceAll("_", " ");

const MONTH = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });
const lastOf = (text) => new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).toISOString().slice(0, 10);

// A day that is known only as one of several.
export function days(first, last) {
  if (!first && !last) return "undated";
  if (!first || !last || first === last) return day(first ?? last);
  if (first.endsWith("-01-01") && last === `${first.slice(0, 4)}-12-31`) return `some day in ${first.slice(0, 4)}`;
  if (first.endsWith("-01") && last === lastOf(first)) return `some day in ${MONTH.format(new Date(first))}`;
  return `between ${day(first)} and ${day(last)}`;
}

// The days that a toll covers, as far as they are known.
export function over({ covers_from: from, covers_to: to }) {
  if (from && to) return from === to ? day(from) : `${day(from)} to ${day(to)}`;
  return from ? `from ${day(from)}` : to ? `until ${day(to)}` : "";
}

const TONGUES = new Intl.DisplayNames("en", { type: "language" });
// Words are quoted in the language of their source, which is told where it is not English.
export const tongue = ({ phrase, phrase_lang: lang }) => (!phrase || !lang || ["en", "und"].includes(lang) ? "" : `in ${TONGUES.of(lang)}`);

export const MEASURES = {
  incident: "toll of the event", period: "over a period", cumulative: "running total", identified: "identified by name",
  bodies: "bodies recovered", buried: "buried", estimate: "statistical estimate", unknown: "kind of count not known",
};
export const STATUSES = {
  civilian: "civilians", member_of_armed_forces: "armed forces", other_protected_person: "other protected persons",
  person_directly_participating_in_hostilities: "civilians taking a direct part", unknown: "status unknown", any: "everybody",
};
const SEXES = { man: "men and boys", woman: "women and girls", unknown: "sex unknown", any: "" };
const AGES = { adult: "adults", child: "children", unknown: "age unknown", any: "" };

// Which of the people are counted, where not everybody is.
export const victims = (one) => [one.victim_status === "any" ? "" : STATUSES[one.victim_status], SEXES[one.victim_sex], AGES[one.victim_age]].filter(Boolean).join(", ");

const SAID = {
  about: (c) => `about ${number(c.best)}`,
  at_least: (c) => `at least ${number(c.low)}`,
  more_than: (c) => `more than ${number(c.low)}`,
  nearly: (c) => `nearly ${number(c.best)}`,
  up_to: (c) => `up to ${number(c.high)}`,
  between: (c) => `${number(c.low)} to ${number(c.high)}`,
  vague: (c) => `${number(c.low)} or more`,
  unquantified: () => "no number",
};

// What a claim says, hedged as its speaker hedged it.
export function said(claim) {
  if (SAID[claim.qualifier]) return SAID[claim.qualifier](claim);
  const stated = [claim.low, claim.best, claim.high].filter((value) => value != null);
  if (!stated.length) return "no number";
  const same = stated.every((value) => value === stated[0]);
  return same ? number(stated[0]) : `${number(claim.best ?? claim.low)} (${number(claim.low)} to ${number(claim.high)})`;
}

// The one number by which a claim is placed on a scale: its best, else its low, else its high, all as stated.
export const placed = (claim) => claim.best ?? claim.low ?? claim.high;

export function range(row) {
  const open = row.open_ended > 0 ? " or more" : "";
  return row.low === row.high ? `${number(row.best)}${open}` : `${number(row.low)} to ${number(row.high)}${open}`;
}

export function spread(row) {
  if (row.spread === null) return "0 ↔ figure";
  if (row.spread > 1) return `×${row.spread}`;
  return row.claimants > 1 ? "agree" : "one voice";
}

export const counted = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;
