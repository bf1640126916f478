// Who says how many: one row an event or running total, the widest spread first.

import { about } from "./card.js";
import { pathOf } from "./api.js";
import { cited, h } from "./dom.js";
import { isPart, picture } from "./marks.js";
import { axis, scale } from "./scale.js";
import { MEASURES, STATUSES, counted, day, number, placed, range, spread } from "./words.js";

const LIMIT = 20;
export const SORTS = { "-spread,-best": "widest spread first", "-best": "highest figure first", best: "lowest figure first", "-claims": "most claims first" };
const BY_DATE = { "day,event": "oldest first", "-day,event": "newest first" };

export const fields = ["conflict", "harm", "side", "victim_status", "basis", "policy", "claimant", "as_of"];
export const sorts = (state) => (state.basis === "incidents" ? { ...SORTS, ...BY_DATE } : SORTS);

export function question(state) {
  const totals = state.basis === "totals";
  return pathOf("/v1/statistics/casualties", {
    ...Object.fromEntries(["conflict", "harm", "side", "victim_status", "basis", "policy", "as_of"].map((name) => [name, state[name]])),
    claimant: state.policy === "claimant" ? state.claimant : "",
    group_by: totals ? "subject_side" : "conflict,event,period,day,subject_side",
    sort: state.sort || "-spread,-best", limit: LIMIT, evidence: 1, cursor: state.cursor,
  });
}

const title = (row) => {
  if (row.event) return row.event.name;
  if (!row.period) return row.conflict.name;
  const [first, last] = row.period.split("/");
  return `From ${day(first)} to ${day(last)}`;
};

function caption(row) {
  return [
    h("span", { class: "whose" }, `Losses: ${row.subject_side.id === "all" ? "all sides together" : row.subject_side.name}`),
    h("span", { class: "dim" }, ` · ${row.measure ? MEASURES[row.measure] : row.period ? `an increment over these days, ${row.conflict.name}` : day(row.day)}`),
  ];
}

// Two that speak of different people neither agree nor contradict each other.
const together = (row) => new Set(row.evidence.map((claim) => [claim.subject_side?.id, claim.victim_status, claim.victim_sex, claim.victim_age].join(" "))).size > 1;
const apart = (row) => (row.spread === 1 && row.claimants > 1 && together(row) ? "one voice each" : spread(row));
// A figure that is added up from parts stands in nobody's words.
const unsaid = (row) => row.best != null && together(row) && !row.evidence.some((claim) => [claim.low, claim.best, claim.high].includes(row.best));

function notes(row, world) {
  const lacking = row.missing.map((gap) => {
    const whose = gap.side === "all" ? "all sides" : world.nameOf(gap.side);
    return gap.status === "any" ? whose : `${whose} (${STATUSES[gap.status] ?? gap.status})`;
  });
  return [
    unsaid(row) && h("li", {}, `Nobody is recorded as saying ${number(row.best)}: it is added up from the parts below.`),
    row.disputed > 0 && h("li", {}, "The claimants' ranges do not meet."),
    row.open_ended > 0 && h("li", {}, "At least one speaker left the upper end open (“at least”, “more than”)."),
    row.imputed > 0 && h("li", {}, "A bound that was not stated was filled in."),
    lacking.length > 0 && h("li", {}, `No figure for: ${lacking.join("; ")}. Missing is not zero.`),
    row.silences.length > 0 && h("li", {}, "Recorded silence: ", row.silences.map((id, at) => [at ? ", " : "", h("a", { href: `/v1/claims/${id}?pretty=1` }, "the side published no figure of its own")])),
  ].filter(Boolean);
}

function entry(claim, row, world) {
  const part = isPart(claim, row);
  return h("li", { id: `claim-${row.at}-${claim.id}`, tabindex: -1, class: world.hue(claim.claimant_side) },
    h("span", { class: "key", "aria-hidden": "true" }), h("div", { class: "claim" }, about(claim, row.harm),
      part && h("p", { class: "dim" }, "A part of what this row counts.")));
}

