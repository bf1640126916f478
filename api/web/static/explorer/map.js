// Map: figures of events where they happened, as exactly as that is known. The list beside it says the same in words.

import { Problem, ask, pathOf } from "./api.js";
import { byId, cited, h, record } from "./dom.js";
import { capital, end, range, ratio, say, spread } from "./words.js";

export const anySide = capital(say("side.together"));
const MOST_SHOWN = 150; // figures of one map: the API groups near events in squares until there are so few
const MOST_DASHED = 60; // more circles of 25 km would hide each other
const WITHIN = 25_000; // metres: what place_precision 2 promises
const [LEAST, MOST, ROOM] = [3, 30, 190]; // pixels of a circle; the more there are, the smaller they are
const LOCATED = {
  point: "", area: say("script.map.area"), nowhere: say("script.map.nowhere"), period: say("script.map.period"),
};

export const question = (state) => pathOf("/v1/statistics/places", {
  ...Object.fromEntries(["conflict", "harm", "subject_side", "victim_status", "policy", "from", "to", "as_of"].map((name) => [name, state[name]])),
  claimant: state.policy === "claimant" ? state.claimant : "", bbox: state.at, limit: MOST_SHOWN,
});

// Leaflet and the outlines weigh more than all the rest: they are fetched when somebody looks at the map.
let libraries = null;
const beside = (name) => new URL(`../${name}`, import.meta.url).href;

const missing = (name) => new Problem({ title: say("script.no_answer"), detail: say("script.map.missing", { name }) }, 0);

function library(name) {
  return new Promise((done, failed) => document.head.append(h("script", { src: beside(name), onload: done, onerror: () => failed(missing(name)) })));
}

export function prepare() {
  libraries ??= Promise.all([
    library("leaflet/leaflet.js"), library("topojson/topojson-client.min.js"), ask(beside("outlines/countries-50m.json")),
    new Promise((done) => document.head.append(h("link", { rel: "stylesheet", href: beside("leaflet/leaflet.css"), onload: done }))),
  ]).then(([, , outlines]) => countriesOf(outlines)).catch((error) => {
    libraries = null; // asked for again when the map is looked at again
    throw error;
  });
  return libraries;
}

// A ring goes on beyond 180 degrees where its longitudes jump to the other end of the map.
function goRound(ring) {
  let turns = 0;
  return ring.map(([longitude, latitude], number) => {
    const last = number ? ring[number - 1][0] : longitude;
    if (Math.abs(longitude - last) > 180) turns += longitude < last ? 1 : -1;
    return [longitude + 360 * turns, latitude];
  });
}

// A polygon that goes beyond 180 degrees is drawn at both ends of the map.
function placed(polygon) {
  const rings = polygon.map(goRound);
  const beyond = rings[0].find(([longitude]) => Math.abs(longitude) > 180);
  if (!beyond) return [rings];
  const shift = beyond[0] > 0 ? -360 : 360;
  return [rings, rings.map((ring) => ring.map(([longitude, latitude]) => [longitude + shift, latitude]))];
}

const polygonsOf = ({ type, coordinates }) => (type === "Polygon" ? [coordinates] : coordinates);

const countriesOf = (outlines) => topojson.feature(outlines, outlines.objects.countries).features
  .map((country) => ({ ...country, geometry: { type: "MultiPolygon", coordinates: polygonsOf(country.geometry).flatMap(placed) } }));

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

let shown = null; // the map on the page: { map, marks, element, list }

