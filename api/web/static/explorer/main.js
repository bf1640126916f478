// The page: the address says what is asked, a view asks the API and draws its answer, and everything below tells how.

import { Problem, ask, local } from "./api.js";
import * as first from "./answer.js";
import * as below from "./below.js";
import * as card from "./card.js";
import { byId, h, page } from "./dom.js";
import * as filters from "./filters.js";
import * as map from "./map.js";
import * as matrix from "./matrix.js";
import { address, changed, pinned, read, wrong } from "./state.js";
import * as table from "./table.js";
import * as time from "./time.js";
import * as who from "./who.js";
import { CONTROLS, inEnglish, say } from "./words.js";
import { load, nested } from "./world.js";

const VIEWS = {
  who: [say("explorer.view.who"), who], time: [say("explorer.view.time"), time], matrix: [say("explorer.view.matrix"), matrix],
  map: [say("explorer.view.map"), map], table: [say("explorer.view.table"), table],
};
const PATIENCE = 2_000; // milliseconds
let world = null;
let asking = null;
let drawnOnce = false; // the first answer stays as it came, and does not fade

const viewOf = (state) => (Object.hasOwn(VIEWS, state.view) ? VIEWS[state.view] : VIEWS.who);

function go(state, replace = false) {
  history[replace ? "replaceState" : "pushState"](null, "", address(state));
  show();
}

const link = (state, text, attributes) => h("a", { href: address(state), ...attributes, onclick: (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  go(state);
} }, text);

function tabs(state) {
  byId("tabs").replaceChildren(...Object.entries(VIEWS).map(([name, [text]]) =>
    link(changed(state, { view: name }), text, { id: `tab-${name}`, "aria-current": state.view === name ? "page" : null, "data-view": name })));
}

// A question about every conflict may take long: meanwhile one of them can be chosen.
function soothe(state) {
  const told = choice(state, say("script.slow"));
  // Below the first answer, which stays where it is while its reader looks at it; above a later one, which fades.
  const waiting = setTimeout(() => byId("box")[drawnOnce ? "prepend" : "append"](told), PATIENCE);
  return () => {
    clearTimeout(waiting);
    told.remove();
  };
}

// A view of one conflict asks for one.
function choice(state, told) {
  const parent = state.conflict || null;
  const offered = nested(world.conflicts).filter((one) => !parent || nested(world.conflicts, parent).some((phase) => phase.id === one.id));
  return h("div", { class: "notice" }, h("p", {}, told),
    h("ul", { class: "choices" }, offered.map((one) => h("li", {}, link(changed(state, { conflict: one.id, subject_side: "" }), one.name)))));
}

function troubled(error) {
  const { told, status } = error instanceof Problem ? error : { told: { title: say("script.fault"), detail: String(error) }, status: 0 };
  return h("div", { class: "notice error", role: "alert" }, h("h2", inEnglish, told.title ?? say("script.error")), h("p", inEnglish, told.detail),
    told.errors?.length > 0 && h("ul", {}, told.errors.map((one) => h("li", {}, [one.name && h("strong", {}, `${one.name}: `), h("span", inEnglish, one.message), one.did_you_mean && ` ${say("page.error.suggestion", { names: [one.did_you_mean].flat().join(", ") })}`]))),
    told.wait && h("p", {}, say("script.wait", { count: Number(told.wait) })),
    h("p", { class: "dim" }, [status ? say("script.status", { status: String(status) }) : "", told.request_id ? say("page.error.request", { id: told.request_id }) : ""].filter(Boolean).join(", "),
      told.type && [" · ", h("a", { href: local(told.type) }, say("page.error.meaning"))], " · ", h("a", { href: page("/") }, say("explorer.start_again"))));
}

function pages(answer, state) {
  const [previous, next] = ["prev", "next"].map((name) => answer.links[name] && new URL(answer.links[name]).searchParams.get("cursor"));
  return (next || state.cursor) && h("p", { class: "pages" },
    state.cursor && link(changed(state, { cursor: "" }), say("page.first_page"), { class: "button", rel: "first" }),
    previous && link(changed(state, { cursor: previous }), say("page.previous_page"), { class: "button", rel: "prev" }),
    next && link(changed(state, { cursor: next }), say("page.next_page"), { class: "button", rel: "next" }));
}

