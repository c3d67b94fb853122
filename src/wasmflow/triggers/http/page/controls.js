// Controls: one for each type.
//
// A control has a `node` to show, the `focus` element for its label, `read()` and `fill(json)`. What is
// read is `undefined` for an input that is left out, or an object of its `json` and its `text`, as it
// stands in a query or form, or a `file`. What cannot be read is an `Error`.

import { h } from "./elements.js";

export const INTEGERS = new Set(["s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64"]);

export function control(port) {
  const { schema, type } = port;
  if (port.stream) return linesControl(port);
  if (type === "list<u8>") return bytesControl(port);
  if (type === "bool")
    return port.optional ? choiceControl(port, ["true", "false"]) : checkControl();
  if (INTEGERS.has(type)) return integerControl(port);
  if (type === "f32" || type === "f64") return floatControl(port);
  if (type === "string" || type === "char") return textControl(port);
  if (schema.enum) return choiceControl(port, schema.enum, JSON.stringify);
  if (schema.uniqueItems) return flagsControl(port, schema.items.enum);
  return jsonControl(port);
}

export const shown = (json) => (typeof json === "string" ? json : JSON.stringify(json));

function placeholder(port, otherwise = "") {
  if (port.default !== undefined) return `${shown(port.default)} (default)`;
  return port.optional ? "not given" : otherwise;
}

/** Text is taken as it is, but if it were a JSON string in quotes. */
const asText = (text) => (/^".*"$/s.test(text) ? JSON.stringify(text) : text);

function textControl(port) {
  const area = h("textarea", { rows: 1, spellcheck: "false", placeholder: placeholder(port) });
  return {
    node: area,
    focus: area,
    read() {
      if (area.value === "" && port.optional) return undefined;
      return { json: JSON.stringify(area.value), text: asText(area.value), plain: area.value };
    },
    fill: (json) => (area.value = json ?? ""),
  };
}

function numberControl(port, hint, read) {
  const input = h("input", {
    class: "number",
    inputmode: INTEGERS.has(port.type) ? "numeric" : "decimal",
    autocomplete: "off",
    placeholder: placeholder(port, hint),
  });
  return {
    node: input,
    focus: input,
    read() {
      const text = input.value.trim();
      if (text) return read(text);
      if (port.optional) return undefined;
      throw new Error("a number is missing");
    },
    fill: (json) => (input.value = json == null ? "" : String(json)),
  };
}

function integerControl(port) {
  const { minimum, maximum } = port.schema;
  const hint = maximum === undefined ? "" : `${minimum} … ${maximum}`;
  return numberControl(port, hint, (text) => {
    if (!/^-?\d{1,20}$/.test(text)) throw new Error(`expected a whole number, got ${text}`);
    const digits = BigInt(text).toString();
    return {
      json: Number.isSafeInteger(Number(digits)) ? digits : JSON.stringify(digits),
      text: digits,
    };
  });
}

function floatControl(port) {
  return numberControl(port, "", (text) => {
    if (!/^-?\d*\.?\d+(e[+-]?\d+)?$/i.test(text)) throw new Error(`expected a number, got ${text}`);
    const json = JSON.stringify(Number(text));
    if (json === "null") throw new Error(`${text} is beyond the range of numbers`);
    return { json, text: json };
  });
}

function checkControl() {
  const box = h("input", { type: "checkbox" });
  const says = h("span", { "aria-hidden": "true" }, "false");
  const show = () => (says.textContent = String(box.checked));
  box.addEventListener("change", show);
  return {
    node: h("span", { class: "check" }, box, says),
    focus: box,
    read: () => ({ json: String(box.checked), text: String(box.checked) }),
    fill(json) {
      box.checked = json === true;
      show();
    },
  };
}