function opened(element, countries, go) {
  const map = L.map(element, { preferCanvas: true, attributionControl: false, zoomControl: false, minZoom: 1, maxZoom: 11, zoomSnap: 0.5, maxBounds: [[-86, -200], [86, 200]] });
  L.control.zoom({ zoomInTitle: say("script.map.zoom_in"), zoomOutTitle: say("script.map.zoom_out") }).addTo(map);
  const land = { color: colour("calm"), weight: 0.8, fillColor: colour("sheet"), fillOpacity: 1, interactive: false };
  L.geoJSON(countries, { style: land, interactive: false, renderer: L.canvas({ padding: 0.3 }) }).addTo(map);
  let waiting = 0;
  map.on("moveend", () => {
    if (!shown || shown.settling) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => shown?.map === map && go({ at: boxOf(map) }, true), 350);
  });
  return map;
}

function boxOf(map) {
  const box = map.getBounds();
  const edge = (value, most) => Math.max(-most, Math.min(most, value)).toFixed(2);
  return [edge(box.getWest(), 180), edge(box.getSouth(), 90), edge(box.getEast(), 180), edge(box.getNorth(), 90)].join(",");
}

const sizing = (rows) => {
  const greatest = Math.max(8, Math.min(MOST, ROOM / Math.sqrt(rows.length || 1)));
  const most = Math.max(1, ...rows.map((row) => row.high));
  return (value) => LEAST + (greatest - LEAST) * Math.sqrt(value / most);
};

// A disc for the best, a ring for the highest; dashed and wide where the point is not the place.
function circles(row, radius, choose, isDashed) {
  const at = [row.latitude, row.longitude];
  const [best, high] = [radius(row.best), radius(row.high)];
  const ink = colour("bar");
  const made = [];
  if (row.located === "area") made.push(L.circleMarker(at, { radius: high + 9, color: ink, weight: 1.2, dashArray: "4 5", fillColor: ink, fillOpacity: 0.06, interactive: false }));
  if (isDashed && row.place_precision === 2) made.push(L.circle(at, { radius: WITHIN, color: ink, weight: 1, dashArray: "2 4", fill: false, interactive: false }));
  if (row.high > row.best) made.push(L.circleMarker(at, { radius: high, color: row.disputed ? colour("wrong") : ink, weight: row.disputed ? 2.5 : 1.5, fillColor: ink, fillOpacity: 0.12, interactive: false }));
  const disc = L.circleMarker(at, { radius: best, color: colour("sheet"), weight: 1.5, fillColor: ink, fillOpacity: row.best ? 0.85 : 0 });
  disc.on("click", () => choose(row)).bindTooltip(() => h("div", {}, h("strong", {}, titleOf(row)), h("br"), range(row)));
  return [...made, disc];
}

const degree = (value) => ratio(Number(Math.abs(value).toFixed(1)));
const around = (row) => say("picture.map.around", {
  latitude: degree(row.latitude), north_or_south: row.latitude < 0 ? say("picture.map.south") : say("picture.map.north"),
  longitude: degree(row.longitude), east_or_west: row.longitude < 0 ? say("picture.map.west") : say("picture.map.east"),
});

function titleOf(row) {
  if (row.event) return row.event.name;
  if (row.located === "period") return say("script.map.periods");
  const where = row.place ?? (row.latitude === null ? say("script.map.no_point") : around(row));
  return say("script.map.at", { place: where, events: say("count.events", { count: row.events }) });
}

function entry(row, reach) {
  const notes = [row.place && titleOf(row).startsWith(row.place) ? "" : row.place, LOCATED[row.located], row.place_precision === 2 && say("script.map.within"), row.disputed > 0 && say("script.map.overlap")].filter(Boolean);
  return h("li", { id: `place-${row.at}`, tabindex: -1 },
    h("h3", {}, row.event ? record("events", row.event) : titleOf(row)),
    h("p", { class: "figure" }, cited(row.links.claims, range(row)), row.spread !== 1 && h("span", { class: "what" }, ` ${say("script.map.apart", { spread: spread(row) })}`)),
    notes.length > 0 && h("p", { class: "dim" }, end(notes.join("; "))),
    h("p", { class: "dim" }, row.latitude !== null && h("button", { type: "button", class: "quiet", onclick: () => reach(row) }, say("script.map.show")),
      row.events > 1 && row.links.figures && [row.latitude !== null && " · ", h("a", { href: row.links.figures }, say("script.map.each"))]));
}

