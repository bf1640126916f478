// How many: the latest totals and the single events added up, one under the other, never added.

import { pathOf } from "./api.js";
import { cited, h, record } from "./dom.js";
import { picture } from "./marks.js";
import { axis, scale } from "./scale.js";
import { address, changed } from "./state.js";
import { card, list, loadClaims, statementsOf } from "./statements.js";
import { BASES, MEASURES, STATUSES, counted, coverage, day, number, placed, range, spread, subjectName, width } from "./words.js";

const LIMIT = 20;
const LIMIT_BOTH = 60; // rows of one page, so that both bases of a conflict are mostly on the same
const ABSENT = {
  totals: "No total so far is recorded here.",
  incidents: "No figure of a single event or period is recorded here.",
};
const SORTS = { "-spread,-best": "widest spread first", "-best": "highest figure first", best: "lowest figure first", "-claims": "most claims first" };
const BY_DATE = { "day,event": "oldest first", "-day,event": "newest first" };
const BY_CONFLICT = { "conflict,subject_side": "by conflict" };
const GROUPS = { both: "conflict,subject_side", totals: "subject_side", incidents: "conflict,event,period,day,subject_side" };

export const fields = ["conflict", "harm", "subject_side", "victim_status", "basis", "policy", "claimant", "as_of"];
const sortsOf = (state) => ({ ...SORTS, ...(state.basis === "incidents" ? BY_DATE : {}), ...(state.basis === "both" ? BY_CONFLICT : {}) });

// Single events added up may rest on thousands of claims: evidence is asked only where rows are small.
export function question(state) {
  return pathOf("/v1/statistics/casualties", {
    ...Object.fromEntries(["conflict", "harm", "subject_side", "victim_status", "basis", "policy", "as_of"].map((name) => [name, state[name]])),
    claimant: state.policy === "claimant" ? state.claimant : "",
    group_by: GROUPS[state.basis] ?? GROUPS.both,
    sort: state.sort || "-spread,-best", limit: state.basis === "both" ? LIMIT_BOTH : LIMIT,
    evidence: state.basis === "both" ? "" : 1, cursor: state.cursor,
  });
}

// The claims of all rows by id, for the picture above them.
export const claims = (answer, records) => new Map(answer.data.flatMap((row) => (statementsOf(row, records) ?? []).map((claim) => [claim.id, claim])));

export const records = (answer, signal) => loadClaims(answer.data, signal);

const isOneEvent = (row) => row.event !== undefined;

function titleOf(row) {
  if (row.event) return record("events", row.event);
  if (!row.period) return record("conflicts", row.conflict);
  const [first, last] = row.period.split("/");
  return first === last ? day(first) : `From ${day(first)} to ${day(last)}`;
}

// What kind of count the row is, in words.
function kindOf(row) {
  if (row.basis === "totals") return [h("strong", {}, BASES.totals), h("span", { class: "dim" }, ` · ${MEASURES[row.measure]}`)];
  if (!isOneEvent(row)) return [h("strong", {}, BASES.incidents), h("span", { class: "dim" }, ` · ${counted(row.cells, "event or period", "events and periods")}`)];
  return h("span", { class: "dim" }, row.period ? `an increment over these days, ${row.conflict.name}` : row.day ? day(row.day) : "day not known exactly");
}

function label(row, isPaired) {
  if (isPaired) return h("div", { class: "label" }, h("p", {}, kindOf(row)));
  return h("div", { class: "label" }, h("h3", {}, titleOf(row)), h("p", {}, h("span", { class: "whose" }, `Losses: ${subjectName(row.subject_side)}`), " · ", kindOf(row)));
}

// Claimants that speak of different people neither agree nor contradict each other.
const scopesOf = (statements) => new Set(statements.map((claim) => [claim.subject_side?.id, claim.victim_status, claim.victim_sex, claim.victim_age].join(" "))).size;

// A figure that is added up from parts, and that nobody stated as such.
const isUnsaid = (row) => row.best != null && row.added_up && !(row.used ?? []).some((claim) => [claim.low, claim.best, claim.high].includes(row.best));

function agreement(row) {
  if (row.spread !== 1) return spread(row);
  if (row.cells > 1) return "no event with two figures that differ";
  if (row.claimants > 1) return row.used && scopesOf(row.used) > 1 ? "no overlapping claims" : spread(row);
  const voices = new Set((row.stated ?? []).map((statement) => statement.claimant.id)).size;
  return voices > 1 ? "one claimant used" : "a single claimant";
}

