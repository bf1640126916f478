// The controls. They show what the address says, and change it.

import { all, ask, pathOf } from "./api.js";
import { byId, h } from "./dom.js";
import { ANY, changed } from "./state.js";
import { nested, sidesOf } from "./world.js";
import { capital, day, say } from "./words.js";

const NAMES = ["conflict", "harm", "subject_side", "victim_status", "basis", "policy", "claimant", "q", "from", "to", "span"];
let days = [];
let daysOf = null;

function options(select, first, records, value) {
  const known = records.some((record) => record.id === value) || !value;
  select.replaceChildren(h("option", { value: "" }, first), ...records.map((record) =>
    h("option", { value: record.id }, `${"\u2003".repeat(record.depth ?? 0)}${record.name}`)));
  // What an address names and this database does not hold is shown as it stands: the API then says what is wrong.
  if (!known) select.append(h("option", { value }, value));
  select.value = value;
}

function describe(name) {
  const chosen = byId(name).selectedOptions?.[0];
  const meaning = byId(`${name}-meaning`);
  if (meaning && chosen?.dataset.meaning) meaning.textContent = chosen.dataset.meaning;
}

let claimants = null;

// Only a list of claims can be of every harm: figures of different harms are never one figure.
function offerAnyHarm(offered) {
  const select = byId("harm");
  select.querySelector(`[value=${ANY}]`)?.remove();
  if (offered) select.prepend(h("option", { value: ANY, "data-meaning": say("explorer.any_harm.meaning") }, capital(say("explorer.any_harm"))));
}

export async function show(state, world, fields, { anySide = capital(say("explorer.each_side")), anyHarm = false }) {
  offerAnyHarm(anyHarm);
  for (const field of document.querySelectorAll("[data-field]")) {
    const name = field.dataset.field;
    field.hidden = !fields.includes(name) || (name === "claimant" && state.policy !== "claimant");
  }
  options(byId("conflict"), say("page.all_conflicts"), nested(world.conflicts), state.conflict);
  options(byId("subject_side"), anySide, sidesOf(world, state.conflict), state.subject_side);
  for (const name of ["harm", "victim_status", "basis", "policy", "q", "from", "to", "span"]) byId(name).value = state[name];
  ["harm", "victim_status", "basis", "policy"].forEach(describe);
  if (state.policy === "claimant") {
    claimants ??= await all("/v1/claimants?fields=id,name&sort=name&limit=1000");
    options(byId("claimant"), say("explorer.choose_one"), claimants, state.claimant);
  }
}

// The days on which something was said that is still unknown the day before.
// An answer that comes when the reader has gone on is of no use: `signal` tells.
export async function clock(state, signal) {
  const path = pathOf("/v1/statistics/claims", { conflict: state.conflict, harm: state.harm === ANY ? "" : state.harm, group_by: "stated_day" });
  const slider = byId("as_of");
  if (path !== daysOf) {
    try {
      const told = await ask(path, signal);
      if (signal.aborted) return;
      [days, daysOf] = [told.data.map((row) => row.stated_day).filter(Boolean), path];
    } catch (error) {
      if (signal.aborted) return;
      [days, daysOf] = [[], null];
      tell(state.as_of);
      byId("as_of-meaning").textContent = say("script.clock.failed", { error: error.message });
      slider.disabled = true;
      return;
    }
  }
  slider.disabled = !days.length;
  slider.max = days.length;
  slider.value = state.as_of ? days.filter((one) => one <= state.as_of).length - 1 : days.length;
  tell(state.as_of);
}

function tell(chosen) {
  byId("day").textContent = chosen ? day(chosen) : say("explorer.today");
  byId("typed").value = chosen;
  byId("as_of").setAttribute("aria-valuetext", chosen ? day(chosen) : say("script.clock.today"));
  byId("now").hidden = !chosen;
  byId("as_of-meaning").textContent = chosen
    ? say("script.clock.past", { day: day(chosen) })
    : say("script.clock.now", { count: days.length });
}

export function init(current, go) {
  const form = byId("filters");
  let waiting = 0;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", (event) => {
    const name = event.target.name;
    if (!NAMES.includes(name)) return;
    const change = { [name]: event.target.value.trim() };
    if (name === "conflict") Object.assign(change, { subject_side: "", as_of: "" });
    if (name === "basis") change.sort = "";
    go(changed(current(), change));
  });
  const slider = byId("as_of");
  const chosen = () => days[Number(slider.value)] ?? "";
  slider.addEventListener("input", () => {
    tell(chosen());
    clearTimeout(waiting);
    waiting = setTimeout(() => go(changed(current(), { as_of: chosen() })), 200);
  });
  const typed = byId("typed");
  typed.addEventListener("input", () => typed.setCustomValidity(""));
  typed.addEventListener("change", () => {
    const given = typed.value.trim();
    const is = !given || (/^\d{4}-\d\d-\d\d$/.test(given) && !Number.isNaN(Date.parse(given)));
    typed.setCustomValidity(is ? "" : say("script.clock.form"));
    if (typed.reportValidity()) go(changed(current(), { as_of: given }));
  });
  byId("now").addEventListener("click", () => {
    go(changed(current(), { as_of: "" }));
    slider.focus();
  });
}
