// Where a number stands, in per cent of the width. On the scale of ratios equal lengths are equal ratios, and zero,
// which has no ratio to anything, stands apart at the left.

import { s } from "./dom.js";
import { number } from "./words.js";

const [ZERO, FIRST, LAST] = [2, 9, 96];

export function scale(kind, values) {
  const most = Math.max(1, ...values);
  const ratio = kind !== "count";
  const line = ratio
    ? d3.scaleLog().domain([1, Math.max(10, most)]).range([FIRST, LAST])
    : d3.scaleLinear().domain([0, most]).nice().range([ZERO, LAST]);
  const at = (value) => (ratio && value < 1 ? ZERO : line(value));
  const all = ratio ? [0, ...line.ticks().filter((tick) => Math.log10(tick) % 1 === 0)] : line.ticks(5);
  return { at, ticks: all.filter((tick) => tick <= line.domain()[1]), ratio };
}

export function axis(made) {
  return s("svg", { class: "axis", width: "100%", height: 24, "aria-hidden": "true" },
    made.ticks.map((tick) => s("text", { x: `${made.at(tick)}%`, y: 16, "text-anchor": "middle" }, number(tick))));
}

export const grid = (made, height) =>
  made.ticks.map((tick) => s("line", { class: "grid", x1: `${made.at(tick)}%`, x2: `${made.at(tick)}%`, y1: 0, y2: height }));
