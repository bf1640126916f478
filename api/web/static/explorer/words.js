// Numbers, days and closed words as people read them. Nothing is added or compared here.

// What people read in place of the words of the API, and the sentences of the page: it brings them, in its language.
const { language: LANGUAGE, labels: LABELS, messages: MESSAGES, parts: PARTS, trackers: TRACKERS, controls: SENT_CONTROLS } = JSON.parse(document.getElementById("words").textContent);
// Numbers of English have commas, and its days the order of the world: `2,300`, `27 Sep 2020`.
const isEnglish = LANGUAGE === "en";
const NUMBER = new Intl.NumberFormat(isEnglish ? "en-US" : LANGUAGE);
const PLURAL = new Intl.PluralRules(LANGUAGE);
const dates = (form) => new Intl.DateTimeFormat(isEnglish ? "en-GB" : LANGUAGE, { ...form, timeZone: "UTC" });
const DAY = dates({ day: "numeric", month: "short", year: "numeric" });
const [MONTH, YEAR] = [dates({ month: "long", year: "numeric" }), dates({ year: "numeric" })];

export const number = (value) => (value == null ? "–" : NUMBER.format(value));
// An address may hold a day that does not exist: it is shown unchanged, and the API reports the error.
export function day(text) {
  const found = new Date(`${text}T00:00:00Z`);
  // Browsers shorten September to four letters in English; pictures and pages of records have three.
  return text ? (Number.isNaN(+found) ? text : DAY.format(found).replace(" Sept ", " Sep ")) : say("days.undated");
}

// A sentence with its values: `say("count.claims", { count: 3 })` → `3 claims`. Numbers are written as people read them.
// A value that ends in a full stop ends the sentence: `8 мая 2024 г.`.
export function say(key, values = {}) {
  const message = MESSAGES[key];
  const text = typeof message === "string" ? message : message[PLURAL.select(values.count)] ?? message.other;
  return text.replace(/{(\w+)(?::\w+)?}(\.?)/g, (_, name, stop) => {
    const words = typeof values[name] === "number" ? number(values[name]) : String(values[name]);
    return stop ? end(words) : words;
  });
}
export const end = (words) => (words.endsWith(".") ? words : `${words}.`);

// What the API says in English, on the page of another language.
export const inEnglish = isEnglish ? {} : { lang: "en", dir: "ltr" };

// The filters of each view.
export const CONTROLS = SENT_CONTROLS;

// Parameters that other sites add to links; the page ignores them.
export const TRACKER = new RegExp(TRACKERS);

// The label of a word of a vocabulary; a word that the vocabulary lacks has spaces for `_`.
export const label = (vocabulary, word) => LABELS[vocabulary][word]?.label ?? (word ?? "").replaceAll("_", " ");
export const plural = (vocabulary, word) => LABELS[vocabulary][word]?.plural ?? label(vocabulary, word);
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

const mapWords = (vocabulary, build) => Object.fromEntries(Object.keys(LABELS[vocabulary]).map((word) => [word, build(vocabulary, word)]));

const lastOf = (text) => new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).toISOString().slice(0, 10);

// A day that is known only as one of several.
export function days(first, last) {
  if (!first && !last) return say("days.undated");
  if (!first || !last || first === last) return day(first ?? last);
  if (first.endsWith("-01-01") && last === `${first.slice(0, 4)}-12-31`) return say("script.unknown_day", { days: YEAR.format(new Date(first)) });
  if (first.endsWith("-01") && last === lastOf(first)) return say("script.unknown_day", { days: MONTH.format(new Date(first)) });
  return say("days.between", { first: day(first), last: day(last) });
}

export const span = (first, last) => say("days.span", { first: day(first), last: day(last) });

// The days that a figure covers, as far as they are known.
export function coverage(from, to) {
  if (from && to) return from === to ? day(from) : span(from, to);
  return from ? say("days.from", { day: day(from) }) : to ? say("days.until", { day: day(to) }) : "";
}
export const over = (claim) => coverage(claim.covers_from, claim.covers_to);

const TONGUES = new Intl.DisplayNames(LANGUAGE, { type: "language" });
// Words are quoted in the language of their source, which is named if it is not that of the page.
export const tongue = ({ phrase, phrase_lang: lang }) => (!phrase || !lang || [LANGUAGE, "und"].includes(lang) ? "" : say("page.in_language", { name: TONGUES.of(lang) }));

export const MEASURES = mapWords("measure", label);
export const STATUSES = mapWords("victim_status", plural);

// A part of the victims is a free text; the page has words for the usual ones.
export const part = (text) => PARTS[text] ?? text;

const GROUPS = ["victim_status", "victim_sex", "victim_age"];
// Which of the people are counted, where not everybody is.
export const victims = (one) => [...GROUPS.map((name) => (one[name] && one[name] !== "any" ? plural(name, one[name]) : "")), part(one.part)].filter(Boolean).join(", ");