function report(status) {
  byId("status").textContent = status;
}

function drawn(view, answer, state, path, prepared) {
  const width = Math.max(280, byId("box").clientWidth);
  const empty = !answer.data.length;
  report(view.heading(answer, state));
  byId("below").replaceChildren(...below.draw(answer, state, view.flat(path)));
  if (view.claims) first.attachCards(view.claims(answer, prepared));
  if (view.lines) first.attachLines(view.lines(answer));
  if (view.redraw?.(answer, state)) return;
  byId("box").replaceChildren(...[
    empty && view.needs && choice(state, state.as_of ? say("script.none.exact.day") : say("script.none.exact")),
    empty && !view.needs && h("p", { class: "notice" }, view.none?.(state) || say("script.none")),
    view.draw(answer, world, state, (change, replace) => go(changed(read(), change), replace), width, prepared), pages(answer, state),
  ].flat(9).filter(Boolean));
}

// Nothing is asked as long as something must be chosen first.
function lacking(told) {
  report("");
  byId("box").replaceChildren(told);
  byId("below").replaceChildren();
}

// What is drawn anew loses the focus: it goes back to where it was, or to the top of what came in its place.
let held = null;

function hold() {
  const { activeElement } = document;
  if (activeElement && activeElement !== document.body) held = activeElement.id || "view";
}

function release() {
  const lost = held && document.activeElement === document.body;
  const back = byId(held) ?? byId("view");
  if (lost) back.focus({ preventScroll: true });
  if (lost && back === byId("view")) byId("title").scrollIntoView({ block: "nearest" });
  held = null;
}

async function show() {
  hold();
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  const state = read();
  const [, view] = viewOf(state);
  const fields = CONTROLS[state.view] ?? [];
  card.close();
  byId("view").setAttribute("aria-busy", "true");
  byId("view").classList.toggle("redrawing", drawnOnce);
  let soothed = () => {};
  try {
    world ??= await load();
    tabs(state);
    const faults = wrong();
    if (faults.length) throw new Problem({ title: say("script.wrong"), detail: `${faults.join(" ")} ${say("script.wrong.why")}` }, 0);
    await filters.show(state, world, fields, view);
    if (signal.aborted) return;
    filters.clock(state, signal);
    const lacks = (view.needs && !state[view.needs]) || (fields.includes("claimant") && state.policy === "claimant" && !state.claimant);
    if (lacks) await first.renew(state, signal);
    if (signal.aborted) return;
    if (view.needs && !state[view.needs]) return lacking(choice(state, say("explorer.choose_conflict")));
    if (fields.includes("claimant") && state.policy === "claimant" && !state.claimant) {
      return lacking(h("p", { class: "notice" }, say("explorer.choose_claimant")));
    }
    if (!state.conflict) soothed = soothe(state);
    const path = pinned(view.question(state), state);
    const [answer, prepared] = await Promise.all([ask(path, signal), view.prepare?.(), first.renew(state, signal)]);
    // Names and words of the records that the answer names only by their ids.
    const records = await view.records?.(answer, signal);
    if (!signal.aborted) drawn(view, answer, state, path, prepared ?? records);
  } catch (error) {
    if (error.name === "AbortError" || signal.aborted) return;
    byId("title").textContent = say("explorer.nothing");
    report("");
    first.empty();
    const broad = error.told?.type?.endsWith("/too-broad") && !state.conflict;
    byId("box").replaceChildren(troubled(error), ...(broad ? [choice(state, say("script.too_broad"))] : []));
    byId("below").replaceChildren();
  } finally {
    soothed();
    if (!signal.aborted) {
      release();
      byId("view").setAttribute("aria-busy", "false");
      byId("view").classList.remove("redrawing");
      drawnOnce = true;
    }
  }
}

card.init();
first.init();
filters.init(read, go);
addEventListener("popstate", show);
show();
