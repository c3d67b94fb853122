// Answers: whole ones, problems, and streams as they come.

import { shown } from "./controls.js";
import { h } from "./elements.js";
import { looksLikeJson, pretty } from "./json.js";
import { LINES } from "./operations.js";
import { Packets, linesOf, titleOf } from "./packets.js";

/** Characters of an answer that are shown. */
const MOST_CHARACTERS = 200_000;

/** Where the answer to the last question is shown. */
export class Answer {
  /** `tell` shows a problem document at the inputs, and says whether all of it is shown there. */
  constructor(isStream, tell) {
    this.isStream = isStream;
    this.tell = tell;
    this.facts = h("div", { class: "facts", role: "status" }, h("strong", {}, "Answer"));
    this.body = h("div", {
      class: "body",
      tabindex: "0",
      role: "region",
      "aria-label": "Body of the answer",
    });
    this.node = h("section", { class: "card", "aria-label": "Answer" }, this.facts, this.body);
    this.body.append(h("p", { class: "said" }, "Run it to see what it answers."));
  }

  /** `trace` is the id by which logs and traces know the request. */
  begin(trace) {
    this.trace = h("span", { class: "trace", title: "Trace id" }, trace);
    this.started = performance.now();
    this.packets = null;
    this.body.replaceChildren();
    this.say([h("span", { class: "status live" }, "Running")], true);
  }

  /** What is told aloud only when it is settled. */
  say(parts, isBusy = false) {
    this.facts.setAttribute("aria-busy", isBusy);
    this.facts.replaceChildren(h("strong", {}, "Answer"), ...parts);
  }

  duration() {
    const passed = performance.now() - this.started;
    return h(
      "span",
      {},
      passed < 10_000 ? `${Math.round(passed)} ms` : `${(passed / 1000).toFixed(1)} s`,
    );
  }

  status(response, { live = false } = {}) {
    const kind = response.status < 400 ? "good" : response.status < 500 ? "warn" : "bad";
    return h(
      "span",
      { class: `status ${kind}${live ? " live" : ""}` },
      `${response.status} ${response.statusText}`.trim(),
    );
  }

  async show(response) {
    const type = (response.headers.get("content-type") ?? "").split(";")[0].trim();
    if (type === LINES || (this.isStream && type.startsWith("text/"))) return this.stream(response);
    const content = await response.arrayBuffer();
    this.say([
      this.status(response),
      this.duration(),
      h("span", {}, size(content.byteLength)),
      this.trace,
    ]);
    this.content(content, type, response);
  }

  content(content, type, response) {
    const text = decoded(content);
    if (text !== null && /\/problem\+json$/.test(type))
      this.problem(JSON.parse(text), text, response.status);
    else if (text !== null && text.length > MOST_CHARACTERS) this.cut(text, content, type);
    else if (text !== null && /[/+]json$/.test(type) && looksLikeJson(text))
      this.body.append(h("pre", {}, pretty(text)));
    else if (text !== null && content.byteLength) this.body.append(h("pre", {}, text));
    else if (content.byteLength) this.body.append(download(content, type));
    else this.body.append(h("p", { class: "said" }, "There is no body."));
  }

  cut(text, content, type) {
    this.body.append(download(content, type), h("pre", {}, `${text.slice(0, MOST_CHARACTERS)}…`));
  }

  problem(problem, text, status) {
    const told = this.tell(problem);
    const failure = h(
      "div",
      { class: status < 500 ? "failure warn" : "failure" },
      h("strong", {}, titleOf(problem)),
    );
    failure.append(told ? "What is wrong is told at the inputs." : (problem.detail ?? ""));
    this.body.append(
      failure,
      members(problem),
      h("details", {}, h("summary", { class: "said" }, "The document"), h("pre", {}, pretty(text))),
    );
  }

  /** Lines as they come, which may be for ever. */
  async stream(response) {
    this.packets = new Packets(this.body, () => this.say(this.streamFacts(response, true), true));
    this.say(this.streamFacts(response, true), true);
    for await (const lines of linesOf(response)) this.packets.add(lines);
    this.packets.end();
    this.say(this.streamFacts(response, false));
    if (!this.packets.count) this.body.append(h("p", { class: "said" }, "It sent no packets."));
  }

  streamFacts(response, live) {
    return [this.status(response, { live }), this.duration(), ...this.packets.facts(), this.trace];
  }

  failed(error, stopped) {
    const how = stopped ? "Stopped" : "No answer";
    this.packets?.end();
    this.say([
      h("span", { class: `status ${stopped ? "warn" : "bad"}` }, how),
      this.duration(),
      ...(this.packets?.facts() ?? []),
      this.trace,
    ]);
    if (!stopped)
      this.body.append(
        h("div", { class: "failure" }, h("strong", {}, "The connection failed"), error.message),
      );
  }
}

function members(problem) {
  const list = h("dl", { class: "members" });
  for (const name of ["component", "origin", "kind", "payload"]) {
    const value = problem[name];
    if (value !== undefined && value !== "")
      list.append(h("dt", {}, name), h("dd", { class: "mono" }, shown(value)));
  }
  return list;
}

function decoded(content) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch {
    return null;
  }
}

function download(content, type) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  return h(
    "p",
    {},
    h("a", { href: url, download: "answer" }, `Save ${size(content.byteLength)}`),
    ` of ${type || "bytes"}`,
  );
}

function size(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1 << 20
    ? `${(bytes / 1024).toFixed(1)} KiB`
    : `${(bytes / (1 << 20)).toFixed(1)} MiB`;
}
