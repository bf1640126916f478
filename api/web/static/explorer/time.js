// Over time: running figures by claimant as steps. A line breaks where what is counted changes, where a figure is
// corrected, and after a silence; nothing is filled in.

import { attach } from "./card.js";
import { pathOf } from "./api.js";
import { h, outside, s } from "./dom.js";
import { BREAKS, MEASURES, STATUSES, capital, counted, day, days, number, placed, said, subjectName, victims } from "./words.js";

const [LEFT, TOP, BOTTOM, LINE, LEAST] = [58, 24, 30, 13, 9];
const [ROOM, NAMES, LETTERS] = [46, 310, 36]; // letters of a name beside a line, and pixels for a name or a letter
const NARROW = 760; // below it there is room for the letters of the key only
const DAY = 86_400_000;

export const fields = ["conflict", "harm", "subject_side", "victim_status", "as_of"];
export const needs = "conflict";

export const question = (state) => pathOf("/v1/statistics/series", {
  conflict: state.conflict, harm: state.harm, subject_side: state.subject_side, victim_status: state.victim_status, as_of: state.as_of,
});

const at = (text) => new Date(`${text}T00:00:00Z`);
// Two series of one claimant differ by their part or by the day from which they count.
const countedFrom = (one) => one.points[0]?.breaks?.reason === "counter_restarted" && `since ${day(one.series_from)}`;
const who = (one) => [one.claimant.name, victims(one), one.responsible_side?.name, countedFrom(one)].filter(Boolean).join(", ");

// Points between two breaks: only these are joined.
function stretches(points) {
  const found = [];
  for (const point of points) {
    if (point.breaks || !found.length) found.push([]);
    found.at(-1).push(point);
  }
  return found;
}

function steps(stretch, x, y, end) {
  const path = stretch.map((point, i) => `${i ? "H" : "M"}${x(at(point.stated_on))}${i ? "V" : " "}${y(placed(point))}`).join("");
  const last = stretch.at(-1);
  return [s("path", { class: "step", d: path }), s("path", { class: "standing", d: `M${x(at(last.stated_on))} ${y(placed(last))}H${end}` })];
}

function mark(point, one, x, y, world) {
  const claim = { ...point, claimant: one.claimant, claimant_side: one.claimant_side, subject_side: one.subject_side, victim_status: one.victim_status, victim_sex: one.victim_sex, victim_age: one.victim_age, harm: one.harm };
  const gone = point.standing === "superseded" ? ", superseded since" : "";
  const group = s("a", { class: `dot ${["contested", "discounted"].includes(point.confirmation) ? "hollow" : ""} ${gone ? "gone" : ""}`, href: `/claims/${point.claim}`, "aria-label": `${day(point.stated_on)}, ${who(one)}: ${said(point)}${gone}` },
    s("circle", { class: "target", cx: x(at(point.stated_on)), cy: y(placed(point)), r: 10 }),
    s("circle", { cx: x(at(point.stated_on)), cy: y(placed(point)), r: 4.5 }));
  attach(group, claim);
  return group;
}

// Where a line breaks, by day: the number in the chart is that of the reason under it.
function changes(list) {
  const found = list.flatMap((one) => one.points.filter((point) => point.breaks && point.stated_on).map((point) => ({ one, point })));
  found.sort((a, b) => (a.point.stated_on < b.point.stated_on ? -1 : a.point.stated_on > b.point.stated_on ? 1 : 0));
  return found.map((each, index) => ({ ...each, place: index + 1 }));
}

function broken(found, x, y) {
  const spots = [];
  for (const { point, place } of found) {
    const [px, low] = [x(at(point.stated_on)), y(placed(point))];
    const last = spots.at(-1);
    const spot = last && px - last.x < 30 ? last : { x: px, lines: new Map(), places: [] };
    if (spot !== last) spots.push(spot);
    spot.lines.set(px, Math.max(spot.lines.get(px) ?? 0, low));
    spot.places.push(place);
  }
  return spots.map((spot) => s("g", { class: "break" }, [...spot.lines].map(([px, low]) => s("line", { x1: px, x2: px, y1: low, y2: TOP })),
    s("text", { x: spot.x, y: TOP - 3, "text-anchor": "middle" }, spot.places.length > 2 ? `${spot.places[0]}–${spot.places.at(-1)}` : spot.places.join(", "))));
}

