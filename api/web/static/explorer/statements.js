// The statements of a row: every claimant's newest, used or not, each with its day and, where it is not used, the reason.

import { about } from "./card.js";
import { recordsById } from "./api.js";
import { h, page, record } from "./dom.js";
import { isPart, reasonOf } from "./marks.js";
import { STANCES, capital, coverage, days, placed, said, say, victims } from "./words.js";

const FIELDS = "id,claimant,claimant_side,subject_side,harm,victim_status,victim_sex,victim_age,part,measure,covers_from,covers_to,stated_on,stated_until,low,best,high,qualifier,figure_rule,phrase,phrase_lang,confirmation,sources,note";

// The claims that rows name only by their ids, with names, words and sources.
export function loadClaims(rows, signal) {
  const known = new Set(rows.flatMap((row) => (row.evidence ?? []).map((claim) => claim.id)));
  const unknown = rows.flatMap((row) => (row.statements ?? []).map((statement) => statement.claim)).filter((id) => !known.has(id));
  return recordsById("/v1/claims", unknown, FIELDS, signal);
}

// Each statement of a row with its claim; null: the answer has no statements, because they are too many or of single events.
export function statementsOf(row, claims) {
  const evidence = new Map((row.evidence ?? []).map((claim) => [claim.id, claim]));
  if (!row.statements) return row.evidence ? row.evidence.map((claim) => ({ ...claim, used: true })) : null;
  return row.statements.map((statement) => ({
    claimant: { id: statement.claimant, name: statement.claimant }, claimant_side: null, subject_side: null, sources: [],
    ...statement, id: statement.claim, ...(evidence.get(statement.claim) ?? claims?.get(statement.claim)),
    used: statement.used, reason: statement.reason, stance: statement.stance, first_day: statement.first_day, last_day: statement.last_day,
  }));
}

const newestFirst = (a, b) => (b.stated_until ?? b.stated_on ?? "").localeCompare(a.stated_until ?? a.stated_on ?? "") || (placed(b) ?? -1) - (placed(a) ?? -1);

function line(statement, row, world) {
  const part = isPart(statement, row) && [statement.subject_side && statement.subject_side.id !== row.subject_side?.id ? statement.subject_side.name : "", victims(statement)].filter(Boolean).join(", ");
  const covered = coverage(statement.first_day, statement.last_day);
  return h("li", { class: `${world.hue(statement.claimant_side)} ${statement.used ? "used" : "unused"}` },
    h("span", { class: statement.claimant_side ? "key" : "key diamond", "aria-hidden": "true" }),
    h("div", {},
      h("p", {}, h("a", { class: "stated", href: page(`/claims/${statement.id}`), title: say("script.record") }, said(statement)), part && ` ${part}`, " · ", record("claimants", statement.claimant), h("span", { class: "dim" }, statement.stance ? ` (${STANCES[statement.stance]})` : "")),
      h("p", { class: "dim" }, statement.stated_until ? say("page.stated_on", { day: days(statement.stated_on, statement.stated_until) }) : capital(say("days.undated")), covered && `, ${say("picture.matrix.covers", { days: covered })}`),
      !statement.used && h("p", { class: "reason" }, reasonOf(statement))));
}

// The newest first, so that what is older stands lower, and is never dropped.
export const list = (statements, row, world) =>
  h("ul", { class: "statements", "aria-label": say("script.who.statements") }, [...statements].sort(newestFirst).map((statement) => line(statement, row, world)));

// The same statements in their own words, with their sources.
export function card(statement, row, world) {
  return h("li", { id: `claim-${row.at}-${statement.id}`, tabindex: -1, class: `${world.hue(statement.claimant_side)} ${statement.used ? "" : "unused"}` },
    h("div", { class: "claim" }, about(statement, row.harm),
      isPart(statement, row) && h("p", { class: "dim" }, say("script.who.part_of")),
      !statement.used && h("p", { class: "reason" }, reasonOf(statement))));
}
