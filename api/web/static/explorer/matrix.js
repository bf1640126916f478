// Matrix: what each camp says about its own losses, and what its opponents, those affiliated to a party and third parties say.

import { pathOf, recordsById } from "./api.js";
import { cited, h, page, record, s } from "./dom.js";
import { reasonOf, shape } from "./marks.js";
import { axis, grid, scale } from "./scale.js";
import { BASES, MEASURES, RATIO_REASONS, STATUSES, capital, coverage, days, end, isUpperBound, number, part as partName, range, ratio as written, said, say, subjectName, victims } from "./words.js";

export const needs = "conflict";
export const question = (state) => pathOf("/v1/statistics/matrix", { conflict: state.conflict, harm: state.harm, basis: state.basis, as_of: state.as_of });

const COLUMNS = {
  own: say("picture.matrix.own"), opposing: say("picture.matrix.opposing"), affiliated: say("picture.matrix.affiliated"), third_party: say("picture.matrix.third_party"),
};

// The names of claimants, which the answer has as ids.
export const records = (answer, signal) =>
  recordsById("/v1/claimants", answer.data.flatMap((entry) => [...entry.claimants, ...(entry.statements ?? []).map((statement) => statement.claimant)]), "id,name", signal);

// Figures that are set against each other: of one basis, camp, harm and measure.
function groupByCount(entries) {
  const groups = new Map();
  for (const entry of entries) {
    const key = [entry.basis, entry.conflict.id, entry.subject_side.id, entry.harm, entry.measure].join(" ");
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  const sides = [...new Set(entries.map((entry) => entry.subject_side.id))];
  const rank = ({ subject_side: side, basis, measure }) => [sides.indexOf(side.id), Object.keys(BASES).indexOf(basis), Object.keys(MEASURES).indexOf(measure)];
  return [...groups.values()].sort(([a], [b]) => rank(a).map((place, at) => place - rank(b)[at]).find((difference) => difference) ?? 0);
}

// What a sum is made of, each part by what sets it apart from the whole.
function summands(entry, world) {
  const parts = entry.sum_of.map((part) => {
    const side = part.side !== entry.subject_side.id && part.side !== "all" ? world.nameOf(part.side) : "";
    return `${number(part.best)} ${[partName(part.part), part.status === "any" ? "" : STATUSES[part.status], side].filter(Boolean).join(", ")}`.trim();
  });
  if (!entry.added_up) return "";
  return parts.length ? say("script.matrix.parts", { parts: parts.join(" + ") }) : say("script.matrix.cells", { events: say("count.events_or_periods", { count: entry.cells }) });
}

function limits(entry, world) {
  const missing = [...new Set(entry.missing.map((gap) => {
    const side = gap.side !== entry.subject_side.id && gap.side !== "all" ? world.nameOf(gap.side) : "";
    const lacks = gap.status === "any" ? say("script.matrix.no_figure") : say("script.matrix.no_group", { group: STATUSES[gap.status] ?? gap.status });
    return side ? say("script.matrix.of", { figure: lacks, side }) : lacks;
  }))];
  return [entry.incomplete > 0 && (missing.length ? say("script.matrix.incomplete", { groups: missing.join("; ") }) : say("picture.matrix.incomplete")), entry.open_ended > 0 && say("script.matrix.higher")].filter(Boolean).join("; ");
}

function ratio(entry) {
  if (entry.stance !== "opposing") return null;
  if (entry.ratio != null) return h("p", { class: "ratio" }, say("picture.matrix.ratio", { ratio: written(entry.ratio) }));
  return entry.ratio_reason && h("p", { class: "reason" }, say("script.matrix.no_ratio", { reason: RATIO_REASONS[entry.ratio_reason] ?? entry.ratio_reason }));
}

function unusedOf(entry, nameOf) {
  const unused = (entry.statements ?? []).filter((statement) => !statement.used);
  return unused.length > 0 && h("details", { class: "unused" }, h("summary", {}, say("script.matrix.unused", { count: unused.length })),
    h("ul", {}, unused.map((statement) => h("li", {}, h("a", { class: "stated", href: page(`/claims/${statement.claim}`) }, said(statement)),
      ` ${end([victims(statement), nameOf(statement.claimant), days(statement.stated_on, statement.stated_until)].filter(Boolean).join(", "))} `, h("span", { class: "reason" }, reasonOf(statement))))));
}

function figure(entry, world, nameOf) {
  if (entry.best == null) {
    const silences = entry.silences.map((id, at) => [at ? ", " : "", h("a", { href: page(`/claims/${id}`) }, say("script.matrix.silence"))]);
    return h("p", { class: "none" }, say("picture.matrix.no_figure"), silences.length > 0 && [": ", silences]);
  }
  const covered = coverage(entry.first_day, entry.last_day);
  return h("div", { class: world.hue(entry.claimant_side) },
    h("p", { class: "figure" }, h("span", { class: entry.claimant_side ? "key" : "key diamond", "aria-hidden": "true" }), cited(entry.links.claims, range(entry))),
    entry.low !== entry.high && !isUpperBound(entry) && h("p", { class: "dim" }, say("picture.matrix.best", { number: entry.best })),
    h("p", {}, entry.claimants.map((id, at) => [at ? ", " : "", record("claimants", { id, name: nameOf(id) })])),
    covered && h("p", { class: "days" }, say("picture.matrix.covers", { days: covered })),
    h("p", { class: "dim" }, say("picture.matrix.stated", { days: days(entry.first_stated_on, entry.last_stated_on) })),
    summands(entry, world) && h("p", { class: "dim" }, summands(entry, world)),
    limits(entry, world) && h("p", { class: "dim" }, limits(entry, world)),
    ratio(entry), unusedOf(entry, nameOf));
}

// Nothing joins on the scale what differs by more than the claimants: sums of different events, or totals until different days.
const isComparable = (entries) => entries.some((entry) => entry.ratio != null) || (entries[0].basis === "totals" && new Set(entries.map((entry) => entry.last_day)).size === 1);

function strip(entries, line, world) {
  const placeable = entries.filter((entry) => entry.best != null);
  if (!placeable.length) return null;
  const spots = placeable.map((entry) => line.at(entry.best));
  return s("svg", { class: "marks", width: "100%", height: 30, role: "img", "aria-label": placeable.map((entry) => `${COLUMNS[entry.stance]} ${number(entry.best)}`).join("; ") },
    grid(line, 30), isComparable(placeable) && s("line", { class: "bar apart", x1: `${Math.min(...spots)}%`, x2: `${Math.max(...spots)}%`, y1: 15, y2: 15 }),
    placeable.map((entry) => s("g", { class: `dot ${world.hue(entry.claimant_side)}` }, shape(entry, line.at(entry.best), 15))));
}

export function draw(answer, world, _state, _go, _width, claimants) {
  if (!answer.data.length) return [];
  const line = scale("ratio", answer.data.map((entry) => entry.best).filter((value) => value != null));
  const isOfSeveral = new Set(answer.data.map((entry) => entry.conflict.id)).size > 1;
  const nameOf = (id) => claimants?.get(id)?.name ?? id;
  const stances = Object.keys(COLUMNS).filter((stance) => stance !== "affiliated" || answer.data.some((entry) => entry.stance === stance));
  return [h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": say("explorer.view.matrix") }, h("table", { class: "matrix" },
    h("caption", {}, say("script.matrix.caption")),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, say("page.losses")), stances.map((stance) => h("th", { scope: "col" }, COLUMNS[stance])), h("th", { scope: "col" }, say("script.matrix.scale"), axis(line)))),
    h("tbody", {}, groupByCount(answer.data).map((entries) => h("tr", {},
      h("th", { scope: "row" }, entries[0].subject_side.id === "all" ? capital(subjectName(entries[0].subject_side)) : record("sides", entries[0].subject_side), h("span", { class: "dim" }, [BASES[entries[0].basis], entries[0].measure && ` · ${MEASURES[entries[0].measure]}`, isOfSeveral && ` · ${entries[0].conflict.name}`])),
      stances.map((stance) => h("td", { "data-label": COLUMNS[stance] }, entries.filter((entry) => entry.stance === stance).map((entry) => figure(entry, world, nameOf)))),
      h("td", { class: entries.filter((entry) => entry.best != null).length > 1 ? "strip" : "strip single" }, strip(entries, line, world)))))))];
}

export const heading = (answer) => say("count.figures", { count: answer.data.filter((entry) => entry.best != null).length });
export const flat = (path) => ["csv", "xlsx"].map((format) => [format, path.replace("/matrix?", `/matrix.${format}?`)]);
