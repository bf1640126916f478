// One row's picture: a bar from low to high, a tick at best, a dot for each claim.

import { attach } from "./card.js";
import { s } from "./dom.js";
import { grid } from "./scale.js";
import { REASONS, isUpperBound, label, number, placed, range, said, say } from "./words.js";

const STEP = 11; // pixels between dots that would lie upon each other
const MIDDLE = 22;

// Dots of nearly the same value are stacked, so that each can be seen and reached.
function stacked(claims, line) {
  const taken = new Map();
  return claims.filter((claim) => placed(claim) != null).sort((a, b) => placed(a) - placed(b) || (a.id < b.id ? -1 : 1)).map((claim) => {
    const x = line.at(placed(claim));
    const slot = Math.round(x / 2);
    const level = Math.max(taken.get(slot) ?? 0, taken.get(slot - 1) ?? 0);
    taken.set(slot, level + 1);
    return { claim, x, level };
  });
}

export const shape = (claim, x, y, part) => {
  const r = part ? 4.5 : 6.5;
  return claim.claimant_side
    ? s("circle", { cx: `${x}%`, cy: y, r })
    : s("svg", { x: `${x}%`, y, overflow: "visible", width: 1, height: 1 }, s("rect", { x: -r, y: -r, width: 2 * r, height: 2 * r, transform: "rotate(45)" }));
};

function dot({ claim, x, y }, line, row, world, first) {
  const contested = ["contested", "discounted"].includes(claim.confirmation);
  const part = isPart(claim, row);
  const unused = claim.used === false;
  const reach = claim.low != null && claim.high > claim.low;
  const group = s("g", {
    class: ["dot", world.hue(claim.claimant_side), contested && "hollow", part && "part", unused && "unused"].filter(Boolean).join(" "),
    tabindex: first ? 0 : -1, role: "button",
    "aria-label": `${said(claim)}: ${claim.claimant.name}${contested ? `, ${label("confirmation", claim.confirmation)}` : ""}${unused ? `. ${reasonOf(claim)}` : ""}`,
  },
  reach && s("line", { class: "reach", x1: `${line.at(claim.low)}%`, x2: `${line.at(claim.high)}%`, y1: y, y2: y }),
  s("circle", { class: "target", cx: `${x}%`, cy: y, r: 12 }),
  shape(claim, x, y, part));
  attach(group, claim, row.harm, unused ? reasonOf(claim) : "");
  return group;
}

export const reasonOf = (statement) => say("script.not_used", { reason: REASONS[statement.reason] ?? statement.reason });

export function isPart(claim, row) {
  const side = row.subject_side?.id === "all" ? undefined : row.subject_side?.id;
  return claim.victim_status !== (row.victim_status ?? "any") || (side !== undefined && claim.subject_side?.id !== side);
}

// `row.victim_status` is whose deaths the row counts: everybody's, unless the question asks for some.
export function picture(row, line, world, onOpen) {
  const marks = stacked(row.stated ?? [], line);
  const lift = Math.max(0, ...marks.map((mark) => mark.level)) * STEP;
  const [y, height] = [MIDDLE + lift / 2, 2 * MIDDLE + lift];
  const [from, to, best] = [row.low, row.high, row.best].map(line.at);
  const dots = marks.map((mark, at) => dot({ ...mark, y: y + lift / 2 - mark.level * STEP }, line, row, world, at === 0));
  dots.forEach((group, at) => group.addEventListener("click", () => onOpen(marks[at].claim)));
  const apart = row.low !== row.high;
  const words = dots.length ? say("script.who.marks", { count: dots.length }) : isUpperBound(row) ? range(row) : `${range(row)}, ${say("bound.best", { number: row.best })}`;
  return s("svg", {
    class: "marks", width: "100%", height, role: dots.length ? "group" : "img", onkeydown: (event) => walk(event, dots), "aria-label": words,
  },
  grid(line, height),
  s("line", { class: apart ? "bar apart" : "bar", x1: `${from}%`, x2: `${Math.max(to, from + 0.6)}%`, y1: y, y2: y }),
  row.open_ended > 0 && s("svg", { x: `${to}%`, y, overflow: "visible", width: 1, height: 1 }, s("path", { class: "open", d: "M8 -7L16 0L8 7" })),
  s("line", { class: "best", x1: `${best}%`, x2: `${best}%`, y1: y - 13 - lift / 2, y2: y + 13 + lift / 2 }),
  dots);
}

function walk(event, dots) {
  const at = dots.indexOf(event.target.closest(".dot"));
  const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: dots.length - 1 }[event.key];
  if (at >= 0 && (event.key === "Enter" || event.key === " ")) dots[at].dispatchEvent(new MouseEvent("click"));
  else if (dots[next]) {
    dots.forEach((dot, index) => dot.setAttribute("tabindex", index === next ? 0 : -1));
    dots[next].focus();
  } else return;
  event.preventDefault();
}
