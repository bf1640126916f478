// Asks the API of this very host. An error is the API's own problem document, told as it stands.

import { say } from "./words.js";

export class Problem extends Error {
  constructor(told, status) {
    super(told.detail ?? told.title ?? say("script.no_reason"));
    Object.assign(this, { told, status });
  }
}

// Addresses in answers carry the public name of the server; the page asks the host that it came from.
export const local = (url) => {
  const found = new URL(url, location.href);
  return found.pathname + found.search;
};

export function pathOf(path, params) {
  const kept = Object.entries(params).filter(([, value]) => value !== "" && value != null);
  const query = kept.map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll("%2C", ",").replaceAll("%3A", ":")}`);
  return query.length ? `${path}?${query.join("&")}` : path;
}

export async function ask(path, signal) {
  let answer;
  try {
    answer = await fetch(path, { signal, headers: { Accept: "application/json" } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ title: say("script.no_answer"), detail: say("script.unreachable") }, 0);
  }
  const text = await answer.text();
  let told;
  try {
    told = JSON.parse(text);
  } catch {
    throw new Problem({ title: say("script.unreadable"), detail: say("script.not_json", { status: String(answer.status) }) }, answer.status);
  }
  if (!answer.ok) {
    const wait = answer.headers.get("Retry-After");
    throw new Problem(wait ? { ...told, wait } : told, answer.status);
  }
  return told;
}

// All pages of a list: for the few conflicts, sides and claimants from which a reader chooses.
export async function all(path) {
  const found = [];
  for (let next = path; next; ) {
    const answer = await ask(next);
    found.push(...answer.data);
    next = answer.links.next && local(answer.links.next);
  }
  return found;
}

const [MOST_VALUES, LONGEST] = [100, 3_000]; // values in one filter, and letters of them in one address

// Records by their ids, as a map from id to record, in as few questions as an address has room for.
export async function recordsById(path, ids, fields, signal) {
  const batches = [[]];
  for (const id of new Set(ids)) {
    const batch = batches.at(-1);
    if (batch.length === MOST_VALUES || batch.join(",").length + id.length > LONGEST) batches.push([id]);
    else batch.push(id);
  }
  const answers = await Promise.all(batches.filter((batch) => batch.length).map((batch) =>
    ask(pathOf(path, { id: batch.join(","), fields, limit: MOST_VALUES }), signal)));
  return new Map(answers.flatMap((answer) => answer.data).map((record) => [record.id, record]));
}
