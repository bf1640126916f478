// Over time: running figures by claimant as steps. A line breaks where what is counted changes; nothing is filled in.

import { attach } from "./card.js";
import { pathOf } from "./api.js";
import { h, outside, s } from "./dom.js";
import { MEASURES, STATUSES, counted, day, days, number, placed, said, victims } from "./words.js";

const [LEFT, TOP, BOTTOM, LINE, LEAST] = [58, 24, 30, 13, 9];
const [ROOM, NAMES] = [38, 290]; // letters of a name beside a line, and pixels for them
const NARROW = 760; // below it there is no room for names beside the lines
const DAY = 86_400_000;

export const fields = ["conflict", "harm", "side", "victim_status", "as_of"];
export const needs = "conflict";

export const question = (state) => pathOf("/v1/statistics/series", {
  conflict: state.conflict, harm: state.harm, side: state.side, victim_status: state.victim_status, as_of: state.as_of,
});

const at = (text) => new Date(`${text}T00:00:00Z`);
const who = (one) => [one.claimant.name, victims(one)].filter(Boolean).join(", ");

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
  const group = s("a", { class: `dot ${["contested", "discounted"].includes(point.confirmation) ? "hollow" : ""} ${gone ? "gone" : ""}`, href: `/v1/claims/${point.claim}?pretty=1`, "aria-label": `${day(point.stated_on)}, ${who(one)}: ${said(point)}${gone}` },
    s("circle", { class: "target", cx: x(at(point.stated_on)), cy: y(placed(point)), r: 10 }),
    s("circle", { cx: x(at(point.stated_on)), cy: y(placed(point)), r: 4.5 }));
  attach(group, claim);
  return group;
}

// Where a definition changes, by day: the number in the chart stands for the line of the same number under it.
function changes(list) {
  const found = list.flatMap((one) => one.points.filter((point) => point.breaks && point.stated_on).map((point) => ({ one, point })));
  found.sort((a, b) => (a.point.stated_on < b.point.stated_on ? -1 : a.point.stated_on > b.point.stated_on ? 1 : 0));
  return found.map((each, index) => ({ ...each, letter: index + 1 }));
}

function broken(found, x, y) {
  const spots = [];
  for (const { point, letter } of found) {
    const [px, low] = [x(at(point.stated_on)), y(placed(point))];
    const last = spots.at(-1);
    const spot = last && px - last.x < 30 ? last : { x: px, lines: new Map(), letters: [] };
    if (spot !== last) spots.push(spot);
    spot.lines.set(px, Math.max(spot.lines.get(px) ?? 0, low));
    spot.letters.push(letter);
  }
  return spots.map((spot) => s("g", { class: "break" }, [...spot.lines].map(([px, low]) => s("line", { x1: px, x2: px, y1: low, y2: TOP })),
    s("text", { x: spot.x, y: TOP - 3, "text-anchor": "middle" }, spot.letters.length > 2 ? `${spot.letters[0]}–${spot.letters.at(-1)}` : spot.letters.join(", "))));
}

function explained({ one, point }) {
  const words = point.breaks.because === "measure" ? MEASURES : STATUSES;
  return h("li", {}, `${day(point.stated_on)}, ${one.claimant.name}: from here on “${words[point.breaks.after]}”, before that “${words[point.breaks.before]}”. No rise or fall.`);
}

// The names of the lines at their right ends, moved apart so that each can be read.
function named(placeable, x, y, height) {
  const ends = placeable.filter((one) => one.points.length).map((one) => ({ one, at: y(placed(one.points.at(-1))) })).sort((a, b) => a.at - b.at);
  const room = height - BOTTOM - TOP;
  const step = Math.min(LINE, room / Math.max(1, ends.length));
  if (step < LEAST) return s("text", { class: "name", x: x.range()[1] + 13, y: TOP + 4 }, "Too many to name: point at a dot");
  let last = TOP - step;
  const spots = ends.map((end) => ({ ...end, put: (last = Math.max(last + step, end.at)) }));
  const over = Math.max(0, last - (height - BOTTOM));
  for (let i = spots.length - 1, most = height - BOTTOM; over > 0 && i >= 0; i -= 1, most -= step) spots[i].put = Math.min(spots[i].put, most);
  const edge = x.range()[1];
  return spots.map(({ one, at: from, put }) => [
    s("path", { class: "lead-line", d: `M${edge + 2} ${from}L${edge + 10} ${put}` }),
    s("text", { class: "name", x: edge + 13, y: put + 4 }, shortened(one)),
  ]);
}

// Both ends of a long name are kept: what tells two ministries apart is mostly the last word.
function shortened(one) {
  const some = victims(one);
  const [name, room] = [one.claimant.name.replace(/ \(.*\)$/, ""), ROOM - (some && some.length + 2)];
  const kept = name.length > room ? `${name.slice(0, Math.ceil(room / 2) - 1).trim()}…${name.slice(-Math.floor(room / 2)).trim()}` : name;
  return [kept, some].filter(Boolean).join(", ");
}

