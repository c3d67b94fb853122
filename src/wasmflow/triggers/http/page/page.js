// The page to try an API: reads openapi.json, which lies beside it, lists what that describes, and shows
// the view of what somebody chooses.

import { h, prose } from "./elements.js";
import { operationsOf, shape } from "./operations.js";
import { authorization } from "./question.js";
import { View } from "./view.js";

const $ = (id) => document.getElementById(id);

let api;
let known = [];
const views = new Map();

function grouped(items) {
  const groups = new Map();
  for (const item of items) groups.set(item.group, [...(groups.get(item.group) ?? []), item]);
  return [...groups];
}

function showList(items) {
  const current = plain(location.hash);
  const groups = grouped(items).map(([group, members]) => [
    h("h2", {}, group),
    h("ul", {}, ...members.map((each) => h("li", {}, listed(each, plain(each.hash) === current)))),
  ]);
  $("list").replaceChildren(...groups.flat());
  $("none").textContent = items.length ? "" : "Nothing of this name.";
}

function listed(each, isCurrent) {
  const method = each.isComponent ? null : h("span", { class: "method" }, each.method);
  return h(
    "a",
    { href: each.hash, "aria-current": isCurrent ? "page" : null },
    h("span", { class: "name" }, method, each.name),
    each.summary ? h("span", { class: "summary" }, each.summary) : null,
  );
}

function overview() {
  const { title, description } = api.info;
  const cards = grouped(known).map(([group, members]) => [
    h("h2", { class: "group" }, group),
    h("ul", { class: "overview" }, ...members.map((each) => h("li", {}, card(each)))),
  ]);
  return h(
    "div",
    {},
    h(
      "div",
      { class: "head" },
      h("h1", { tabindex: "-1" }, title),
      description ? h("div", { class: "lead" }, ...prose(description)) : null,
    ),
    ...cards.flat(),
  );
}

function card(each) {
  const method = each.isComponent ? null : h("span", { class: "method" }, each.method);
  return h(
    "a",
    { class: "card", href: each.hash },
    h("div", { class: "name" }, method, method ? " " : null, each.name),
    each.summary ? h("div", { class: "summary" }, each.summary) : null,
    h("div", { class: "shape" }, shape(each)),
  );
}

function view(operation) {
  if (!views.has(operation)) views.set(operation, new View(operation));
  return views.get(operation).node;
}

function missing() {
  return h(
    "div",
    { class: "head" },
    h("h1", { tabindex: "-1" }, "Not here"),
    h("p", { class: "lead" }, "There is nothing of this name in this API."),
  );
}

/** An address as browsers may or may not have encoded it. */
function plain(hash) {
  try {
    return decodeURI(hash);
  } catch {
    return hash;
  }
}

function go({ focuses = true } = {}) {
  const hash = plain(location.hash);
  const current = known.find((each) => plain(each.hash) === hash);
  const isHome = hash === "" || hash === "#/";
  const only = known.length === 1 ? known[0] : undefined;
  const shownOperation = current ?? (isHome ? only : undefined);
  $("main").replaceChildren(
    shownOperation ? view(shownOperation) : isHome ? overview() : missing(),
  );
  document.title = shownOperation ? `${shownOperation.name} – ${api.info.title}` : api.info.title;
  search();
  document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest" });
  if (focuses) {
    scrollTo(0, 0);
    document.querySelector("h1")?.focus({ preventScroll: true });
  }
}

/** The operations of which the name, a port or the summary has all the words. */
function search() {
  const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  showList(known.filter((each) => words.every((word) => each.words.includes(word))));
}

function moveInList(event) {
  const links = [...$("list").querySelectorAll("a")];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !links.length) return;
  event.preventDefault();
  const next = links.indexOf(document.activeElement) + step;
  (links[next] ?? (next < 0 ? $("search") : links.at(-1))).focus();
}

function keys(event) {
  const writes = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
  if (event.key === "/" && !writes && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    $("search").focus();
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    document.querySelector("main form")?.requestSubmit();
  } else if (event.key === "Escape" && event.target === $("search")) {
    $("search").value = "";
    search();
  }
}

function showCredentials(schemes) {
  $("credentials").hidden = schemes.length === 0;
  for (const form of $("credentials").querySelectorAll("form")) {
    form.hidden = !schemes.includes(form.dataset.scheme);
    form.addEventListener("submit", (event) => event.preventDefault());
  }
}

/** The description itself is only for those who say who they are. */
function askWho(response) {
  const asked = (response.headers.get("www-authenticate") ?? "").toLowerCase();
  showCredentials(SCHEMES.filter((scheme) => asked.includes(scheme)));
  $("credentials").open = true;
  const next = h("button", { type: "button", class: "run", onclick: start }, "Continue");
  $("main").replaceChildren(
    h("div", { class: "head" }, h("h1", {}, "Who asks?"), h("p", { class: "lead" }, WHO)),
    next,
  );
}

const SCHEMES = ["bearer", "basic"];
const WHO = "Give your credentials at the side to see what is here.";

async function start() {
  try {
    const headers = authorization({ schemes: SCHEMES });
    const response = await fetch("openapi.json", { cache: "no-cache", headers });
    if (response.status === 401) askWho(response);
    else if (response.ok) begin(await response.json());
    else throw new Error(`openapi.json: ${response.status} ${response.statusText}`);
  } catch (error) {
    const title = h("strong", {}, "The API's description cannot be read");
    $("main").replaceChildren(h("div", { class: "failure", role: "alert" }, title, error.message));
  }
}

function begin(description) {
  api = description;
  known = operationsOf(api);
  for (const each of known) {
    each.words = [each.name, each.method, each.summary, shape(each)].join(" ").toLowerCase();
  }
  $("title").textContent = api.info.title;
  $("version").textContent = api.info.version === "0" ? "" : api.info.version;
  showCredentials([...new Set(known.flatMap((each) => each.schemes))]);
  $("search").addEventListener("input", search);
  document.querySelector("aside").addEventListener("keydown", moveInList);
  document.addEventListener("keydown", keys);
  addEventListener("hashchange", () => go());
  go({ focuses: false });
}

start();
