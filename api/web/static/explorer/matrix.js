// Matrix: what each camp says of its own losses, what its opponents and third parties say of them.

import { pathOf } from "./api.js";
import { cited, h, s } from "./dom.js";
import { shape } from "./marks.js";
import { axis, grid, scale } from "./scale.js";
import { MEASURES, counted, days, number, range } from "./words.js";

export const fields = ["conflict", "harm", "basis", "as_of"];
export const needs = "conflict";
export const question = (state) => pathOf("/v1/statistics/matrix", { conflict: state.conflict, harm: state.harm, basis: state.basis, as_of: state.as_of });

const STANCES = { own: "Says of itself", opposing: "Its opponents say", third_party: "Third parties say" };

// Figures that are set against each other: of one camp, harm and measure.
function groups(entries) {
  const found = new Map();
  for (const entry of entries) {
    const key = [entry.conflict.id, entry.subject_side.id, entry.harm, entry.measure].join(" ");
    found.set(key, [...(found.get(key) ?? []), entry]);
  }
  return [...found.values()];
}

function figure(entry, world) {
  if (entry.best == null) {
    const silent = entry.silences.map((id, at) => [at ? ", " : "", h("a", { href: `/v1/claims/${id}?pretty=1` }, "a recorded silence")]);
    return h("p", { class: "none" }, "no figure", silent.length > 0 && [": ", silent]);
  }
  return h("div", { class: world.hue(entry.claimant_side) },
    h("p", { class: "figure" }, h("span", { class: entry.claimant_side ? "key" : "key diamond", "aria-hidden": "true" }), cited(entry.links.claims, range(entry))),
    h("p", { class: "dim" }, [
      entry.claimant_side && entry.stance !== "own" ? `${entry.claimant_side.name}: ` : "", counted(entry.claims, "claim"), ", ", days(entry.first_stated_on, entry.last_stated_on),
      entry.incomplete > 0 && "; a part is missing", entry.open_ended > 0 && "; upper end open",
    ]),
    entry.ratio != null && h("p", { class: "ratio" }, `×${entry.ratio} the own figure`));
}

function strip(entries, made, world) {
  const told = entries.filter((entry) => entry.best != null);
  if (!told.length) return null;
  const spots = told.map((entry) => made.at(entry.best));
  return s("svg", { class: "marks", width: "100%", height: 30, role: "img", "aria-label": told.map((entry) => `${STANCES[entry.stance]} ${number(entry.best)}`).join("; ") },
    grid(made, 30), s("line", { class: "bar apart", x1: `${Math.min(...spots)}%`, x2: `${Math.max(...spots)}%`, y1: 15, y2: 15 }),
    told.map((entry) => s("g", { class: `dot ${world.hue(entry.claimant_side)}` }, shape(entry, made.at(entry.best), 15))));
}

export function draw(answer, world) {
  if (!answer.data.length) return [];
  const made = scale("ratio", answer.data.map((entry) => entry.best).filter((value) => value != null));
  const several = new Set(answer.data.map((entry) => entry.conflict.id)).size > 1;
  return [h("div", { class: "scroll" }, h("table", { class: "matrix" },
    h("caption", {}, `Who says how many. Each row counts one thing in one way; rows are never added.`),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Losses of"), Object.values(STANCES).map((text) => h("th", { scope: "col" }, text)), h("th", { scope: "col" }, "On one scale of ratios", axis(made)))),
    h("tbody", {}, groups(answer.data).map((entries) => h("tr", {},
      h("th", { scope: "row" }, entries[0].subject_side.name, h("span", { class: "dim" }, [entries[0].measure ? MEASURES[entries[0].measure] : "events and periods", several && ` · ${entries[0].conflict.name}`])),
      Object.entries(STANCES).map(([stance, text]) => h("td", { "data-label": text }, entries.filter((entry) => entry.stance === stance).map((entry) => figure(entry, world)))),
      h("td", { class: entries.filter((entry) => entry.best != null).length > 1 ? "strip" : "strip single" }, strip(entries, made, world)))))))];
}

export const heading = (answer) => counted(answer.data.filter((entry) => entry.best != null).length, "figure");
export const flat = (path) => ["csv", "xlsx"].map((format) => [format, path.replace("/matrix?", `/matrix.${format}?`)]);
