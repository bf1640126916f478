// Numbers, days and closed words as people read them. Nothing is added or compared here.

const NUMBER = new Intl.NumberFormat("en-US");
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

export const number = (value) => (value == null ? "–" : NUMBER.format(value));
// An address may hold a day that does not exist: it is shown unchanged, and the API reports the error.
export function day(text) {
  const found = new Date(`${text}T00:00:00Z`);
  return text ? (Number.isNaN(+found) ? text : DAY.format(found)) : "undated";
}
// What people read in place of the words of the API, and the sentences of figures: the page brings them, in its language.
const { labels: LABELS, messages: MESSAGES, trackers: TRACKERS } = JSON.parse(document.getElementById("words").textContent);

// Parameters that other sites add to links; the page ignores them.
export const TRACKER = new RegExp(TRACKERS);

// The label of a word of a vocabulary; a word that the vocabulary lacks has spaces for `_`.
export const label = (vocabulary, word) => LABELS[vocabulary][word]?.label ?? (word ?? "").replaceAll("_", " ");
export const plural = (vocabulary, word) => LABELS[vocabulary][word]?.plural ?? label(vocabulary, word);
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const translate = (key, values) => MESSAGES[key].replace(/{(\w+)}/g, (_, name) => values[name]);

const mapWords = (vocabulary, build) => Object.fromEntries(Object.keys(LABELS[vocabulary]).map((word) => [word, build(vocabulary, word)]));

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

export const MEASURES = mapWords("measure", label);
export const STATUSES = mapWords("victim_status", plural);

const GROUPS = ["victim_status", "victim_sex", "victim_age"];
// Which of the people are counted, where not everybody is.
export const victims = (one) => [...GROUPS.map((name) => (one[name] && one[name] !== "any" ? plural(name, one[name]) : "")), one.part].filter(Boolean).join(", ");

const SAID = {
  about: ({ best }) => best, at_least: ({ low }) => low, more_than: ({ low }) => low, nearly: ({ best }) => best, up_to: ({ high }) => high, vague: ({ low }) => low,
};

// What a claim says, hedged as its speaker hedged it.
export function said(claim) {
  const stated = [claim.low, claim.best, claim.high].filter((value) => value != null);
  if (claim.qualifier === "unquantified" || !stated.length) return translate("figure.none");
  if (claim.qualifier === "between") return between(claim);
  if (SAID[claim.qualifier]) return translate(`figure.${claim.qualifier}`, { number: number(SAID[claim.qualifier](claim)) });
  const same = stated.every((value) => value === stated[0]);
  return same ? number(stated[0]) : translate("figure.with_bounds", { number: number(claim.best ?? claim.low), bounds: between(claim) });
}

const between = ({ low, high }) => translate("figure.between", { low: number(low), high: number(high) });

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
export const BASES = Object.fromEntries(["totals", "incidents"].map((word) => [word, capital(plural("basis", word))]));

// Why a statement is not used: the words are those of `statements.reason`.
export const REASONS = mapWords("reason", label);
// Whose losses a claim or a row is about.
export const subjectName = (side) => (!side || side.id === "all" ? "all sides together" : side.name);

// Who speaks, seen from the side whose losses are counted.
export const STANCES = mapWords("stance", label);
// Why two figures have no ratio: the words are those of `ratio_reason`.
export const RATIO_REASONS = mapWords("ratio_reason", label);
// Why a line breaks: the words are those of `breaks.reason`.
export const BREAKS = mapWords("break", label);
