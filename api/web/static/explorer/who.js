// How many: the latest totals and the single events added up, one under the other, never added.

import { pathOf } from "./api.js";
import { cited, h, page, record } from "./dom.js";
import { picture } from "./marks.js";
import { axis, scale } from "./scale.js";
import { address, changed } from "./state.js";
import { card, list, loadClaims, statementsOf } from "./statements.js";
import { BASES, MEASURES, STATUSES, countedClaims, day, number, placed, range, say, spread, subjectName, width } from "./words.js";

const LIMIT = 20;
const LIMIT_BOTH = 60; // rows of one page, so that both bases of a conflict are mostly on the same
const ABSENT = {
  totals: say("script.who.absent.totals"), incidents: say("script.who.absent.incidents"),
};
const SORTS = { "-spread,-best": say("script.who.sort.spread"), "-best": say("script.who.sort.best"), best: say("script.who.sort.least"), "-claims": say("script.who.sort.claims") };
const BY_DATE = { "day,event": say("script.who.sort.oldest"), "-day,event": say("script.who.sort.newest") };
const BY_CONFLICT = { "conflict,subject_side": say("script.who.sort.conflict") };
const GROUPS = { both: "conflict,subject_side", totals: "subject_side", incidents: "conflict,event,period,day,subject_side" };

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
  return first === last ? day(first) : say("script.who.span", { first: day(first), last: day(last) });
}

// What kind of count the row is, in words.
function kindOf(row) {
  if (row.basis === "totals") return [h("strong", {}, BASES.totals), h("span", { class: "dim" }, ` · ${MEASURES[row.measure]}`)];
  if (!isOneEvent(row)) return [h("strong", {}, BASES.incidents), h("span", { class: "dim" }, ` · ${say("count.events_or_periods", { count: row.cells })}`)];
  return h("span", { class: "dim" }, row.period ? say("script.who.increment", { conflict: row.conflict.name }) : row.day ? day(row.day) : say("script.who.no_day"));
}

function label(row, isPaired) {
  if (isPaired) return h("div", { class: "label" }, h("p", {}, kindOf(row)));
  return h("div", { class: "label" }, h("h3", {}, titleOf(row)), h("p", {}, h("span", { class: "whose" }, say("picture.losses", { side: subjectName(row.subject_side) })), " · ", kindOf(row)));
}

// Claimants that speak of different people neither agree nor contradict each other.
const scopesOf = (statements) => new Set(statements.map((claim) => [claim.subject_side?.id, claim.victim_status, claim.victim_sex, claim.victim_age].join(" "))).size;

// A figure that is added up from parts, and that nobody stated as such.
const isUnsaid = (row) => row.best != null && row.added_up && !(row.used ?? []).some((claim) => [claim.low, claim.best, claim.high].includes(row.best));

function agreement(row) {
  if (row.spread !== 1) return spread(row);
  if (row.cells > 1) return say("script.who.no_differing");
  if (row.claimants > 1) return row.used && scopesOf(row.used) > 1 ? say("script.who.no_overlapping") : spread(row);
  const voices = new Set((row.stated ?? []).map((statement) => statement.claimant.id)).size;
  return voices > 1 ? say("script.who.one_used") : say("script.single");
}

// Two numbers with two meanings: between the best figures, and from the lowest to the highest bound.
function distance(row, isHeardByRule) {
  const [between, ends] = [spread(row), width(row)];
  const meaning = row.cells > 1 ? say("script.who.between.widest") : isHeardByRule ? say("script.who.between.all") : say("script.who.between");
  const isSame = between === ends && !isHeardByRule;
  return h("p", { class: row.spread === 1 ? "spread alone" : "spread" }, agreement(row),
    row.spread !== 1 && h("span", { class: "dim" }, isSame ? say("script.who.and_ends", { meaning }) : meaning),
    ends && !isSame && h("span", { class: "dim width" }, row.open_ended > 0 ? say("script.who.open_ends", { times: ends }) : say("script.who.ends", { times: ends })));
}

function notes(row, world) {
  const gaps = row.missing.map((gap) => {
    const whose = gap.side === "all" ? say("side.all") : world.nameOf(gap.side);
    return gap.status === "any" ? whose : `${whose} (${STATUSES[gap.status] ?? gap.status})`;
  });
  return [
    isUnsaid(row) && h("li", {}, row.cells > 1
      ? say("script.who.unsaid.events", { number: row.best, events: say("count.events_or_periods", { count: row.cells }) }) : say("script.who.unsaid", { number: row.best })),
    row.disputed > 0 && h("li", {}, say("script.who.apart")),
    row.open_ended > 0 && h("li", {}, say("script.who.higher")),
    row.imputed > 0 && h("li", {}, say("script.who.filled_in")),
    gaps.length > 0 && h("li", {}, say("script.who.incomplete", { groups: gaps.join("; ") })),
    row.silences.length > 0 && h("li", {}, `${say("script.who.silence")} `, row.silences.map((id, at) => [at ? ", " : "", h("a", { href: page(`/claims/${id}`) }, say("script.who.silence.link"))])),
  ].filter(Boolean);
}

// What stands under a row whose statements are not in the answer.
function elsewhere(row, state) {
  const subject_side = row.subject_side.id === "all" ? state.subject_side : row.subject_side.id;
  const [basis, text] = row.basis === "incidents" ? ["incidents", say("script.who.each")] : ["totals", say("script.who.too_many")];
  return h("p", { class: "elsewhere" }, h("a", { href: address(changed(state, { basis, conflict: row.conflict.id, subject_side, sort: "" })) }, text));
}

