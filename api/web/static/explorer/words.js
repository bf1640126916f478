// Numbers, days and closed words as people read them. Nothing is added or compared here.

const NUMBER = new Intl.NumberFormat("en-US");
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

export const number = (value) => (value == null ? "–" : NUMBER.format(value));
// An address may hold a day that does not exist: it is shown unchanged, and the API reports the error.
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
  if (first.endsWith("-01-01") && last === `${first.slice(0, 4)}-12-31`) return `on an unknown day in ${first.slice(0, 4)}`;
  if (first.endsWith("-01") && last === lastOf(first)) return `on an unknown day in ${MONTH.format(new Date(first))}`;
  return `between ${day(first)} and ${day(last)}`;
}

// The days that a figure covers, as far as they are known.
export function coverage(from, to) {
  if (from && to) return from === to ? day(from) : `${day(from)} to ${day(to)}`;
  return from ? `from ${day(from)}` : to ? `until ${day(to)}` : "";
}
export const over = (claim) => coverage(claim.covers_from, claim.covers_to);

const TONGUES = new Intl.DisplayNames("en", { type: "language" });
// Words are quoted in the language of their source, which is named if it is not English.
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
export const victims = (one) => [one.victim_status === "any" ? "" : STATUSES[one.victim_status], SEXES[one.victim_sex], AGES[one.victim_age], one.part].filter(Boolean).join(", ");

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

// How far the best figures are apart. The bar from low to high may be much longer: see `width`.
export function spread(row) {
  if (row.spread === null) return "0 against a figure";
  if (row.spread > 1) return `×${row.spread}`;
  return row.claimants > 1 ? "agree" : "a single claimant";
}

const TIMES = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });
// How often the highest bound contains the lowest one; empty where they are equal, or the lowest is 0.
export const width = (row) => (row.low > 0 && row.high > row.low ? `×${TIMES.format(row.high / row.low)}` : "");

export const counted = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

// The two bases: two answers to one question, never added.
export const BASES = { totals: "Latest totals", incidents: "Single events added up" };

// Why a statement is not used: the words are those of `statements.reason`.
export const REASONS = {
  superseded: "replaced by a newer statement of the same claimant",
  later: "stated after the day chosen",
  undated: "undated, so it cannot be compared with dated totals",
  retracted: "retracted",
  misreport: "a garbled report of another statement",
  same_as: "repeats another statement",
  included_in: "part of another figure here",
  other_scope: "about a part of what another figure states as a whole",
  later_start: "counts from a later day than the figures used",
  older_total: "older than the newest comparable totals",
  period_overlap: "covers days and people that another figure here covers",
  filtered: "outside the filters on what is counted",
  not_heard: "its claimant is left out by the rule or a filter",
  not_picked: "not chosen by the rule",
  not_a_figure: "a denial, an attribution of responsibility, or a recorded silence",
  unquantified: "states no number",
  unplaced: "does not say enough about its event, days or measure",
  cumulative: "a total so far, which is in the other list",
  incident: "about a single event or period, which is in the other list",
  of_one_event: "a total so far of one event",
  no_such_group: "a total so far, which has no event, day or place",
  began_before: "began before the first day chosen",
  reaches_over: "covers days after the last day chosen",
};
// Whose losses a claim or a row is about.
export const subjectName = (side) => (!side || side.id === "all" ? "all sides together" : side.name);

// Who speaks, seen from the side whose losses are counted.
export const STANCES = { own: "on its own losses", opposing: "an opponent", affiliated: "affiliated to a party", third_party: "third party" };
// Why two figures have no ratio: the words are those of `ratio_reason`.
export const RATIO_REASONS = {
  no_own_figure: "it gave no such figure of its own",
  other_events: "the two figures are about different events or periods",
  undated: "one of the figures has no day",
  other_days: "the two figures cover different days",
  incomplete: "the two figures lack different parts, such as civilians",
  zero: "its own figure is 0",
};
