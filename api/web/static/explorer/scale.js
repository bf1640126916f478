// Where a number stands, in per cent of the width. On the scale of ratios equal lengths are equal ratios, and zero,
// which has no ratio to anything, stands apart at the left.

import { s } from "./dom.js";
import { number } from "./words.js";

const [ZERO, FIRST, LAST] = [2, 9, 96];

export function scale(kind, values) {
  const most = Math.max(1, ...values);
  if (kind === "count") {
    const line = d3.scaleLinear().domain([0, most]).nice().range([ZERO, LAST]);
    return { at: line, ticks: line.ticks(5) };
  }
  const zero = values.includes(0);
  const least = 10 ** Math.floor(Math.log10(Math.min(most, ...values.filter((value) => value > 0))));
  const line = d3.scaleLog().domain([least, Math.max(10 * least, most)]).range([zero ? FIRST : ZERO, LAST]);
  const tens = line.ticks().filter((tick) => Number.isInteger(Math.round(Math.log10(tick) * 1e6) / 1e6));
  return { at: (value) => (value < least ? ZERO : line(value)), ticks: zero ? [0, ...tens] : tens };
}

export function axis(made) {
  return s("svg", { class: "axis", width: "100%", height: 24, "aria-hidden": "true" },
    made.ticks.map((tick) => s("text", { x: `${made.at(tick)}%`, y: 16, "text-anchor": made.at(tick) <= ZERO && tick > 1 ? "start" : "middle" }, number(tick))));
}

export const grid = (made, height) =>
  made.ticks.map((tick) => s("line", { class: "grid", x1: `${made.at(tick)}%`, x2: `${made.at(tick)}%`, y1: 0, y2: height }));
