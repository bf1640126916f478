// Over time: the server draws the running figures of each claimant as steps. Here are the figures behind them: why lines
// break, the silences, and each figure in a table. Nothing is filled in.

import { pathOf } from "./api.js";
import { h, outside, page } from "./dom.js";
import { BREAKS, MEASURES, STATUSES, capital, day, days, number, placed, said, say, span, subjectName, victims } from "./words.js";

export const needs = "conflict";

export const question = (state) => pathOf("/v1/statistics/series", {
  conflict: state.conflict, harm: state.harm, subject_side: state.subject_side, victim_status: state.victim_status, as_of: state.as_of,
});

// Two series of one claimant differ by their part or by the day from which they count.
const countedFrom = (one) => one.points[0]?.breaks?.reason === "counter_restarted" && say("script.time.since", { day: day(one.series_from) });
const who = (one) => [one.claimant.name, victims(one), one.responsible_side?.name, countedFrom(one)].filter(Boolean).join(", ");

// A figure with what its card shows of the series.
const claimOf = (point, one) => ({ ...point, claimant: one.claimant, claimant_side: one.claimant_side, subject_side: one.subject_side, victim_status: one.victim_status, victim_sex: one.victim_sex, victim_age: one.victim_age, harm: one.harm });

// The figures of all lines by claim, and of each line in the order of days, for the picture.
export const claims = (answer) => new Map(answer.data.flatMap((one) => one.points.map((point) => [point.claim, claimOf(point, one)])));
export const lines = (answer) => answer.data.map((one) => one.points.filter((point) => point.stated_on && placed(point) != null).map((point) => claimOf(point, one)));

// Where a line breaks, by day: the picture has a ring there. Breaks of one line, day and kind are one change, because two
// figures of one day may be of two measures, and the line goes to the second and back.
function changes(list) {
  const found = new Map();
  list.forEach((one, line) => one.points.filter((point) => point.breaks && point.stated_on).forEach((point) => {
    const key = JSON.stringify([point.stated_on, line, point.breaks.reason]);
    found.set(key, { one, day: point.stated_on, breaks: [...(found.get(key)?.breaks ?? []), point.breaks] });
  }));
  return [...found.values()].sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0));
}

// Several breaks as one: from what was before the first to what is after the last; `between` is what the line passed.
function joined(breaks) {
  const [first, last] = [breaks[0], breaks[breaks.length - 1]];
  const passed = breaks.slice(0, -1).map((each) => each.after).filter((word) => word !== last.after);
  return { ...last, before: first.before, between: [...new Set(passed)] };
}

// Why a line breaks, as a sentence; the words are those of `breaks.reason`.
const BROKEN = {
  definition: ({ field, before, after, between }) => {
    const words = field === "measure" ? MEASURES : STATUSES;
    const name = (word) => words[word] ?? word;
    if (before === after) return say("script.time.definition.also", { other: between.map(name).join(", "), before: name(before) });
    return say("script.time.definition", { after: name(after), before: name(before) });
  },
  counter_restarted: ({ before, after }) => before ? say("script.time.restarted", { after: day(after), before: day(before) }) : say("script.time.restarted.unknown", { after: day(after) }),
  correction: ({ field, before, after }) => (field === "best" && before && after ? say("script.time.correction", { before: +before, after: +after }) : say("script.time.replaced")),
  earlier_days: ({ before, after }) => say("script.time.earlier", { after: day(after), before: day(before) }),
  gap: () => say("script.time.gap"),
};

function explained({ one, day: stated, breaks }) {
  const { reason } = breaks[0];
  return h("li", { "data-reason": reason }, h("strong", {}, `${capital(BREAKS[reason])}. `), `${day(stated)}, ${who(one)}: ${BROKEN[reason](joined(breaks))}`);
}

// Each silence once, though it stands in several series.
const gapsOf = (list) => [...new Map(list.flatMap((one) => one.gaps.map((gap) => [gap.claim, gap]))).values()];

const silenced = (list) => gapsOf(list).map((gap) =>
  h("p", { class: "dim" }, h("span", { class: "key band", "aria-hidden": "true" }), `${say("script.time.silence", { days: span(gap.from, gap.to) })} `, h("a", { href: page(`/claims/${gap.claim}`) }, say("script.record"))));

function table(list, name) {
  const rows = list.flatMap((one) => [
    ...one.points.map((point) => ({ one, point, key: point.stated_on ?? "" })),
    ...one.gaps.map((gap) => ({ one, gap, key: gap.from })),
  ]).sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const told = ({ one, point, gap }) => gap
    ? [span(gap.from, gap.to), who(one), h("em", {}, say("script.time.silent")), "", "", sources(gap)]
    : [days(point.stated_on, point.stated_until), who(one), h("a", { href: page(`/claims/${point.claim}`), class: "cited" }, said(point)),
      [MEASURES[point.measure], point.breaks && h("strong", {}, ` ← ${BREAKS[point.breaks.reason]}`)], change(point), sources(point)];
  return h("details", { class: "claims" }, h("summary", {}, say("script.time.as_table")), h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": say("script.time.table", { side: name }) },
    h("table", {}, h("thead", {}, h("tr", {}, [say("page.stated"), say("page.claimant"), say("page.figure"), say("page.counts"), say("page.claimant.change"), say("page.source")].map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, rows.map((row) => h("tr", {}, told(row).map((cell) => h("td", {}, cell))))))));
}

const sources = (record) => record.sources.map((source, at_) => [at_ ? ", " : "", outside(source.url, source.name)]);

function change(point) {
  const gone = point.standing === "superseded" ? say("script.time.superseded") : "";
  if (point.change == null) return gone;
  return [`${point.change > 0 ? "+" : ""}${number(point.change)}`, point.revision ? say("script.time.revised") : "", gone].filter(Boolean).join(", ");
}

export function draw(answer) {
  if (!answer.data.length) return [];
  const panels = Map.groupBy ? Map.groupBy(answer.data, (one) => subjectName(one.subject_side)) : grouped(answer.data);
  return [
    h("p", { class: "dim" }, say("script.time.split")),
    [...panels].sort(([, one], [, other]) => pointsOf(other) - pointsOf(one)).map(([name, list]) => panel(name, list)),
  ];
}

const pointsOf = (list) => list.reduce((found, one) => Math.max(found, one.points.length), 0) * 1000 + list.length;

function panel(name, list) {
  const undated = list.flatMap((one) => one.points).filter((point) => !point.stated_on).length;
  return h("section", { class: "panel" }, h("h3", {}, say("picture.losses", { side: name })),
    h("ol", { class: "changes", "aria-label": say("script.time.breaks") }, changes(list).map(explained)),
    silenced(list),
    undated > 0 && h("p", { class: "dim" }, say("script.time.undated", { count: undated })),
    table(list, name));
}

function grouped(list) {
  const found = new Map();
  for (const one of list) {
    const name = subjectName(one.subject_side);
    found.set(name, [...(found.get(name) ?? []), one]);
  }
  return found;
}

export const heading = (answer) => say("script.time.series", { count: answer.meta.total });
export const flat = (path) => ["csv", "xlsx"].map((format) => [format, path.replace("/series?", `/series.${format}?`)]);
