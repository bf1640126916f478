import { TRACKER, say } from "./words.js";

// The whole state of the page is in its address, in the words of the API.

export const DEFAULTS = {
  view: "who", conflict: "", subject_side: "", harm: "killed", victim_status: "", basis: "both", policy: "envelope",
  claimant: "", as_of: "", sort: "", scale: "ratio", q: "", from: "", to: "", cursor: "", at: "", span: "war",
  lang: "", revision: "", release: "",
};
// Every kind of harm at once: for a list of claims, never for a figure.
export const ANY = "any";
// What belongs to one view's page of rows, and to no other question.
const PASSING = ["sort", "cursor", "at", "span"];

// Earlier names in addresses that somebody kept: they open as before.
const RENAMED = { side: "subject_side" };

// The parameters of the address, without those by which other sites count readers.
const pairs = () => [...new URLSearchParams(location.search)]
  .map(([name, value]) => [Object.hasOwn(RENAMED, name) ? RENAMED[name] : name, value])
  .filter(([name, value]) => Object.hasOwn(DEFAULTS, name) ? value : !TRACKER.test(name));

export function read() {
  return { ...DEFAULTS, ...Object.fromEntries(pairs().filter(([name, value]) => Object.hasOwn(DEFAULTS, name) && value)) };
}

// The page's own closed words; those of the API it judges itself.
const WORDS = { view: ["who", "time", "matrix", "map", "table"], scale: ["ratio", "count"], span: ["all", "war"] };

// What is wrong with the address, in words: a misspelt filter that is ignored would show everything.
export function wrong() {
  const given = pairs();
  const names = given.map(([name]) => name);
  return [
    ...names.filter((name) => !Object.hasOwn(DEFAULTS, name)).map((name) => say("script.wrong.name", { name })),
    ...names.filter((name, at) => names.indexOf(name) < at).map((name) => say("script.wrong.twice", { name })),
    ...given.filter(([name, value]) => value && Object.hasOwn(WORDS, name) && !WORDS[name].includes(value)).map(([name, value]) => say("script.wrong.word", { name, words: WORDS[name].join(", "), value })),
  ];
}

export function address(state) {
  const kept = Object.entries(state).filter(([name, value]) => value !== DEFAULTS[name]);
  const query = new URLSearchParams(kept).toString();
  return query ? `/?${query}` : "/";
}

// The path of a question at the revision or release of the page, where the address names one.
export const pinned = (path, { revision, release }) =>
  path + [["revision", revision], ["release", release]].filter(([, value]) => value).map(([name, value]) => `&${name}=${encodeURIComponent(value)}`).join("");

// The state after a change. Another question begins on its first page.
export function changed(state, change) {
  const fresh = "view" in change ? [...PASSING] : "cursor" in change || "at" in change ? [] : ["cursor"];
  if ("view" in change && state.harm === ANY) fresh.push("harm");
  return { ...state, ...Object.fromEntries(fresh.map((name) => [name, DEFAULTS[name]])), ...change };
}
