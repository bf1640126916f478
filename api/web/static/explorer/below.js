// Under every view: what its numbers must not be taken for, what was left out, and how to ask the same again.

import { byId, h, page } from "./dom.js";
import { address } from "./state.js";
import { inEnglish, label, number, say } from "./words.js";

function copying(text, what) {
  const button = h("button", { type: "button", class: "copy" }, say("explorer.copy"));
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = say("script.copied");
    } catch {
      getSelection().selectAllChildren(byId(what));
      button.textContent = say("script.selected");
    }
    setTimeout(() => (button.textContent = say("explorer.copy")), 2500);
  });
  button.setAttribute("aria-label", what === "curl" ? say("script.copy.curl") : say("script.copy.link"));
  return button;
}

// A quotation mark inside an address would end the shell's: it is written as the shell wants it.
export const curlOf = (url) => `curl -s '${url.replaceAll("'", "%27")}'`;

// What a sentence of the API advises a program to ask; the page has a link instead.
const ADVICE = / (Ask (basis|event)=[^.]*|Leave the grouping out to see them|See `ratio_reason`)\./g;

function warnings(meta, state) {
  const goTo = (basis) => h("a", { href: address({ ...state, view: "who", basis, cursor: "", sort: "", at: "" }) }, basis === "totals" ? say("script.see_totals") : say("script.see_incidents"));
  return (meta.warnings ?? []).map((warning) => {
    const text = warning.text.replace(ADVICE, "").replaceAll("_", " ");
    const other = warning.code === "no_such_group" || (warning.code === "other_basis" && meta.basis !== "totals") ? "totals" : "incidents";
    return h("li", {}, h("span", inEnglish, `${text[0].toUpperCase()}${text.slice(1)}`), " ", ["other_basis", "no_such_group"].includes(warning.code) && goTo(other));
  });
}

function excluded(meta) {
  const left = meta.excluded ?? [];
  if (!left.length) return null;
  // Series name each claim; statistics count them by reason.
  const rows = left[0].claims === undefined
    ? left.map((one) => h("li", {}, h("a", { href: page(`/claims/${one.claim}`) }, one.claim), `: ${label("reason", one.reason)}`))
    : left.map((one) => h("li", {}, h("a", { href: one.url }, say("count.claims", { count: one.claims })), ": ", h("span", inEnglish, one.meaning)));
  return h("details", {}, h("summary", {}, say("script.left_out", { count: left.length })), h("ul", {}, rows));
}

function overlaps(meta) {
  const gave = meta.period_overlap ?? [];
  return gave.length > 0 && h("details", {}, h("summary", {}, say("script.overlaps", { count: gave.length })),
    h("ul", {}, gave.map((one) => h("li", {}, h("a", { href: page(`/claims/${one.claim}`) }, one.claim), `: ${number(one.best ?? one.low ?? one.high)}`))));
}

export function draw(answer, state, flat) {
  const { meta, links } = answer;
  const told = warnings(meta, state);
  const link = location.origin + address(state);
  return [
    h("section", { class: "care", "aria-labelledby": "care" }, h("h2", { id: "care" }, say("script.caveats")),
      meta.caveat && h("p", inEnglish, meta.caveat), told.length > 0 && h("ul", {}, told), excluded(meta), overlaps(meta)),
    h("section", { class: "again", "aria-labelledby": "again" }, h("h2", { id: "again" }, say("explorer.data")),
      h("p", { class: "downloads" }, flat.map(([format, path]) => h("a", { class: "button", href: format === "csv" ? `${path}&bom=1` : path, download: true, "data-format": format }, format.toUpperCase().replace("GEOJSON", "GeoJSON"))), ` ${flat.length > 2 ? say("script.all_rows.map") : say("script.all_rows")}`),
      h("p", { class: "line" }, h("code", { id: "curl", tabindex: 0 }, curlOf(links.self)), copying(curlOf(links.self), "curl")),
      h("p", { class: "line" }, h("code", { id: "link", tabindex: 0 }, link), copying(link, "link")),
      meta.citation && h("p", { class: "dim" }, `${say("script.cite")} `, h("span", inEnglish, meta.citation)),
      h("p", { class: "dim" }, [meta.licence, say("script.revision", { revision: String(meta.revision) })].filter(Boolean).join(" · "), meta.contact && [" · ", h("a", { href: meta.contact }, say("page.report_error"))])),
  ];
}