function drawn(row, made, world, heard) {
  const claims = [...row.evidence].sort((a, b) => (placed(a) ?? -1) - (placed(b) ?? -1));
  const list = h("details", { class: "claims" },
    h("summary", {}, `${counted(row.claims, "claim")} of ${counted(row.claimants, "claimant")}`),
    h("ul", { class: "notes" }, notes(row, world)),
    h("ol", {}, claims.map((claim) => entry(claim, row, world))),
    h("p", { class: "dim" }, h("a", { href: row.links.claims }, "These claims as data"), " · ", h("a", { href: `${row.links.explain}&pretty=1` }, "how the figure came about, step by step")));
  const show = (claim) => {
    list.open = true;
    const found = list.querySelector(`[id="claim-${row.at}-${claim.id}"]`);
    found.focus();
    found.scrollIntoView({ block: "nearest" });
  };
  const behind = cited(row.links.claims, range(row));
  behind.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    list.open = true;
    list.querySelector("summary").focus();
  });
  return h("li", { class: "row" },
    h("div", { class: "label" }, h("h3", {}, title(row)), h("p", {}, caption(row))),
    h("p", { class: row.spread === 1 ? "spread alone" : "spread", title: "The highest best divided by the lowest, of all claimants" }, apart(row), heard && row.spread > 1 && h("span", { class: "dim" }, " of all claimants")),
    h("p", { class: "range" }, behind, row.low !== row.high && h("span", { class: "dim" }, ` best ${number(row.best)}`)),
    picture(row, made, world, show),
    list);
}

function legend(rows, world) {
  const voices = new Map();
  for (const claim of rows.flatMap((row) => row.evidence)) {
    const camp = claim.claimant_side && world.camp(claim.claimant_side.id);
    voices.set(camp ?? "none", [world.hue(claim.claimant_side), camp ? world.nameOf(camp) : "no side (third party)"]);
  }
  const contested = rows.some((row) => row.evidence.some((claim) => ["contested", "discounted"].includes(claim.confirmation)));
  return h("ul", { class: "legend", "aria-label": "Legend" }, h("li", {}, "Who speaks:"),
    [...voices].map(([, [hue, text]]) => h("li", { class: hue }, h("span", { class: hue === "camp-none" ? "key diamond" : "key" }), text)),
    rows.some((row) => row.evidence.some((claim) => claim.low != null && claim.high > claim.low)) && h("li", { class: "camp-none" }, h("span", { class: "key line" }), "one claim's own range"),
    contested && h("li", { class: "camp-none" }, h("span", { class: "key hollow" }), "contested or discounted"),
    h("li", {}, h("span", { class: "key small" }), "a part only, such as soldiers"),
    h("li", {}, h("span", { class: "key band" }), "from lowest to highest"),
    rows.some((row) => row.open_ended > 0) && h("li", {}, h("span", { class: "key more" }, "›"), "or more: no upper end was stated"),
    h("li", {}, h("span", { class: "key tick" }), "best by the rule"));
}

export function draw(answer, world, state, go) {
  const rows = answer.data.map((row, at) => ({ ...row, at, victim_status: state.victim_status || "any" }));
  const values = rows.flatMap((row) => [row.low, row.high, ...row.evidence.map(placed)]).filter((value) => value != null);
  const made = scale(state.scale, values);
  const kinds = { ratio: "equal lengths are equal ratios", count: "equal lengths are equal numbers" };
  const choose = (name, options, current) => h("select", { id: `by-${name}`, onchange: (event) => go({ [name]: event.target.value }) },
    Object.entries(options).map(([value, text]) => h("option", { value, selected: value === current }, text)));
  return [
    h("div", { class: "tools" },
      h("p", {}, h("label", { for: "by-sort" }, "Order"), choose("sort", sorts(state), state.sort || "-spread,-best")),
      h("p", {}, h("label", { for: "by-scale" }, "Scale"), choose("scale", kinds, state.scale))),
    legend(rows, world),
    rows.length > 0 && h("div", { class: "row head", "aria-hidden": "true" }, axis(made), h("p", { class: "spread" }, "Spread"), h("p", { class: "range" }, "Lowest to highest")),
    h("ol", { class: "rows" }, rows.map((row) => drawn(row, made, world, state.policy !== "envelope"))),
  ];
}

export const heading = (answer, state) => `${counted(answer.meta.total, state.basis === "totals" ? "running total" : "figure")}`;
export const flat = (path) => ["csv", "xlsx"].map((format) => [format, path.replace("/casualties?", `/casualties.${format}?`).replace(/&(limit=\d+|evidence=1|cursor=[^&]*)/g, "")]);