function summaryOf(row) {
  const unused = (row.stated ?? []).length - (row.used ?? []).length;
  const claims = countedClaims(row);
  return unused > 0 ? say("script.who.summary.unused", { claims, count: unused }) : say("script.who.summary", { claims });
}

function drawRow(row, line, world, state, isPaired) {
  const byValue = [...(row.stated ?? [])].sort((a, b) => b.used - a.used || (placed(a) ?? -1) - (placed(b) ?? -1));
  const details = h("details", { class: "claims" },
    h("summary", {}, row.stated ? summaryOf(row) : countedClaims(row)),
    h("ul", { class: "notes" }, notes(row, world)),
    h("ol", {}, byValue.map((statement) => card(statement, row, world))),
    h("p", { class: "dim" }, h("a", { href: row.links.claims }, say("script.who.data")), " · ", h("a", { href: `${row.links.explain}&pretty=1` }, say("script.who.steps"))));
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
    h("p", { class: "range" }, figure, row.low !== row.high && h("span", { class: "dim" }, ` ${say("bound.best", { number: row.best })}`)),
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
    h("h3", {}, record("conflicts", rows[0].conflict), h("span", { class: "whose" }, ` ${say("picture.losses", { side: subjectName(rows[0].subject_side) })}`)),
    h("ul", { class: "bases" }, ordered.map((row) => drawRow(row, line, world, state, true)),
      absent.map((basis) => h("li", { class: "absent" }, h("strong", {}, BASES[basis]), h("span", { class: "dim" }, ` · ${ABSENT[basis]}`)))));
}

function legend(rows, world) {
  const statements = rows.flatMap((row) => row.stated ?? []);
  const voices = new Map();
  for (const claim of statements) {
    const camp = claim.claimant_side && world.camp(claim.claimant_side.id);
    voices.set(camp ?? "none", [world.hue(claim.claimant_side), camp ? world.nameOf(camp) : say("script.who.no_side")]);
  }
  const isContested = statements.some((claim) => ["contested", "discounted"].includes(claim.confirmation));
  return h("ul", { class: "legend", "aria-label": say("script.who.legend") }, voices.size > 0 && h("li", {}, say("script.who.speaks")),
    [...voices.values()].map(([hue, text]) => h("li", { class: hue }, h("span", { class: hue === "camp-none" ? "key diamond" : "key" }), text)),
    statements.some((claim) => claim.low != null && claim.high > claim.low) && h("li", { class: "camp-none" }, h("span", { class: "key line" }), say("script.who.own_range")),
    isContested && h("li", { class: "camp-none" }, h("span", { class: "key hollow" }), say("script.who.contested")),
    statements.some((claim) => !claim.used) && h("li", { class: "unused camp-none" }, h("span", { class: "key" }), say("picture.who.key.unused")),
    voices.size > 0 && h("li", {}, h("span", { class: "key small" }), say("script.who.part")),
    h("li", {}, h("span", { class: "key band" }), say("script.who.band")),
    rows.some((row) => row.open_ended > 0) && h("li", {}, h("span", { class: "key more" }, "›"), say("script.who.open")),
    h("li", {}, h("span", { class: "key tick" }), say("script.who.tick")));
}

export function draw(answer, world, state, go, _width, claims) {
  const rows = answer.data.map((row, at) => {
    const stated = statementsOf(row, claims);
    return { ...row, at, victim_status: state.victim_status || "any", stated, used: stated?.filter((statement) => statement.used) };
  });
  const values = rows.flatMap((row) => [row.low, row.high, ...(row.stated ?? []).map(placed)]).filter((value) => value != null);
  const line = scale(state.scale, values);
  const kinds = { ratio: say("script.who.scale.ratio"), count: say("script.who.scale.count") };
  const choose = (name, options, current) => h("select", { id: `by-${name}`, onchange: (event) => go({ [name]: event.target.value }) },
    Object.entries(options).map(([value, text]) => h("option", { value, selected: value === current }, text)));
  const isWhole = !state.cursor && !answer.links.next;
  return [
    h("h2", { class: "behind-picture" }, say("script.who.behind")),
    h("div", { class: "tools" },
      h("p", {}, h("label", { for: "by-sort" }, say("script.who.order")), choose("sort", sortsOf(state), state.sort || "-spread,-best")),
      h("p", {}, h("label", { for: "by-scale" }, say("script.who.scale")), choose("scale", kinds, state.scale))),
    legend(rows, world),
    state.basis === "both" && rows.length > 0 && h("p", { class: "apart-note" }, h("strong", {}, BASES.totals), `${say("script.who.totals")} `, h("strong", {}, BASES.incidents), say("script.who.incidents")),
    rows.length > 0 && h("div", { class: "row head", "aria-hidden": "true" }, axis(line), h("p", { class: "spread" }, say("script.who.apart_head")), h("p", { class: "range" }, say("page.range"))),
    h("ol", { class: "rows" }, state.basis === "both"
      ? groupByLosses(rows).map((group) => drawPair(group, line, world, state, isWhole))
      : rows.map((row) => drawRow(row, line, world, state, false))),
  ];
}

export function heading(answer, state) {
  const count = answer.meta.total;
  const total = state.basis === "totals" ? say("script.who.latest_totals", { count }) : say("count.figures", { count });
  if (state.basis !== "both" || answer.data.length < answer.meta.total || !answer.meta.total) return total;
  const totals = answer.data.filter((row) => row.basis === "totals").length;
  return say("script.who.heading", { figures: total, totals: say("script.who.latest_totals", { count: totals }), incidents: answer.data.length - totals });
}
export const flat = (path) => ["csv", "xlsx"].map((format) => [format, path.replace("/casualties?", `/casualties.${format}?`).replace(/&(limit=\d+|evidence=1|cursor=[^&]*)/g, "")]);