// Why a line breaks, as a sentence; the words are those of `breaks.reason`.
const BROKEN = {
  definition: ({ field, before, after }) => {
    const words = field === "measure" ? MEASURES : STATUSES;
    return `from here on “${words[after] ?? after}”, before that “${words[before] ?? before}”. This is not a rise or fall.`;
  },
  counter_restarted: ({ before, after }) => `the count begins on ${day(after)}, before that ${before ? `on ${day(before)}` : "on an unknown day"}. This is not a fall.`,
  correction: ({ field, before, after }) => (field === "best" && before && after ? `from ${number(+before)} to ${number(+after)}.` : "the claimant replaced the figure before."),
  gap: () => "the first figure after a recorded silence of this side.",
};

function explained({ one, point }) {
  return h("li", { "data-reason": point.breaks.reason }, h("strong", {}, `${capital(BREAKS[point.breaks.reason])}. `), `${day(point.stated_on)}, ${one.letter} ${one.claimant.name}: ${BROKEN[point.breaks.reason](point.breaks)}`);
}

// The lines at their right ends: letters of the key, with names where there is room. They are moved apart, so that each can be read.
function named(placeable, x, y, height, isNarrow) {
  const ends = placeable.map((one) => ({ one, at: y(placed(one.points.at(-1))) })).sort((a, b) => a.at - b.at);
  const room = height - BOTTOM - TOP;
  const step = Math.min(LINE, room / Math.max(1, ends.length));
  if (step < LEAST) return null; // too many: the key under the chart has them all
  let last = TOP - step;
  const spots = ends.map((end) => ({ ...end, put: (last = Math.max(last + step, end.at)) }));
  const over = Math.max(0, last - (height - BOTTOM));
  for (let i = spots.length - 1, most = height - BOTTOM; over > 0 && i >= 0; i -= 1, most -= step) spots[i].put = Math.min(spots[i].put, most);
  const edge = x.range()[1];
  return spots.map(({ one, at: from, put }) => s("g", { "data-line": one.letter },
    s("path", { class: "lead-line", d: `M${edge + 2} ${from}L${edge + 10} ${put}` }),
    s("text", { class: "name", x: edge + 13, y: put + 4 }, s("tspan", { class: "letter" }, one.letter), !isNarrow && ` ${fitting(one)}`)));
}

// A name is never cut: what does not fit is in the key.
const fitting = (one) => [who(one), one.claimant.name, ""].find((name) => name.length <= ROOM);

const letterAt = (index) => (index >= 26 ? letterAt(Math.floor(index / 26) - 1) : "") + String.fromCharCode(65 + (index % 26));

// Every line with its full name, its newest figure and the day. Pointing at one fades the others.
function key(list, world, isLit) {
  return h("ol", { class: "lines", "aria-label": "Key of the lines" }, list.map((one) => {
    const last = one.points.at(-1);
    return h("li", { class: world.hue(one.claimant_side), onpointerenter: () => isLit(one.letter), onpointerleave: () => isLit(null), onfocusin: () => isLit(one.letter), onfocusout: () => isLit(null) },
      h("span", { class: one.claimant_side ? "key" : "key diamond", "aria-hidden": "true" }), h("span", {}, h("strong", {}, one.letter), ` ${who(one)}: `,
        h("a", { href: `/claims/${last.claim}` }, said(last)), h("span", { class: "dim" }, `, ${days(last.stated_on, last.stated_until)}`)));
  }));
}

