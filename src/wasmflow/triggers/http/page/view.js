// The view of one operation: its inputs, the answer to them, and what it sends.

import { Answer } from "./answer.js";
import { INTEGERS } from "./controls.js";
import { copyButton, h, inline, prose } from "./elements.js";
import { Field, spelled } from "./field.js";
import { shownType } from "./operations.js";
import { Question } from "./question.js";

export class View {
  constructor(operation) {
    this.operation = operation;
    this.fields = operation.inputs.map((port) => new Field(port));
    this.answer = new Answer(
      operation.outputs.some((port) => port.stream),
      (problem) => this.tell(problem),
    );
    this.run = h(
      "button",
      { type: "submit", class: "run", "aria-keyshortcuts": "Control+Enter" },
      "Run",
    );
    this.code = h("pre", { class: "mono" });
    this.form = h(
      "form",
      { class: "card", novalidate: true, "aria-label": "Inputs" },
      h("h2", {}, "Inputs"),
      ...(this.fields.length
        ? this.fields.map((field) => field.node)
        : [h("p", { class: "empty" }, "It takes nothing.")]),
      h("div", { class: "actions" }, this.run, ...this.fillers(), h("kbd", {}, "Ctrl Enter")),
    );
    this.heading = h("h1", { tabindex: "-1" }, operation.name);
    this.node = h(
      "div",
      {},
      this.head(),
      h(
        "div",
        { class: "panes" },
        h("div", {}, this.form),
        h("div", { class: "right" }, this.answer.node, this.curl(), this.outputs()),
      ),
    );
    this.listen();
    this.showCurl();
  }

  head() {
    const { method, path, description } = this.operation;
    return h(
      "div",
      { class: "head" },
      this.heading,
      description ? h("div", { class: "lead" }, ...prose(description)) : null,
      h("p", { class: "address" }, h("span", { class: "method" }, method), path),
    );
  }

  fillers() {
    if (!this.fields.length) return [];
    const fill = (with_) => () => {
      this.fields.forEach((field) => field.control.fill(with_(field.port)));
      this.form.dispatchEvent(new Event("input"));
      this.fields.forEach((field) => field.tell(""));
    };
    const { example } = this.operation;
    const given = (port) =>
      (port.in === "body" ? example : example?.[port.as]) ?? port.default ?? sample(port);
    return [
      h("button", { type: "button", onclick: fill(given) }, "Example"),
      h("button", { type: "button", class: "quiet", onclick: fill(() => undefined) }, "Clear"),
    ];
  }

  curl() {
    return h(
      "details",
      { class: "card curl" },
      h("summary", {}, "curl"),
      this.code,
      copyButton(() => this.code.textContent),
    );
  }

  outputs() {
    const ports = this.operation.outputs.map((port) =>
      h(
        "div",
        { class: "port" },
        h(
          "div",
          { class: "port-head" },
          h("span", { class: "port-name" }, port.name),
          h("span", { class: "type" }, shownType(port)),
        ),
        spelled(port),
        port.description ? h("p", { class: "said" }, ...inline(port.description)) : null,
      ),
    );
    const none = h("p", { class: "empty" }, "It sends nothing.");
    return h(
      "section",
      { class: "card" },
      h("h2", {}, "Outputs"),
      ...(ports.length ? ports : [none]),
    );
  }

  listen() {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.running) this.running.abort();
      else this.ask();
    });
    this.form.addEventListener("input", () => this.showCurl());
    this.form.addEventListener("change", () => this.showCurl());
  }

  /** What is given, or nothing if some of it cannot be read, which is told if `tells`. */
  read({ tells = false } = {}) {
    const given = [];
    const wrong = [];
    for (const field of this.fields) {
      try {
        const value = field.read();
        if (value !== undefined) given.push([field.port, value]);
      } catch (error) {
        wrong.push([field, error.message]);
      }
    }
    if (tells) this.mark(wrong);
    return wrong.length ? null : given;
  }

  mark(wrong) {
    this.fields.forEach((field) => field.tell(""));
    wrong.forEach(([field, message]) => field.tell(message));
    wrong[0]?.[0].control.focus.focus();
  }

  /** Show a problem document at the inputs that it names. Whether all of it is shown there. */
  tell({ errors, port, detail }) {
    const told = errors ?? (port ? [{ port, detail }] : []);
    const found = told.map((each) => this.located(each));
    this.mark(found.filter(([field]) => field));
    return found.length > 0 && found.every(([field]) => field);
  }

  /** The field of a port, and what is wrong with it without what the field says already. */
  located({ port, detail }) {
    const field = this.fields.find((each) => each.port.name === port);
    const known = field ? `'${port}' (${field.port.type}): ` : "";
    return [field, detail.startsWith(known) ? detail.slice(known.length) : detail];
  }

  showCurl() {
    const given = this.read();
    this.code.textContent = given
      ? new Question(this.operation, given).curl()
      : "The inputs are not complete yet.";
  }

  async ask() {
    const given = this.read({ tells: true });
    if (!given) return;
    this.running = new AbortController();
    this.setRunning(true);
    const question = new Question(this.operation, given);
    this.answer.begin(question.trace);
    this.answer.node.scrollIntoView({ block: "nearest" });
    try {
      await this.answer.show(await question.fetch(this.running.signal));
    } catch (error) {
      this.answer.failed(error, this.running.signal.aborted);
    } finally {
      this.running = null;
      this.setRunning(false);
    }
  }

  setRunning(running) {
    this.run.textContent = running ? "Stop" : "Run";
    this.run.classList.toggle("stop", running);
  }
}

const SAMPLES = {
  string: "text",
  char: "x",
  bool: true,
  f32: 1.5,
  f64: 1.5,
  "list<u8>": "dGV4dA==",
};

/** A value for a port of which the document has no example. */
function sample(port) {
  if (port.optional) return undefined;
  return SAMPLES[port.type] ?? (INTEGERS.has(port.type) ? 1 : (port.schema.enum?.[0] ?? undefined));
}
