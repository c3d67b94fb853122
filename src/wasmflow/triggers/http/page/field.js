// Fields: controls with what is said of their inputs, and what is wrong with them.

import { control } from "./controls.js";
import { h, identifier, inline } from "./elements.js";
import { shownType } from "./operations.js";

export class Field {
  constructor(port) {
    this.port = port;
    this.control = control(port);
    const focus = this.control.focus;
    const [id, says, wrong] = [identifier(), identifier(), identifier()];
    focus.id = id;
    focus.setAttribute("aria-describedby", `${says} ${wrong}`);
    if (!port.optional && focus.type !== "checkbox") focus.setAttribute("aria-required", "true");
    this.wrong = h("p", { class: "wrong", id: wrong, role: "alert" });
    const label = this.control.group
      ? h("span", { class: "port-name", id: identifier() }, port.name)
      : h("label", { for: id }, port.name);
    if (this.control.group) this.control.node.setAttribute("aria-labelledby", label.id);
    this.node = h(
      "div",
      { class: "port" },
      h(
        "div",
        { class: "port-head" },
        label,
        h("span", { class: "type" }, shownType(port)),
        note(port),
      ),
      h("div", { class: "said", id: says }, ...inline(port.description ?? "")),
      spelled(port),
      h("div", { class: "field" }, this.control.node),
      this.wrong,
    );
    this.node.addEventListener("input", () => this.tell(""));
  }

  read() {
    return this.control.read();
  }

  tell(problem) {
    this.wrong.textContent = problem;
    if (problem) this.control.focus.setAttribute("aria-invalid", "true");
    else this.control.focus.removeAttribute("aria-invalid");
  }
}

/** What the name of a type stands for, where its control does not show it. */
export function spelled(port) {
  const isShown = port.spelled === undefined || port.schema?.enum || port.schema?.uniqueItems;
  return isShown ? null : h("div", { class: "spelled" }, port.spelled);
}

const PLACES = { path: "path", query: "query", header: "header", cookie: "cookie" };

function note(port) {
  const need = port.optional ? "optional" : "required";
  const where = PLACES[port.in] ? `${PLACES[port.in]}, ` : "";
  return h("span", { class: `note ${need}` }, where + need);
}
