// Answers: whole ones, problems, and streams as they come.

import { shown } from "./controls.js";
import { h } from "./elements.js";
import { looksLikeJson, pretty } from "./json.js";
import { LINES } from "./operations.js";

/** Lines of a stream that are kept on the page, and characters of an answer that are shown. */
const MOST_LINES = 2000;
const MOST_CHARACTERS = 200_000;

/** Where the answer to the last question is shown. */
export class Answer {
  constructor(tell) {
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
    this.lines = 0;
    this.failures = 0;
    this.body.replaceChildren();
    this.say([h("span", { class: "status live" }, "Running")]);
  }

  say(parts) {
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
    if (type === LINES || type === "text/event-stream") return this.stream(response);
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
      h("strong", {}, problem.title ?? "Problem"),
    );
    failure.append(told ? "What is wrong is told at the inputs." : (problem.detail ?? ""));
    this.body.append(
      failure,
      members(problem),
      h("details", {}, h("summary", { class: "said" }, "The document"), h("pre", {}, pretty(text))),
    );
  }

  /** Lines as they come. Many that come at once are shown at once. */
  async stream(response) {
    const facts = () => [
      this.status(response, { live: true }),
      this.duration(),
      h("span", {}, count(this.lines)),
      this.failures ? h("span", { class: "status bad" }, `${this.failures} failed`) : "",
      this.trace,
    ];
    this.say(facts());
    for await (const lines of linesOf(response)) {
      this.append(lines);
      this.say(facts());
    }
    this.say([this.status(response), ...facts().slice(1)]);
    if (!this.lines) this.body.append(h("p", { class: "said" }, "It sent no packets."));
  }

  append(lines) {
    const { body } = this;
    const follows = body.scrollHeight - body.scrollTop - body.clientHeight < 40;
    this.lines += lines.length;
    this.failures += lines.filter((line) => FAILURE.test(line)).length;
    body.append(...lines.slice(-MOST_LINES).map(shownLine));
    for (let over = body.childElementCount - MOST_LINES; over > 0; over -= 1)
      body.firstElementChild.remove();
    if (follows) body.scrollTop = body.scrollHeight;
  }

  failed(error, stopped) {
    const how = stopped ? "Stopped" : "No answer";
    const packets = this.lines ? [h("span", {}, count(this.lines))] : [];
    this.say([
      h("span", { class: `status ${stopped ? "warn" : "bad"}` }, how),
      this.duration(),
      ...packets,
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

/** A line of a stream, which may tell of a failure in place of packets. */
const FAILURE = /^\{"<error>":/;

function shownLine(line) {
  if (!looksLikeJson(line)) return h("pre", { class: "line" }, line);
  if (!FAILURE.test(line)) return h("pre", { class: "line" }, pretty(line, { flat: true }));
  const problem = JSON.parse(line)["<error>"];
  return h(
    "div",
    { class: "line failed" },
    h("strong", {}, problem.title ?? "Failure"),
    ` ${problem.detail ?? ""}`,
  );
}

const count = (lines) => `${lines.toLocaleString("en")} ${lines === 1 ? "line" : "lines"}`;

/** The lines of a body, all that have come at one time together. */
async function* linesOf(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    const told = lines.filter((line) => line.trim());
    if (told.length) yield told;
  }
  if (rest.trim()) yield [rest];
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
