// The whole state of the page is in its address, in the words of the API.

export const DEFAULTS = {
  view: "who", conflict: "", side: "", harm: "killed", victim_status: "", basis: "totals", policy: "envelope",
  claimant: "", as_of: "", sort: "", scale: "ratio", q: "", cursor: "", at: "", span: "all",
};
// What belongs to one view's page of rows, and to no other question.
const PASSING = ["sort", "cursor", "at", "span"];

export function read() {
  const given = new URLSearchParams(location.search);
  return { ...DEFAULTS, ...Object.fromEntries([...given].filter(([name]) => name in DEFAULTS)) };
}

export const unknown = () => [...new URLSearchParams(location.search).keys()].filter((name) => !(name in DEFAULTS));

export function address(state) {
  const kept = Object.entries(state).filter(([name, value]) => value !== DEFAULTS[name]);
  const query = new URLSearchParams(kept).toString();
  return query ? `/?${query}` : "/";
}

// The state after a change. Another question begins on its first page.
export function changed(state, change) {
  const fresh = "view" in change ? PASSING : "cursor" in change || "at" in change ? [] : ["cursor"];
  return { ...state, ...Object.fromEntries(fresh.map((name) => [name, DEFAULTS[name]])), ...change };
}