function chart(list, domain, width, world) {
  const height = Math.min(440, Math.max(230, 70 + LINE * list.length));
  const RIGHT = width < NARROW ? 12 : NAMES;
  const placeable = list.map((one) => ({ ...one, points: one.points.filter((point) => point.stated_on && placed(point) != null) })).filter((one) => one.points.length);
  const values = placeable.flatMap((one) => one.points.map(placed));
  const x = d3.scaleUtc().domain(domain).range([LEFT, width - RIGHT]);
  const y = d3.scaleLinear().domain([0, Math.max(1, ...values)]).nice(4).range([height - BOTTOM, TOP]);
  const name = `Steps by claimant, ${counted(values.length, "figure")} from ${number(Math.min(...values))} to ${number(Math.max(...values))}; the table below has all of them`;
  return s("svg", { class: "time", width, height, role: "group", "aria-label": name },
    y.ticks(4).map((tick) => [s("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: y(tick), y2: y(tick) }), s("text", { x: LEFT - 8, y: y(tick) + 4, "text-anchor": "end" }, number(tick))]),
    dates(x).map((tick) => s("text", { x: x(tick), y: height - 8, "text-anchor": "middle" }, x.tickFormat()(tick))),
    gapsOf(list).map((gap) => silence(gap, x, height)),
    placeable.map((one) => s("g", { class: `series ${world.hue(one.claimant_side)}` }, stretches(one.points).map((stretch) => steps(stretch, x, y, width - RIGHT)))),
    width >= NARROW && named(placeable, x, y, height),
    broken(changes(placeable), x, y),
    placeable.map((one) => s("g", { class: `series ${world.hue(one.claimant_side)}` }, one.points.map((point) => mark(point, one, x, y, world)))));
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
  h("p", { class: "dim" }, h("span", { class: "key band", "aria-hidden": "true" }), `${day(gap.from)} to ${day(gap.to)}: a recorded silence. The side published no figure of its own. `, h("a", { href: `/v1/claims/${gap.claim}?pretty=1` }, "The record")));

function table(list, name) {
  const rows = list.flatMap((one) => [
    ...one.points.map((point) => ({ one, point, key: point.stated_on ?? "" })),
    ...one.gaps.map((gap) => ({ one, gap, key: gap.from })),
  ]).sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const told = ({ one, point, gap }) => gap
    ? [`${day(gap.from)} to ${day(gap.to)}`, who(one), h("em", {}, "silence: no own figure published"), "", "", sources(gap)]
    : [days(point.stated_on, point.stated_until), who(one), h("a", { href: `/v1/claims/${point.claim}?pretty=1`, class: "cited" }, said(point)),
      [MEASURES[point.measure], point.breaks && h("strong", {}, " ← definition changes")], change(point), sources(point)];
  return h("details", { class: "claims" }, h("summary", {}, "The same as a table"), h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `Table of these figures: ${name}` },
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
  const panels = Map.groupBy ? Map.groupBy(answer.data, (one) => one.subject_side?.name ?? "all sides together") : grouped(answer.data);
  if (!answer.data.length) return [];
  const domain = extent(answer.data, state, world);
  const spans = { all: "every statement", war: "the war and sixty days after" };
  const conflict = world.conflicts.find((one) => one.id === state.conflict);
  return [
    conflict?.ended_on && h("div", { class: "tools" }, h("p", {}, h("label", { for: "by-span" }, "Days"), h("select", { id: "by-span", onchange: (event) => go({ span: event.target.value }) },
      Object.entries(spans).map(([value, text]) => h("option", { value, selected: value === state.span }, text))))),
    h("p", { class: "dim" }, "A step is a statement; the dotted line says only that no newer one of its kind is recorded. Lines are never joined where what is counted changes."),
    [...panels].sort(([, one], [, other]) => pointsOf(other) - pointsOf(one)).map(([name, list]) => panel(name, list, domain, width, world)),
  ];
}

const pointsOf = (list) => list.reduce((found, one) => Math.max(found, one.points.length), 0) * 1000 + list.length;

function panel(name, list, domain, width, world) {
  const shown = list.map((one) => ({ ...one, points: one.points.filter((point) => !point.stated_on || at(point.stated_on) <= domain[1]) }));
  const undated = list.flatMap((one) => one.points).filter((point) => !point.stated_on).length;
  const voices = new Map(list.map((one) => [world.hue(one.claimant_side), one.claimant_side ? world.nameOf(world.camp(one.claimant_side.id)) : "no side (third party)"]));
  return h("section", { class: "panel" }, h("h3", {}, `Losses: ${name}`),
    h("ul", { class: "legend" }, h("li", {}, "Who speaks:"), [...voices].map(([hue, text]) => h("li", { class: hue }, h("span", { class: "key", "aria-hidden": "true" }), text))),
    shown.some((one) => one.points.some((point) => point.stated_on)) && chart(shown, domain, width, world),
    h("ol", { class: "changes" }, changes(shown).map(explained)),
    silenced(list),
    undated > 0 && h("p", { class: "dim" }, `${counted(undated, "figure")} without a date: in the table only.`),
    table(list, name));
}

function grouped(list) {
  const found = new Map();
  for (const one of list) {
    const name = one.subject_side?.name ?? "all sides together";
    found.set(name, [...(found.get(name) ?? []), one]);
  }
  return found;
}

export const heading = (answer) => counted(answer.meta.total, "series", "series");
export const flat = (path) => ["csv", "xlsx"].map((format) => [format, path.replace("/series?", `/series.${format}?`)]);