function choiceControl(port, choices, toJson = (choice) => choice) {
  const select = h("select", {});
  if (port.optional) select.append(h("option", { value: "" }, `– ${placeholder(port)} –`));
  choices.forEach((choice, index) => select.append(h("option", { value: index }, choice)));
  return {
    node: select,
    focus: select,
    read() {
      if (select.value === "") return undefined;
      const choice = choices[Number(select.value)];
      return { json: toJson(choice), text: choice };
    },
    fill(json) {
      const index = json == null ? -1 : choices.indexOf(shown(json));
      select.value = index < 0 ? (port.optional ? "" : "0") : String(index);
    },
  };
}

function flagsControl(port, names) {
  const boxes = names.map((name) => h("input", { type: "checkbox", value: name }));
  const node = h("div", { class: "choices", role: "group" });
  boxes.forEach((box) => node.append(h("label", {}, box, box.value)));
  return {
    node,
    focus: boxes[0],
    group: true,
    read() {
      const checked = boxes.filter((box) => box.checked).map((box) => box.value);
      if (!checked.length && port.optional) return undefined;
      return { json: JSON.stringify(checked), text: JSON.stringify(checked) };
    },
    fill: (json) => boxes.forEach((box) => (box.checked = json?.includes(box.value) ?? false)),
  };
}

function bytesControl(port) {
  const file = h("input", { type: "file" });
  const area = h("textarea", {
    rows: 1,
    spellcheck: "false",
    "aria-label": `${port.name}, as text`,
  });
  area.placeholder = port.optional ? "or text; not given" : "or text";
  file.addEventListener("change", () => (area.disabled = file.files.length > 0));
  return {
    node: h("div", { class: "bytes" }, file, area),
    focus: file,
    read() {
      if (file.files.length) return { file: file.files[0] };
      if (area.value === "" && port.optional) return undefined;
      const bytes = new TextEncoder().encode(area.value);
      return { json: JSON.stringify(base64(bytes)), text: asText(area.value), plain: area.value };
    },
    fill(json) {
      file.value = "";
      area.disabled = false;
      area.value =
        json == null
          ? ""
          : new TextDecoder().decode(Uint8Array.from(atob(json), (c) => c.charCodeAt(0)));
    },
  };
}

export function base64(bytes) {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 32_768) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  }
  return btoa(binary);
}

function checkJson(text) {
  try {
    JSON.parse(text);
  } catch (error) {
    throw new Error(`not JSON: ${error.message}`, { cause: error });
  }
  return text;
}

function jsonControl(port) {
  const area = h("textarea", {
    rows: 3,
    class: "json",
    spellcheck: "false",
    placeholder: placeholder(port, port.type),
  });
  return {
    node: area,
    focus: area,
    read() {
      const text = area.value.trim();
      if (!text && port.optional) return undefined;
      if (!text) throw new Error("a value is missing, as JSON");
      return { json: checkJson(text), text };
    },
    fill: (json) => (area.value = json == null ? "" : JSON.stringify(json, null, 2)),
  };
}

/** The packets of a stream: a line for each, of text as it is, or of JSON. */
function linesControl(port) {
  const isText = port.type === "string" || port.schema.enum !== undefined;
  const area = h("textarea", { rows: 4, class: "lines", spellcheck: "false" });
  area.placeholder = isText ? "A line for each packet" : "A line of JSON for each packet";
  return {
    node: area,
    focus: area,
    read() {
      const lines = area.value.split("\n").filter((line) => line.trim() !== "");
      if (isText) return { lines: lines.map((line) => JSON.stringify(line)) };
      return { lines: lines.map((line, index) => atLine(index, () => checkJson(line))) };
    },
    fill(json) {
      const one = json == null ? "" : isText ? json : JSON.stringify(json);
      area.value = one === "" ? "" : `${one}\n${one}`;
    },
  };
}

function atLine(index, work) {
  try {
    return work();
  } catch (error) {
    throw new Error(`line ${index + 1}: ${error.message}`, { cause: error });
  }
}