// Two numbers with two meanings: between the best figures, and from the lowest to the highest bound.
function distance(row, isHeardByRule) {
  const [between, ends] = [spread(row), width(row)];
  const meaning = row.cells > 1 ? "between best figures, widest event" : `between best figures${isHeardByRule ? " of all claimants" : ""}`;
  const isSame = between === ends && !isHeardByRule;
  return h("p", { class: row.spread === 1 ? "spread alone" : "spread" }, agreement(row),
    row.spread !== 1 && h("span", { class: "dim" }, isSame ? `${meaning}, and from low to high` : meaning),
    ends && !isSame && h("span", { class: "dim width" }, `${ends}${row.open_ended > 0 ? " or more" : ""} from low to high`));
}

function notes(row, world) {
  const gaps = row.missing.map((gap) => {
    const whose = gap.side === "all" ? "all sides" : world.nameOf(gap.side);
    return gap.status === "any" ? whose : `${whose} (${STATUSES[gap.status] ?? gap.status})`;
  });
  return [
    isUnsaid(row) && h("li", {}, `Nobody is recorded as saying ${number(row.best)}: it is added up from ${row.cells > 1 ? `${number(row.cells)} events and periods` : "the parts below"}.`),
    row.disputed > 0 && h("li", {}, "The claimants' ranges do not overlap."),
    row.open_ended > 0 && h("li", {}, "It could be higher: at least one claimant gave no upper bound (“at least”, “more than”)."),
    row.imputed > 0 && h("li", {}, "A bound that was not stated was filled in."),
    gaps.length > 0 && h("li", {}, `Incomplete. No figure for: ${gaps.join("; ")}. Missing is not zero.`),
    row.silences.length > 0 && h("li", {}, "Recorded silence: ", row.silences.map((id, at) => [at ? ", " : "", h("a", { href: `/claims/${id}` }, "the side published no figure of its own")])),
  ].filter(Boolean);
}

// What stands under a row whose statements are not in the answer.
function elsewhere(row, state) {
  const subject_side = row.subject_side.id === "all" ? state.subject_side : row.subject_side.id;
  const [basis, text] = row.basis === "incidents" ? ["incidents", "See each event and period"] : ["totals", "More than 500 statements on this page: see those of this row"];
  return h("p", { class: "elsewhere" }, h("a", { href: address(changed(state, { basis, conflict: row.conflict.id, subject_side, sort: "" })) }, text));
}

function summaryOf(row) {
  const unused = (row.stated ?? []).length - (row.used ?? []).length;
  return `${counted(row.claims, "claim")} of ${counted(row.claimants, "claimant")}${unused > 0 ? ` used, ${number(unused)} not used` : ""}: words and sources`;
}

function drawRow(row, line, world, state, isPaired) {
  const byValue = [...(row.stated ?? [])].sort((a, b) => b.used - a.used || (placed(a) ?? -1) - (placed(b) ?? -1));
  const details = h("details", { class: "claims" },
    h("summary", {}, row.stated ? summaryOf(row) : `${counted(row.claims, "claim")} of ${counted(row.claimants, "claimant")}`),
    h("ul", { class: "notes" }, notes(row, world)),
    h("ol", {}, byValue.map((statement) => card(statement, row, world))),
    h("p", { class: "dim" }, h("a", { href: row.links.claims }, "The claims used, as data"), " · ", h("a", { href: `${row.links.explain}&pretty=1` }, "how the figure was made, step by step")));
  const show = (claim) => {
    details.open = true;
    const shown = details.querySelector(`[id="claim-${row.at}-${claim.id}"]`);
    shown.focus();
    shown.scrollIntoView({ block: "nearest" });
  };
  const figure = cited(row.links.claims, range(row));
  figure.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    details.open = true;
    details.querySelector("summary").focus();
  });
  return h("li", { class: "row", "data-basis": row.basis },
    label(row, isPaired),
    distance(row, state.policy !== "envelope"),
    h("p", { class: "range" }, figure, row.low !== row.high && h("span", { class: "dim" }, ` best ${number(row.best)}`)),
    picture(row, line, world, show),
    h("div", { class: "behind" }, row.basis === "totals" && row.stated && list(row.stated, row, world), !row.stated && elsewhere(row, state), details));
}

