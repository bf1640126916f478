// Table: the claims themselves, one utterance a row.

import { pathOf } from "./api.js";
import { h, outside, page, record } from "./dom.js";
import { ANY } from "./state.js";
import { MEASURES, days, label, over, said, say, tongue, victims } from "./words.js";

const LIMIT = 50;
const FIELDS = "id,stated_on,stated_until,claimant,claimant_side,subject_side,harm,victim_status,victim_sex,victim_age,part,measure,covers_from,covers_to,low,best,high,qualifier,figure_rule,phrase,phrase_lang,note,confirmation,status,status_reason,conflict,event,sources";
// What a heading sorts by, where the API can.
const COLUMNS = [
  [say("page.stated"), "stated_on"], [say("page.claimant")], [say("page.losses")], [say("page.figure"), "best"], [say("page.counts"), "measure"],
  [say("page.words")], [say("page.about")], [say("page.status")], [say("page.source")],
];

export const anyHarm = true;

export const question = (state) => pathOf("/v1/claims", {
  kind: "casualty", conflict: state.conflict, harm: state.harm === ANY ? "" : state.harm, subject_side: state.subject_side, members: state.subject_side && 1, victim_status: state.victim_status, q: state.q,
  from: state.from, to: state.to, as_of: state.as_of, sort: state.sort || "-stated_on", limit: LIMIT, cursor: state.cursor, fields: FIELDS,
});

function heading_(text, name, state, go) {
  if (!name) return h("th", { scope: "col" }, text);
  const current = (state.sort || "-stated_on").replace("-", "") === name ? ((state.sort || "-stated_on").startsWith("-") ? "descending" : "ascending") : "none";
  return h("th", { scope: "col", "aria-sort": current }, h("button", { type: "button", id: `sort-${name}`, onclick: () => go({ sort: current === "descending" ? name : `-${name}` }) },
    text, h("span", { "aria-hidden": "true" }, { descending: " ↓", ascending: " ↑", none: " ↕" }[current])));
}

// What a claim is about: an event, the days of a period, or the whole conflict, named where the question is not about one.
const about = (claim, several) => claim.event ? record("events", claim.event)
  : [several && record("conflicts", claim.conflict), several && claim.measure === "period" && ", ", claim.measure === "period" ? over(claim) : !several && h("span", { class: "dim" }, say("explorer.whole"))];

const words = (claim) => [
  claim.phrase && h("q", { lang: claim.phrase_lang === "und" ? null : claim.phrase_lang, dir: "auto" }, claim.phrase),
  claim.phrase && tongue(claim) && h("span", { class: "dim" }, ` ${tongue(claim)}`),
  claim.note && h("p", { class: "dim" }, claim.note),
];

const row = (claim, world, several, harm) => h("tr", { class: claim.status === "active" ? null : "fallen" }, [
  days(claim.stated_on, claim.stated_until),
  h("span", { class: world.hue(claim.claimant_side) }, h("span", { class: claim.claimant_side ? "key" : "key diamond", "aria-hidden": "true" }), record("claimants", claim.claimant)),
  [claim.subject_side ? record("sides", claim.subject_side) : say("side.all"), victims(claim) && `, ${victims(claim)}`],
  h("a", { href: page(`/claims/${claim.id}`), class: "cited" }, said(claim), harm === ANY && ` ${label("harm", claim.harm)}`),
  MEASURES[claim.measure],
  words(claim),
  about(claim, several),
  claim.status === "active" ? label("confirmation", claim.confirmation) : [label("status", claim.status), claim.status_reason && h("span", { class: "dim" }, `: ${claim.status_reason}`)],
  claim.sources.map((source, at) => [at ? ", " : "", outside(source.url, source.name)]),
].map((cell, at) => h("td", { "data-label": COLUMNS[at][0] }, cell)));

// Which rows of how many are on the page; after a change of the database only how many.
const rowsOf = ({ meta, data }) => meta.first_row
  ? say("page.shown_from", { first: meta.first_row, last: meta.first_row + data.length - 1, total: meta.total })
  : say("explorer.on_page", { shown: data.length, total: meta.total });

export const draw = (answer, world, state, go) => [
  h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": say("explorer.table") }, h("table", { class: "claims-table" },
    h("thead", {}, h("tr", {}, COLUMNS.map(([text, name]) => heading_(text, name, state, go)))),
    h("tbody", {}, answer.data.map((claim) => row(claim, world, !state.conflict, state.harm))))),
  answer.meta.total > answer.data.length && h("p", { class: "dim" }, rowsOf(answer), " ", say("script.table.whole")),
];

// Words that are not found say nothing of what was claimed.
export const none = (state) => state.q && say("script.none.words");
export const heading = (answer) => say("count.claims", { count: answer.meta.total });
export const flat = (path) => ["csv", "xlsx"].map((format) => [format, path.replace("/claims?", `/claims.${format}?`).replace(/&(limit=\d+|fields=[^&]*|cursor=[^&]*)/g, "")]);