function choose(row) {
  const found = byId(`place-${row.at}`);
  found?.focus({ preventScroll: true });
  found?.scrollIntoView({ block: "nearest" });
}

function listed(rows) {
  const reach = (row) => {
    const zoom = Math.max(shown.map.getZoom(), 6);
    shown.map.setView([row.latitude, row.longitude], zoom, { animate: false });
    shown.element.focus({ preventScroll: true });
    shown.element.scrollIntoView({ block: "nearest" });
  };
  const [placed, apart] = [rows.filter((row) => row.latitude !== null), rows.filter((row) => row.latitude === null)];
  return [
    h("ol", { class: "places", tabindex: 0, "aria-label": say("script.map.list") }, placed.map((row) => entry(row, reach))),
    apart.length > 0 && h("section", { class: "apart" }, h("h3", {}, say("script.map.absent")), h("ol", { class: "places" }, apart.map((row) => entry(row, reach)))),
  ];
}

function put(answer) {
  const rows = answer.data.map((row, at) => ({ ...row, at }));
  const on = rows.filter((row) => row.latitude !== null);
  const radius = sizing(on);
  shown.marks.clearLayers();
  on.flatMap((row) => circles(row, radius, choose, on.length <= MOST_DASHED)).forEach((circle) => shown.marks.addLayer(circle));
  shown.list.replaceChildren(...listed(rows).filter(Boolean));
  shown.note.textContent = answer.meta.grid === "0" ? "" : say("script.map.grid", { degrees: ratio(answer.meta.grid) });
  return rows;
}

function settle(rows, box) {
  shown.settling = true;
  const spots = rows.filter((row) => row.latitude !== null).map((row) => [row.latitude, row.longitude]);
  if (box) {
    const [west, south, east, north] = box.split(",").map(Number);
    shown.map.fitBounds([[south, west], [north, east]], { animate: false });
  } else if (spots.length) shown.map.fitBounds(spots, { padding: [60, 60], maxZoom: 7, animate: false });
  else shown.map.setView([30, 20], 2, { animate: false });
  shown.settling = false;
}

const legend = () => h("ul", { class: "legend" },
  h("li", {}, h("span", { class: "key disc" }), say("script.map.key.best")), h("li", {}, h("span", { class: "key ring" }), say("script.map.key.high")),
  h("li", {}, h("span", { class: "key around" }), say("script.map.key.dashes")));

export function draw(answer, world, state, go, width, countries) {
  const element = h("div", { class: "map", role: "application", "aria-label": say("script.map.label") });
  shown = { element, list: h("div", { class: "beside" }), note: h("p", { class: "dim", role: "status" }), whole: h("p", {}, h("button", { type: "button", onclick: () => go({ at: "" }) }, say("script.map.whole"))) };
  shown.whole.hidden = !state.at;
  queueMicrotask(() => {
    shown.map = opened(element, countries, go);
    shown.marks = L.layerGroup().addTo(shown.map);
    settle(put(answer), state.at);
  });
  return [legend(), shown.note, h("div", { class: "mapped" }, h("div", {}, element, h("p", { class: "dim" }, say("script.map.outlines")), shown.whole), shown.list)];
}

// The same map with another answer, for what is asked by moving it.
export function redraw(answer, state) {
  if (!shown?.map || !shown.element.isConnected || !state.at) return false;
  put(answer);
  shown.whole.hidden = false;
  return true;
}

export const heading = (answer) => say("script.map.heading", { count: answer.data.filter((row) => row.latitude !== null).length });
export const flat = (path) => ["csv", "xlsx", "geojson"].map((format) => [format, path.replace("/places?", `/places.${format}?`).replace(/&limit=\d+/, "")]);
