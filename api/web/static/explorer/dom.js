// Elements are made here and nowhere else. Text goes in as text: a name that looks like markup stays a name.

import { say } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return element;
}

export const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
export const s = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);
export const byId = (id) => document.getElementById(id);

// A link to a document elsewhere: only http and https, whatever the record says.
export function outside(url, text) {
  if (!/^https?:\/\//i.test(url ?? "")) return text;
  return h("a", { href: url, rel: "noopener noreferrer external", target: "_blank" }, text, h("span", { class: "unseen" }, ` ${say("script.elsewhere")}`));
}

// The address of a page in the language that the address of this one has, if it has one.
export function page(path) {
  const chosen = new URLSearchParams(location.search).get("lang");
  return chosen ? `${path}${path.includes("?") ? "&" : "?"}lang=${chosen}` : path;
}

// A record's own page.
export const record = (type, ref) => h("a", { href: page(`/${type}/${ref.id}`), class: "named" }, ref.name);

// A number on the page, with the page of the claims behind it. Addresses in answers have the public name of the server.
const pageOf = (url) => page(url.replace(/^https?:\/\/[^/]+/, "").replace("/v1/claims?", "/claims?"));
export const cited = (url, text, what) => (url ? h("a", { href: pageOf(url), class: "cited", title: what ?? say("script.claims_behind") }, text) : text);
