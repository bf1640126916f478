// The documentation of the API: a filter of the operations, and forms that show the answer in place.
const MOST = 200_000; // characters of a body that are shown

for (const hidden of document.querySelectorAll(".needs-script")) hidden.hidden = false;

const operations = [...document.querySelectorAll("#operations details")];
const box = document.querySelector("#filter input");
const count = document.querySelector("#filter [role=status]");
const texts = new Map();

function textOf(operation) {
  if (!texts.has(operation)) {
    const names = [...operation.querySelectorAll(".parameters b")].map((name) => name.textContent);
    const id = operation.querySelector("div").id;
    texts.set(operation, [operation.querySelector("summary").textContent, id, ...names].join(" ").toLowerCase());
  }
  return texts.get(operation);
}

function filterOperations() {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const operation of operations) operation.hidden = !words.every((word) => textOf(operation).includes(word));
  for (const section of document.querySelectorAll("#operations section")) {
    section.hidden = !section.querySelector("details:not([hidden])");
  }
  const shown = operations.filter((operation) => !operation.hidden).length;
  const { all, some } = count.dataset;
  count.textContent = shown === operations.length ? all : some.replace("{shown}", shown);
}

function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const operation = target?.closest("details");
  if (!operation) return;
  if (operation.hidden) {
    box.value = "";
    filterOperations();
  }
  operation.open = true;
  target.scrollIntoView();
}

function buildAddress(form) {
  const values = new FormData(form);
  values.delete("operationId");
  let path = form.dataset.path;
  const query = new URLSearchParams();
  for (const [name, value] of values) {
    if (path.includes(`{${name}}`)) path = path.replace(`{${name}}`, encodeURIComponent(value));
    else if (value) query.append(name, value);
  }
  return path + (query.size ? `?${query.toString().replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%2F", "/")}` : "");
}

function addElement(parent, name, text, settings = {}) {
  const element = Object.assign(document.createElement(name), settings);
  element.textContent = text;
  parent.append(element);
  return element;
}

function addText(parent, text, label, className = "") {
  const element = addElement(parent, "pre", text, { className, tabIndex: 0 });
  element.setAttribute("role", "region");
  element.setAttribute("aria-label", label);
}

async function readBody(answer) {
  const type = answer.headers.get("Content-Type") ?? "";
  if (!/json|text|xml|csv/.test(type) || type.includes("officedocument")) {
    return `${(await answer.blob()).size.toLocaleString("en")} bytes of ${type || "no type"}. Open the address to save them.`;
  }
  const text = await answer.text();
  const isJson = /[/+]json/.test(type) && !type.includes("ndjson");
  const whole = isJson ? JSON.stringify(JSON.parse(text), null, 2) : text;
  return whole.length > MOST ? `${whole.slice(0, MOST)}\n… ${(whole.length - MOST).toLocaleString("en")} more characters` : whole;
}

async function showAnswer(form, result) {
  const address = buildAddress(form);
  const method = form.dataset.method ?? "GET";
  const headers = { Accept: "application/json, */*;q=0.5" };
  const body = form.querySelector("textarea")?.value;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(address, { method, headers, body });
  const text = await readBody(answer);
  result.replaceChildren();
  result.classList.toggle("failed", !answer.ok);
  addElement(result, "p", `${answer.status} ${answer.statusText}`).setAttribute("role", "status");
  if (method === "GET") addElement(result, "a", address, { href: address });
  addText(result, [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n"), "Headers of the answer", "headers");
  addText(result, text, "Body of the answer");
  result.scrollIntoView({ block: "nearest" });
}

function showAddress(form) {
  if (form.dataset.method) return;
  const address = buildAddress(form);
  form.querySelector(".send a").href = address;
  form.nextElementSibling.textContent = `curl '${location.origin}${address.replaceAll("'", "%27")}'`;
}

document.addEventListener("input", (event) => event.target.form?.dataset.path && showAddress(event.target.form));
document.addEventListener("submit", async (event) => {
  const form = event.target;
  event.preventDefault();
  const result = form.querySelector(".result") ?? addElement(form, "div", "", { className: "result" });
  result.replaceChildren();
  addElement(result, "p", "Waiting for the answer …").setAttribute("role", "status");
  result.scrollIntoView({ block: "nearest" });
  try {
    await showAnswer(form, result);
  } catch (error) {
    result.classList.add("failed");
    result.replaceChildren();
    addElement(result, "p", `No answer: ${error.message}. Try again.`).setAttribute("role", "alert");
  }
});
box.addEventListener("input", filterOperations);
window.addEventListener("hashchange", openTarget);
openTarget();
