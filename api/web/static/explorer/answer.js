// The first answer comes with the page, drawn by the server. After a change of the question it comes from the page of
// the new address: there is one drawing code.

import { attach } from "./card.js";
import { byId } from "./dom.js";
import { address } from "./state.js";

// What a shared link, a bookmark and a feed reader take from the page.
const NAMES = ["link[rel=canonical]", "link[rel=alternate]", "meta[name=description]", "meta[property^='og:']", "meta[name^='twitter:']"];
let shown = null;

// The page that came has the answer of its own address, unless the server was busy.
export function init() {
  if (!document.body.hasAttribute("data-unfinished")) shown = location.pathname + location.search;
  wireCopying();
}

export async function renew(state, signal) {
  const here = location.pathname + location.search;
  if (here === shown) return;
  const answer = await fetch(address(state), { signal, headers: { Accept: "text/html" } });
  if (!answer.ok) return empty();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (signal.aborted) return;
  for (const id of ["lead", "answer", "share"]) replace(id, page.getElementById(id));
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

export function empty() {
  for (const id of ["lead", "answer"]) byId(id).replaceChildren();
  shown = null;
}

// Each statement that is drawn shows its words and source on hover. Those who use a keyboard have them in the rows.
export function attachCards(claims) {
  for (const drawn of document.querySelectorAll("#answer [data-claim]")) {
    const claim = claims.get(drawn.getAttribute("data-claim"));
    if (claim?.phrase !== undefined) attach(drawn, claim, claim.harm);
  }
}

function wireCopying() {
  for (const button of document.querySelectorAll("[data-copies]")) {
    button.hidden = false;
    button.onclick = async () => {
      const text = byId(button.dataset.copies);
      try {
        await navigator.clipboard.writeText(text.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(text);
        button.textContent = "Selected: press Ctrl+C";
      }
      setTimeout(() => (button.textContent = "Copy"), 2500);
    };
  }
}
