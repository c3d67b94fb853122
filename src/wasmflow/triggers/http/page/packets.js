// Packets: the lines of a stream as they come, which may be more than anybody can read.

import { h } from "./elements.js";
import { looksLikeJson, pretty } from "./json.js";

/** Lines that are kept on the page. */
const MOST = 500;
/** Milliseconds between looks at what has come: what comes in between is shown together. */
const BEAT = 100;

export class Packets {
  /** Shows lines in `body`, and tells with `changed` when it has. */
  constructor(body, changed) {
    this.body = body;
    this.changed = changed;
    this.count = 0;
    this.failures = 0;
    this.waiting = [];
    this.timer = setInterval(() => this.show(), BEAT);
  }

  add(lines) {
    this.count += lines.length;
    this.failures += lines.filter((line) => FAILURE.test(line)).length;
    this.waiting = this.waiting.concat(lines).slice(-MOST);
  }

  show() {
    const { body, waiting } = this;
    if (waiting.length) {
      const follows = body.scrollHeight - body.scrollTop - body.clientHeight < 40;
      const over = body.childElementCount + waiting.length - MOST;
      for (let left = over; left > 0 && body.firstChild; left -= 1) body.firstChild.remove();
      body.append(...waiting.map(shownLine));
      this.waiting = [];
      if (follows) body.scrollTop = Number.MAX_SAFE_INTEGER;
    }
    this.changed();
  }

  end() {
    clearInterval(this.timer);
    this.changed = () => {};
    this.show();
  }

  facts() {
    const { count, failures } = this;
    const lines = h("span", {}, `${count.toLocaleString("en")} ${count === 1 ? "line" : "lines"}`);
    return failures ? [lines, h("span", { class: "status bad" }, `${failures} failed`)] : [lines];
  }
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
    h("strong", {}, titleOf(problem)),
    ` ${problem.detail ?? ""}`,
  );
}

/** In words what a problem document is about. */
export function titleOf({ kind, title }) {
  const said = { exception: "The component said no", error: "The component failed" };
  return said[kind] ?? title ?? "Problem";
}

/** The lines of a body, all that have come at one time together. */
export async function* linesOf(response) {
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