function chart(list, placeable, domain, width, world) {
  const height = Math.min(440, Math.max(230, 70 + LINE * list.length));
  const isNarrow = width < NARROW;
  const RIGHT = isNarrow ? LETTERS : NAMES;
  const values = placeable.flatMap((one) => one.points.map(placed));
  const x = d3.scaleUtc().domain(domain).range([LEFT, width - RIGHT]);
  const y = d3.scaleLinear().domain([0, Math.max(1, ...values)]).nice(4).range([height - BOTTOM, TOP]);
  const name = `Steps by claimant, ${counted(values.length, "figure")} from ${number(Math.min(...values))} to ${number(Math.max(...values))}; the table below has all of them`;
  return s("svg", { class: "time", width, height, role: "group", "aria-label": name },
    y.ticks(4).map((tick) => [s("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: y(tick), y2: y(tick) }), s("text", { x: LEFT - 8, y: y(tick) + 4, "text-anchor": "end" }, number(tick))]),
    dates(x).map((tick) => s("text", { x: x(tick), y: height - 8, "text-anchor": "middle" }, x.tickFormat()(tick))),
    gapsOf(list).map((gap) => silence(gap, x, height)),
    placeable.map((one) => s("g", { class: `series ${world.hue(one.claimant_side)}`, "data-line": one.letter }, stretches(one.points).map((stretch) => steps(stretch, x, y, width - RIGHT)))),
    named(placeable, x, y, height, isNarrow),
    broken(changes(placeable), x, y),
    placeable.map((one) => s("g", { class: `series ${world.hue(one.claimant_side)}`, "data-line": one.letter }, one.points.map((point) => mark(point, one, x, y, world)))));
}

// As many dates as find room: the scale gives more than it is asked for where weeks or months are the nearest steps.
function dates(x) {
  const room = (x.range()[1] - x.range()[0]) / 75;
  for (let many = Math.ceil(room); many > 1; many -= 1) {
    const found = x.ticks(many);
    if (found.length <= room) return found;
  }
  return x.ticks(1);
}

function silence(gap, x, height) {
  const [from, to] = [Math.max(LEFT, x(at(gap.from))), Math.min(x.range()[1], x(at(gap.to)))];
  return s("g", { class: "silence" }, s("rect", { x: from, y: TOP, width: Math.max(2, to - from), height: height - TOP - BOTTOM }),
    to - from > 150 && s("text", { x: from + 5, y: TOP + 14 }, "no own figure published"));
}

// Each silence once, though it stands in several series.
const gapsOf = (list) => [...new Map(list.flatMap((one) => one.gaps.map((gap) => [gap.claim, gap]))).values()];

const silenced = (list) => gapsOf(list).map((gap) =>
  h("p", { class: "dim" }, h("span", { class: "key band", "aria-hidden": "true" }), `${day(gap.from)} to ${day(gap.to)}: a recorded silence. The side published no figure of its own. `, h("a", { href: `/claims/${gap.claim}` }, "The record")));

function table(list, name) {
  const rows = list.flatMap((one) => [
    ...one.points.map((point) => ({ one, point, key: point.stated_on ?? "" })),
    ...one.gaps.map((gap) => ({ one, gap, key: gap.from })),
  ]).sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const told = ({ one, point, gap }) => gap
    ? [`${day(gap.from)} to ${day(gap.to)}`, who(one), h("em", {}, "silence: no own figure published"), "", "", sources(gap)]
    : [days(point.stated_on, point.stated_until), who(one), h("a", { href: `/claims/${point.claim}`, class: "cited" }, said(point)),
      [MEASURES[point.measure], point.breaks && h("strong", {}, ` ← ${BREAKS[point.breaks.reason]}`)], change(point), sources(point)];
  return h("details", { class: "claims" }, h("summary", {}, "These figures as a table"), h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `Table of these figures: ${name}` },
    h("table", {}, h("thead", {}, h("tr", {}, ["Stated", "Claimant", "Figure", "Counts", "Change", "Source"].map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, rows.map((row) => h("tr", {}, told(row).map((cell) => h("td", {}, cell))))))));
}

const sources = (record) => record.sources.map((source, at_) => [at_ ? ", " : "", outside(source.url, source.name)]);

function change(point) {
  const gone = point.standing === "superseded" ? "superseded since" : "";
  if (point.change == null) return gone;
  return [`${point.change > 0 ? "+" : ""}${number(point.change)}`, point.revision ? "revised downwards" : "", gone].filter(Boolean).join(", ");
}

function extent(list, state, world) {
  const conflict = world.conflicts.find((one) => one.id === state.conflict);
  const all = list.flatMap((one) => [...one.points.map((point) => point.stated_on), ...one.gaps.flatMap((gap) => [gap.from, gap.to])]).filter((text) => text && text < "9999").map(at);
  const [first, last] = [Math.min(...all), Math.max(...all)];
  const early = conflict?.ended_on && state.span === "war" ? Math.min(last, +at(conflict.ended_on) + 60 * DAY) : last;
  return [new Date(first - DAY), new Date(early + Math.max(7 * DAY, (early - first) / 20))];
}

export function draw(answer, world, state, go, width) {
  const panels = Map.groupBy ? Map.groupBy(answer.data, (one) => subjectName(one.subject_side)) : grouped(answer.data);
  if (!answer.data.length) return [];
  const domain = extent(answer.data, state, world);
  const spans = { war: "the war and sixty days after", all: "every statement" };
  const conflict = world.conflicts.find((one) => one.id === state.conflict);
  return [
    conflict?.ended_on && h("div", { class: "tools" }, h("p", {}, h("label", { for: "by-span" }, "Days"), h("select", { id: "by-span", onchange: (event) => go({ span: event.target.value }) },
      Object.entries(spans).map(([value, text]) => h("option", { value, selected: value === state.span }, text))))),
    h("p", { class: "dim" }, "Each claimant's running totals in date order. A line is split wherever the definition changes; a number marks each break, with its reason below. The dotted line says only that no newer total is recorded."),
    [...panels].sort(([, one], [, other]) => pointsOf(other) - pointsOf(one)).map(([name, list]) => panel(name, list, domain, width, world)),
  ];
}

const pointsOf = (list) => list.reduce((found, one) => Math.max(found, one.points.length), 0) * 1000 + list.length;

function panel(name, list, domain, width, world) {
  const shown = list.map((one) => ({ ...one, points: one.points.filter((point) => !point.stated_on || at(point.stated_on) <= domain[1]) }));
  const placeable = shown.map((one) => ({ ...one, points: one.points.filter((point) => point.stated_on && placed(point) != null) }))
    .filter((one) => one.points.length)
    .sort((a, b) => placed(b.points.at(-1)) - placed(a.points.at(-1))).map((one, index) => ({ ...one, letter: letterAt(index) }));
  const points = (lines) => lines.flatMap((one) => one.points);
  const undated = points(list).filter((point) => !point.stated_on).length;
  const later = points(list).length - points(shown).length;
  const drawing = placeable.length > 0 && chart(shown, placeable, domain, width, world);
  const isLit = (letter) => drawing.querySelectorAll("[data-line]").forEach((line) => line.classList.toggle("away", letter !== null && line.dataset.line !== letter));
  const voices = new Map(list.map((one) => [world.hue(one.claimant_side), one.claimant_side ? world.nameOf(world.camp(one.claimant_side.id)) : "no side"]));
  return h("section", { class: "panel" }, h("h3", {}, `Losses: ${name}`),
    h("ul", { class: "legend" }, h("li", {}, "Who speaks:"), [...voices].map(([hue, text]) => h("li", { class: hue }, h("span", { class: hue === "camp-none" ? "key diamond" : "key", "aria-hidden": "true" }), text))),
    drawing,
    placeable.length > 0 && key(placeable, world, isLit),
    h("ol", { class: "changes", "aria-label": "Where lines break, and why" }, changes(placeable).map(explained)),
    silenced(list),
    undated > 0 && h("p", { class: "dim" }, `${counted(undated, "figure")} without a date: in the table only.`),
    later > 0 && h("p", { class: "dim" }, `${counted(later, "figure")} stated later: in the table, and in the chart of every statement.`),
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

export const heading = (answer) => counted(answer.meta.total, "series", "series");
export const flat = (path) => ["csv", "xlsx"].map((format) => [format, path.replace("/series?", `/series.${format}?`)]);
