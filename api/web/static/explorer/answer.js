// The first answer comes with the page, drawn by the server. After a change of the question it comes from the page of
// the new address: there is one drawing code.

import { attach, openAt, soon } from "./card.js";
import { byId } from "./dom.js";
import { address } from "./state.js";
import { say } from "./words.js";

// What a shared link, a bookmark and a feed reader take from the page.
const NAMES = ["link[rel=canonical]", "link[rel=alternate]", "meta[name=description]", "meta[property^='og:']", "meta[name^='twitter:']"];
let shown = null;

// The page that came has the answer of its own address, unless the server was busy or refused it.
export function init() {
  if (!document.body.hasAttribute("data-unfinished")) shown = location.pathname + location.search;
  wireCopying();
}

export async function renew(state, signal) {
  const here = location.pathname + location.search;
  if (here === shown) return;
  const answer = await fetch(address(state), { signal, headers: { Accept: "text/html" } });
  if (!answer.ok) return untitled();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (signal.aborted) return;
  for (const id of ["title", "lead", "answer", "share", "languages"]) replace(id, page.getElementById(id));
  document.title = page.title;
  for (const node of document.head.querySelectorAll(NAMES)) node.remove();
  document.head.append(...page.head.querySelectorAll(NAMES));
  shown = here;
  wireCopying();
}

function replace(id, drawn) {
  const before = byId(id);
  if (drawn && before) before.replaceWith(document.adoptNode(drawn));
  else before?.replaceChildren();
}

// The page has no answer, but the script may still draw one.
function untitled() {
  byId("title").textContent = say("explorer.site");
  empty();
}

export function empty() {
  for (const id of ["lead", "answer"]) byId(id).replaceChildren();
  shown = null;
}

// Each statement that is drawn shows its words and source on hover. Those who use a keyboard have them in the rows.
export function attachCards(claims) {
  for (const drawn of document.querySelectorAll("#answer [data-claim]:not(.series)")) {
    const claim = claims.get(drawn.getAttribute("data-claim"));
    if (claim?.phrase !== undefined) attach(drawn, claim, claim.harm);
  }
}

// A line too dense for marks: the pointer finds the newest figure of its day. `lines`: the figures of each, by day.
export function attachLines(lines) {
  const byLast = new Map(lines.flatMap((points) => points.map((point) => [point.claim, points])));
  for (const drawn of document.querySelectorAll("#answer .series")) {
    const all = byLast.get(drawn.getAttribute("data-claim"));
    if (!all || drawn.querySelector("circle:not(.break)")) continue;
    const end = all.findIndex((point) => point.claim === drawn.getAttribute("data-claim")) + 1;
    const points = all.slice(Math.max(0, end - Number(drawn.getAttribute("data-points"))), end);
    // A line of two pixels is hard to meet: an unseen one around it is not.
    const reach = drawn.querySelector("path").cloneNode();
    for (const [name, value] of [["stroke", "transparent"], ["stroke-width", "16"], ["stroke-dasharray", "none"]]) reach.setAttribute(name, value);
    drawn.append(reach);
    const day = (point) => Date.parse(point[drawn.dataset.by ?? "stated_on"]);
    const [first, last] = [points[0], points.at(-1)].map(day);
    drawn.addEventListener("pointermove", (event) => {
      const [box, { a: zoom, e: left }] = [reach.getBBox(), reach.getScreenCTM()];
      const moment = first + ((last - first) * ((event.clientX - left) / zoom - box.x)) / (box.width || 1);
      openAt(event, points.findLast((point) => day(point) <= moment) ?? points[0], points[0].harm);
    });
    drawn.addEventListener("pointerleave", soon);
  }
}

function wireCopying() {
  for (const button of document.querySelectorAll("[data-copies]")) {
    button.hidden = false;
    button.onclick = async () => {
      const text = byId(button.dataset.copies);
      try {
        await navigator.clipboard.writeText(text.textContent);
        button.textContent = say("script.copied");
      } catch {
        getSelection().selectAllChildren(text);
        button.textContent = say("script.selected");
      }
      setTimeout(() => (button.textContent = say("explorer.copy")), 2500);
    };
  }
}
