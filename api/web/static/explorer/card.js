// The card of a claim: shown on hover and on focus, closed by Escape, and itself open to the pointer and to Tab.

import { byId, h, outside, page } from "./dom.js";
import { MEASURES, STANCES, days, label, said, say, subjectName, tongue, victims } from "./words.js";

let owner = null;
let closing = 0;

export function about(claim, harm) {
  const speaks = claim.claimant_side ? say("script.card.side", { side: claim.claimant_side.name }) : STANCES[claim.stance] ?? say("script.card.no_side");
  const whose = subjectName(claim.subject_side);
  const what = [label("harm", harm ?? claim.harm), whose, victims(claim)].filter(Boolean).join(" · ");
  return [
    h("p", { class: "figure" }, said(claim), h("span", { class: "what" }, ` ${what}`)),
    claim.phrase && h("blockquote", { lang: claim.phrase_lang === "und" ? null : claim.phrase_lang, dir: "auto" }, `“${claim.phrase}”`),
    h("p", {}, h("strong", {}, claim.claimant.name), ` (${speaks}), ${days(claim.stated_on, claim.stated_until ?? claim.stated_on)}`),
    h("p", { class: "dim" }, [MEASURES[claim.measure], claim.confirmation === "unknown" ? "" : label("confirmation", claim.confirmation), tongue(claim)].filter(Boolean).join(" · ")),
    claim.note && h("p", { class: "dim" }, claim.note),
    h("p", {}, `${say("script.card.source")} `, claim.sources.map((source, at) => [at ? ", " : "", outside(source.url, source.name)]),
      " · ", h("a", { href: page(`/claims/${claim.id ?? claim.claim}`) }, say("script.card.record"))),
  ];
}

function open(anchor, claim, harm, note) {
  clearTimeout(closing);
  const card = byId("card");
  owner = anchor;
  card.replaceChildren(...about(claim, harm).filter(Boolean), ...(note ? [h("p", { class: "reason" }, note)] : []));
  card.hidden = false;
  const at = anchor.getBoundingClientRect();
  const left = Math.min(Math.max(8, at.left + at.width / 2 - card.offsetWidth / 2), document.documentElement.clientWidth - card.offsetWidth - 8);
  const below = at.bottom + card.offsetHeight + 12 < innerHeight;
  card.style.left = `${left + scrollX}px`;
  card.style.top = `${(below ? at.bottom + 6 : at.top - card.offsetHeight - 6) + scrollY}px`;
}

// The card beside the pointer, for a line that has a figure at every pixel.
export const openAt = (event, claim, harm) => open({ getBoundingClientRect: () => new DOMRect(event.clientX - 6, event.clientY - 6, 12, 12), focus() {} }, claim, harm, "");

export function close() {
  clearTimeout(closing);
  byId("card").hidden = true;
  owner = null;
}

export const soon = () => {
  clearTimeout(closing);
  closing = setTimeout(close, 250);
};

// `note`: a sentence about this mark, such as why its figure is not used.
export function attach(anchor, claim, harm, note = "") {
  for (const event of ["pointerenter", "focus"]) anchor.addEventListener(event, () => open(anchor, claim, harm, note));
  for (const event of ["pointerleave", "blur"]) anchor.addEventListener(event, soon);
}

export function init() {
  const card = byId("card");
  card.addEventListener("pointerenter", () => clearTimeout(closing));
  card.addEventListener("pointerleave", soon);
  card.addEventListener("focusin", () => clearTimeout(closing));
  card.addEventListener("focusout", soon);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !card.hidden) {
      const back = card.contains(document.activeElement) ? owner : null;
      back?.focus();
      close();
    }
    // From a mark, Tab goes into its card; from the card it goes back to where the mark stands.
    if (event.key !== "Tab" || card.hidden) return;
    const links = [...card.querySelectorAll("a")];
    if (!event.shiftKey && document.activeElement === owner && links.length) {
      event.preventDefault();
      links[0].focus();
    } else if (card.contains(document.activeElement) && document.activeElement === (event.shiftKey ? links[0] : links.at(-1))) {
      const back = owner;
      if (event.shiftKey) event.preventDefault();
      back?.focus();
      close();
    }
  });
}