// The sentence of a qualifier whose words stand before a number, the bound that the number is, and the bounds that it states.
const SAID = {
  about: ["figure.about", "best", []], at_least: ["figure.at_least", "best", ["low"]], more_than: ["figure.more_than", "best", ["low"]],
  nearly: ["figure.nearly", "best", ["high"]], up_to: ["figure.up_to", "high", []], exact: ["figure.exact", "best", ["low", "high"]],
};

// What a claim says, hedged as its speaker hedged it: the words of `schemas/figure_words.py`.
export function said(claim) {
  const { qualifier, low, best, high } = claim;
  const isStated = [low, best, high].some((value) => value != null);
  if (qualifier === "vague" && low != null) return say("figure.vague", { number: low });
  if (qualifier === "vague" || qualifier === "unquantified" || !isStated) return say("figure.none");
  const isBetween = qualifier === "between" && low != null && high != null;
  const [key, name, implied] = SAID[qualifier] ?? ["figure.exact", "best", []];
  const number = isBetween ? low : claim[name] ?? (qualifier === "as_given" ? null : placed(claim));
  const isAlone = qualifier === "as_given" && low === high && low === number;
  const words = isBetween ? between(claim) : say(claim.figure_rule === "fewer_than" ? "figure.fewer_than" : key, { number });
  const stated = isBetween ? { low, high } : Object.fromEntries([name, ...(isAlone ? ["low", "high"] : implied)].map((bound) => [bound, number]));
  const extra = Object.entries({ low, best, high }).filter(([bound, value]) => value != null && value !== stated[bound]);
  if (!extra.length) return words;
  return number == null ? bounds(extra) : say("figure.with_bounds", { number: words, bounds: bounds(extra) });
}

// Bounds in words: `5 to 9`, `at least 5`, `up to 9`; each by its name if they are not in order.
function bounds(extra) {
  const { low, best, high } = Object.fromEntries(extra);
  if (best == null && low != null && high != null && low <= high) return between({ low, high });
  if (extra.length === 1 && low != null) return say("figure.at_least", { number: low });
  if (extra.length === 1 && high != null) return say("figure.up_to", { number: high });
  return extra.map(([bound, value]) => say(BOUND[bound], { number: value })).join(", ");
}
const BOUND = { low: "bound.low", best: "bound.best", high: "bound.high" };

const between = ({ low, high }) => say("figure.between", { low, high });

// The one number by which a claim is placed on a scale: its best, else its low, else its high, all as stated.
export const placed = (claim) => claim.best ?? claim.low ?? claim.high;

// Each figure behind the row is an upper bound alone: the 0 below and the best were filled in.
export const isUpperBound = (row) => row.low === 0 && row.best === row.high && row.high > 0 && !row.open_ended && row.imputed > 0 && row.imputed === row.cells && row.imputed === row.claims;

export function range(row) {
  const words = row.low === row.high ? number(row.best) : isUpperBound(row) ? say("figure.up_to", { number: row.high }) : between(row);
  return row.open_ended > 0 ? say("range.open", { range: words }) : words;
}

// How far the best figures are apart. The bar from low to high may be much longer: see `width`.
export function spread(row) {
  if (row.spread === null) return say("script.zero");
  if (row.spread > 1) return `×${ratio(row.spread)}`;
  return row.claimants > 1 ? say("script.agree") : say("script.single");
}

const TIMES = new Intl.NumberFormat(isEnglish ? "en-US" : LANGUAGE, { maximumSignificantDigits: 3 });
const RATIO = new Intl.NumberFormat(isEnglish ? "en-US" : LANGUAGE, { maximumFractionDigits: 20, useGrouping: false });
// A ratio of the API, with all its digits.
export const ratio = (value) => RATIO.format(value);
// How often the highest bound contains the lowest one; empty where they are equal, or the lowest is 0.
export const width = (row) => (row.low > 0 && row.high > row.low ? `×${TIMES.format(row.high / row.low)}` : "");

export const countedClaims = (row) => say("count.claims_of", { claims: say("count.claims", { count: row.claims }), claimants: say("count.claimants", { count: row.claimants }) });

// The two bases: two answers to one question, never added.
export const BASES = Object.fromEntries(["totals", "incidents"].map((word) => [word, capital(plural("basis", word))]));

// Why a statement is not used: the words are those of `statements.reason`.
export const REASONS = mapWords("reason", label);
// Whose losses a claim or a row is about.
export const subjectName = (side) => (!side || side.id === "all" ? say("side.together") : side.name);

// Who speaks, seen from the side whose losses are counted.
export const STANCES = mapWords("stance", label);
// Why two figures have no ratio: the words are those of `ratio_reason`.
export const RATIO_REASONS = mapWords("ratio_reason", label);
// Why a line breaks: the words are those of `breaks.reason`.
export const BREAKS = mapWords("break", label);