function groupByLosses(rows) {
  const groups = new Map();
  for (const row of rows) {
    const key = `${row.conflict.id} ${row.subject_side.id}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()];
}

// Both bases of one conflict and side. That one has no figure is said, where all rows are on this page.
function drawPair(rows, line, world, state, isWhole) {
  const absent = isWhole ? Object.keys(BASES).filter((basis) => !rows.some((row) => row.basis === basis)) : [];
  const ordered = Object.keys(BASES).flatMap((basis) => rows.filter((row) => row.basis === basis));
  return h("li", { class: "pair" },
    h("h3", {}, record("conflicts", rows[0].conflict), h("span", { class: "whose" }, ` Losses: ${subjectName(rows[0].subject_side)}`)),
    h("ul", { class: "bases" }, ordered.map((row) => drawRow(row, line, world, state, true)),
      absent.map((basis) => h("li", { class: "absent" }, h("strong", {}, BASES[basis]), h("span", { class: "dim" }, ` · ${ABSENT[basis]}`)))));
}

function legend(rows, world) {
  const statements = rows.flatMap((row) => row.stated ?? []);
  const voices = new Map();
  for (const claim of statements) {
    const camp = claim.claimant_side && world.camp(claim.claimant_side.id);
    voices.set(camp ?? "none", [world.hue(claim.claimant_side), camp ? world.nameOf(camp) : "no side"]);
  }
  const isContested = statements.some((claim) => ["contested", "discounted"].includes(claim.confirmation));
  return h("ul", { class: "legend", "aria-label": "Legend" }, voices.size > 0 && h("li", {}, "Who speaks:"),
    [...voices.values()].map(([hue, text]) => h("li", { class: hue }, h("span", { class: hue === "camp-none" ? "key diamond" : "key" }), text)),
    statements.some((claim) => claim.low != null && claim.high > claim.low) && h("li", { class: "camp-none" }, h("span", { class: "key line" }), "one claim's own range"),
    isContested && h("li", { class: "camp-none" }, h("span", { class: "key hollow" }), "contested or discounted"),
    statements.some((claim) => !claim.used) && h("li", { class: "unused camp-none" }, h("span", { class: "key" }), "faded: not used, with the reason"),
    voices.size > 0 && h("li", {}, h("span", { class: "key small" }), "a part only: one side, place or group of victims"),
    h("li", {}, h("span", { class: "key band" }), "from the lowest to the highest bound"),
    rows.some((row) => row.open_ended > 0) && h("li", {}, h("span", { class: "key more" }, "›"), "or more: no upper end was stated"),
    h("li", {}, h("span", { class: "key tick" }), "best figure under the chosen rule"));
}

export function draw(answer, world, state, go, _width, claims) {
  const rows = answer.data.map((row, at) => {
    const stated = statementsOf(row, claims);
    return { ...row, at, victim_status: state.victim_status || "any", stated, used: stated?.filter((statement) => statement.used) };
  });
  const values = rows.flatMap((row) => [row.low, row.high, ...(row.stated ?? []).map(placed)]).filter((value) => value != null);
  const line = scale(state.scale, values);
  const kinds = { ratio: "equal lengths are equal ratios", count: "equal lengths are equal numbers" };
  const choose = (name, options, current) => h("select", { id: `by-${name}`, onchange: (event) => go({ [name]: event.target.value }) },
    Object.entries(options).map(([value, text]) => h("option", { value, selected: value === current }, text)));
  const isWhole = !state.cursor && !answer.links.next;
  return [
    h("h2", { class: "behind-picture" }, "How far apart, and why"),
    h("div", { class: "tools" },
      h("p", {}, h("label", { for: "by-sort" }, "Order"), choose("sort", sortsOf(state), state.sort || "-spread,-best")),
      h("p", {}, h("label", { for: "by-scale" }, "Scale"), choose("scale", kinds, state.scale))),
    legend(rows, world),
    state.basis === "both" && rows.length > 0 && h("p", { class: "apart-note" }, h("strong", {}, BASES.totals), ": what each claimant last said of the whole so far. ", h("strong", {}, BASES.incidents), ": what is claimed about each event and period. These are two answers to one question: never add them."),
    rows.length > 0 && h("div", { class: "row head", "aria-hidden": "true" }, axis(line), h("p", { class: "spread" }, "How far apart"), h("p", { class: "range" }, "Low to high")),
    h("ol", { class: "rows" }, state.basis === "both"
      ? groupByLosses(rows).map((group) => drawPair(group, line, world, state, isWhole))
      : rows.map((row) => drawRow(row, line, world, state, false))),
  ];
}

const NOUNS = { totals: ["latest total"], incidents: ["figure"], both: ["figure"] };
export function heading(answer, state) {
  const total = counted(answer.meta.total, ...(NOUNS[state.basis] ?? NOUNS.both));
  if (state.basis !== "both" || answer.data.length < answer.meta.total || !answer.meta.total) return total;
  const totals = answer.data.filter((row) => row.basis === "totals").length;
  return `${total}: ${counted(totals, "latest total")}, ${number(answer.data.length - totals)} from single events`;
}
export const flat = (path) => ["csv", "xlsx"].map((format) => [format, path.replace("/casualties?", `/casualties.${format}?`).replace(/&(limit=\d+|evidence=1|cursor=[^&]*)/g, "")]);
