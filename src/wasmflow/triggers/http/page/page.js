// The page to try an API: it reads openapi.json, which lies beside it, and asks what that describes.
//
// What comes from outside is shown as text and never becomes markup. JSON that somebody writes or gets
// is never parsed and written again, since numbers beyond 2^53 would be rounded.

const LINES = "application/x-ndjson";
const JSON_TYPE = "application/json";
/** Lines of a stream that are kept on the page, and characters of an answer that are shown. */
const MOST_LINES = 2000;
const MOST_CHARACTERS = 200_000;

// --- elements ------------------------------------------------------------------------------------

const $ = (id) => document.getElementById(id);

/** An element; strings among its children are text. */
function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

/** Paragraphs of a description, with what stands in backquotes as code. */
function prose(text) {
  return text.trim().split(/\n\s*\n/).map((paragraph) => h("p", {}, ...inline(paragraph)));
}

function inline(text) {
  return text.split(/`([^`\n]+)`/).map((part, index) => (index % 2 ? h("code", {}, part) : part));
}

let identifiers = 0;
const identifier = () => `e${++identifiers}`;

function copyButton(text) {
  const button = h("button", { type: "button", class: "quiet" }, "Copy");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text());
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 1500);
  });
  return button;
}

// --- the document --------------------------------------------------------------------------------

let api;

/** A schema without a reference at its top. What stands beside the reference wins. */
function resolve(schema = {}) {
  const { $ref, ...beside } = schema;
  if ($ref === undefined) return schema;
  const target = $ref.slice(2).split("/").reduce((value, key) => value[key], api);
  return { ...resolve(target), ...beside };
}

/** The same without null, which stands for an input that is left out. */
function withoutNull(schema) {
  const { anyOf, ...rest } = schema;
  if (Array.isArray(schema.type)) {
    return { ...schema, type: schema.type.find((type) => type !== "null") };
  }
  const others = anyOf?.filter((choice) => choice.type !== "null");
  if (!anyOf || others.length === anyOf.length) return schema;
  return others.length === 1 ? { ...resolve(others[0]), ...rest } : { ...rest, anyOf: others };
}

/** What the page knows of each operation, in the order of the document. */
function operations() {
  return Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => operation(path, method, described)),
  );
}

function operation(path, method, described) {
  const isComponent = method === "post" && path.startsWith("/components/");
  const content = described.requestBody?.content ?? {};
  const inputs = (described["x-inputs"] ?? []).map((port) => ({
    ...port,
    schema: withoutNull(resolve(schemaOf(port, described, content))),
  }));
  const answers = Object.entries(described.responses).filter(([status]) => status[0] === "2");
  return {
    path,
    method: method.toUpperCase(),
    isComponent,
    name: isComponent ? described["x-component"] : path,
    hash: isComponent ? path.replace("/components/", "#/components/") : `#/routes/${described.operationId}`,
    group: described.tags?.[0] ?? (isComponent ? "Components" : "Routes"),
    summary: described.summary === described["x-component"] ? "" : (described.summary ?? ""),
    description: described.description ?? "",
    inputs,
    outputs: described["x-outputs"] ?? [],
    content,
    accepts: Object.keys(answers[0]?.[1].content ?? {}),
    schemes: (described.security ?? []).flatMap(Object.keys),
    example: content[JSON_TYPE]?.example ?? content[LINES]?.["x-item-example"] ?? {},
  };
}

function schemaOf(port, described, content) {
  const media = content[JSON_TYPE]?.schema ?? content[LINES]?.["x-item-schema"];
  if (port.in === "field") return resolve(media).properties?.[port.as];
  if (port.in === "body") return media ?? Object.values(content)[0]?.schema;
  const parameter = described.parameters?.find((each) => each.in === port.in && each.name === port.as);
  return parameter?.schema ?? parameter?.content?.[JSON_TYPE]?.schema;
}

const shownType = (port) => (port.stream ? `stream<${port.type}>` : port.type);

/** The signature on one line. */
function shape({ inputs, outputs }) {
  const taken = inputs.map((port) => `${port.name}${port.optional ? "?" : ""}: ${shownType(port)}`);
  const given = outputs.map((port) => `${port.name}: ${shownType(port)}`);
  return `(${taken.join(", ")}) → ${given.length ? given.join(", ") : "nothing"}`;
}

// --- controls: one for each type ------------------------------------------------------------------
//
// A control has a `node` to show, the `focus` element for its label, `read()` and `fill(json)`. What is
// read is `undefined` for an input that is left out, or an object of its `json` and its `text`, as it
// stands in a query or form, or a `file`. What cannot be read is an `Error`.

const INTEGERS = new Set(["s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64"]);

function control(port) {
  const { schema, type } = port;
  if (port.stream) return linesControl(port);
  if (type === "list<u8>") return bytesControl(port);
  if (type === "bool") return port.optional ? choiceControl(port, ["true", "false"]) : checkControl();
  if (INTEGERS.has(type)) return integerControl(port);
  if (type === "f32" || type === "f64") return floatControl(port);
  if (type === "string" || type === "char") return textControl(port);
  if (schema.enum) return choiceControl(port, schema.enum, JSON.stringify);
  if (schema.uniqueItems) return flagsControl(port, resolve(schema.items).enum);
  return jsonControl(port);
}

const shown = (json) => (typeof json === "string" ? json : JSON.stringify(json));

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
    return { json: Number.isSafeInteger(Number(digits)) ? digits : JSON.stringify(digits), text: digits };
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
  const area = h("textarea", { rows: 1, spellcheck: "false", "aria-label": `${port.name}, as text` });
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
      area.value = json == null ? "" : new TextDecoder().decode(Uint8Array.from(atob(json), (c) => c.charCodeAt(0)));
    },
  };
}

function base64(bytes) {
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
    throw new Error(`not JSON: ${error.message.replace(/^JSON\.parse: /, "")}`);
  }
  return text;
}

function jsonControl(port) {
  const area = h("textarea", { rows: 3, class: "json", spellcheck: "false", placeholder: placeholder(port, port.type) });
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
    throw new Error(`line ${index + 1}: ${error.message}`);
  }
}

// --- fields: controls with what is said of them ----------------------------------------------------

class Field {
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
      h("div", { class: "port-head" }, label, h("span", { class: "type" }, shownType(port)), note(port)),
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
function spelled(port) {
  const isShown = port.spelled === undefined || port.schema?.enum || port.schema?.uniqueItems;
  return isShown ? null : h("div", { class: "spelled" }, port.spelled);
}

const PLACES = { path: "path", query: "query", header: "header", cookie: "cookie" };

function note(port) {
  const need = port.optional ? "optional" : "required";
  const where = PLACES[port.in] ? `${PLACES[port.in]}, ` : "";
  return h("span", { class: `note ${need}` }, where + need);
}

// --- requests ---------------------------------------------------------------------------------------

/** What is asked: everything that `fetch`, and curl, need to know. */
class Question {
  constructor(operation, given) {
    this.operation = operation;
    this.given = given;
    const at = (place) => given.filter(([port]) => port.in === place);
    const path = operation.path.replace(/\{([^}]+)\}/g, (_, name) => {
      const found = at("path").find(([port]) => port.as === name);
      return encodeURIComponent(found?.[1].text ?? "");
    });
    this.url = new URL(path.slice(1), document.baseURI);
    this.trace = randomHex(16);
    for (const [port, value] of at("query")) this.url.searchParams.append(port.as, value.text);
    this.headers = at("header").map(([port, value]) => [port.as, value.text]);
    this.cookies = at("cookie").map(([port, value]) => [port.as, value.text]);
    this.fields = at("field");
    this.whole = at("body")[0];
    if (operation.accepts.includes(LINES)) this.headers.push(["Accept", LINES]);
    this.headers.push(...authorization(operation));
    this.setBody();
  }

  setBody() {
    const { content } = this.operation;
    if (content[LINES]) this.setText(LINES, this.lines());
    else if (this.whole) this.setWhole(this.whole[1]);
    else if (this.fields.some(([, value]) => value.file)) this.form = this.fields;
    else if (content[JSON_TYPE]) this.setText(JSON_TYPE, this.object(this.fields.map(([port, { json }]) => [port, json])));
  }

  setText(type, body) {
    this.headers.push(["Content-Type", type]);
    this.body = body;
  }

  setWhole(value) {
    const type = Object.keys(this.operation.content)[0];
    this.headers.push(["Content-Type", value.file?.type || type]);
    this.file = value.file;
    this.body = value.plain ?? value.json;
  }

  object(members) {
    return `{${members.map(([port, json]) => `${JSON.stringify(port.as)}: ${oneLine(json)}`).join(", ")}}`;
  }

  /** An object for each packet, those of ports in step together; other values are in all of them. */
  lines() {
    if (this.whole) return this.whole[1].lines.map((line) => `${line}\n`).join("");
    const streams = this.fields.filter(([port]) => port.stream);
    const held = this.fields.filter(([port]) => !port.stream).map(([port, { json }]) => [port, json]);
    const count = Math.max(0, ...streams.map(([, { lines }]) => lines.length));
    const line = (index) => streams.filter(([, { lines }]) => index < lines.length).map(([port, { lines }]) => [port, lines[index]]);
    return Array.from({ length: count }, (_, index) => `${this.object([...held, ...line(index)])}\n`).join("");
  }

  fetch(signal) {
    for (const [name, text] of this.cookies) document.cookie = `${name}=${text}; path=/; max-age=60; SameSite=Strict`;
    const body = this.form ? this.formData() : (this.file ?? this.body);
    const headers = [...this.headers, ["traceparent", `00-${this.trace}-${randomHex(8)}-01`]];
    return fetch(this.url, { method: this.operation.method, headers, body, signal, cache: "no-store" });
  }

  formData() {
    const data = new FormData();
    for (const [port, { file, text }] of this.form) data.append(port.as, file ?? text);
    return data;
  }

  curl() {
    const { method } = this.operation;
    const hasBody = this.body !== undefined || this.file || this.form;
    const parts = [method === (hasBody ? "POST" : "GET") ? [] : ["-X", method], [this.url.href]];
    for (const [name, value] of this.headers) parts.push(["-H", `${name}: ${name === "Authorization" ? "…" : value}`]);
    for (const [name, value] of this.cookies) parts.push(["-b", `${name}=${value}`]);
    for (const [port, { file, text }] of this.form ?? []) {
      parts.push(file ? ["-F", `${port.as}=@${file.name}`] : ["--form-string", `${port.as}=${text}`]);
    }
    if (this.file) parts.push(["--data-binary", `@${this.file.name}`]);
    else if (this.body !== undefined) parts.push(["--data-binary", this.body]);
    const words = parts.filter((part) => part.length).map((part) => part.map(quoted).join(" "));
    const noBuffer = this.operation.accepts.includes(LINES) ? " -N" : "";
    return `curl${noBuffer} ${words.join(" \\\n  ")}`;
  }
}

function randomHex(bytes) {
  const random = crypto.getRandomValues(new Uint8Array(bytes));
  return Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A word of a shell. */
const quoted = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

function authorization({ schemes }) {
  const [token, user, password] = ["token", "user", "password"].map((id) => $(id).value);
  if (schemes.includes("bearer") && token) return [["Authorization", `Bearer ${token}`]];
  if (!schemes.includes("basic") || !user) return [];
  return [["Authorization", `Basic ${base64(new TextEncoder().encode(`${user}:${password}`))}`]];
}

// --- JSON as people read it ---------------------------------------------------------------------------

const TOKENS = /"(?:\\.|[^"\\])*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** JSON text without line breaks. */
const oneLine = (json) => json.match(TOKENS).map((token) => (/^[,:]$/.test(token) ? `${token} ` : token)).join("");

/** JSON text with line breaks and colours. Its tokens stay as they are. */
function pretty(text, { flat = false } = {}) {
  const fragment = document.createDocumentFragment();
  const tokens = text.match(TOKENS) ?? [];
  let depth = 0;
  const broken = () => (flat ? "" : `\n${"  ".repeat(depth)}`);
  tokens.forEach((token, index) => {
    const isEmpty = "{[".includes(token) && "}]".includes(tokens[index + 1] ?? " ");
    const closesEmpty = "}]".includes(token) && "{[".includes(tokens[index - 1] ?? " ");
    if ("{[".includes(token)) {
      depth += 1;
      fragment.append(token, isEmpty ? "" : broken());
    } else if ("}]".includes(token)) {
      depth -= 1;
      fragment.append(closesEmpty ? "" : broken(), token);
    } else if (token === ",") {
      fragment.append(",", flat ? " " : broken());
    } else if (token === ":") {
      fragment.append(": ");
    } else {
      fragment.append(h("span", { class: kindOf(token, tokens[index + 1]) }, token));
    }
  });
  return fragment;
}

function kindOf(token, next) {
  if (token[0] === '"') return next === ":" ? "key" : "string";
  return /^[-\d]/.test(token) ? "number" : "word";
}

function looksLikeJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

// --- answers -----------------------------------------------------------------------------------------

/** Where the answer to the last question is shown. */
class Answer {
  constructor(tell) {
    this.tell = tell;
    this.facts = h("div", { class: "facts", role: "status" }, h("strong", {}, "Answer"));
    this.body = h("div", { class: "body", tabindex: "0", role: "region", "aria-label": "Body of the answer" });
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
    return h("span", {}, passed < 10_000 ? `${Math.round(passed)} ms` : `${(passed / 1000).toFixed(1)} s`);
  }

  status(response, { live = false } = {}) {
    const kind = response.status < 400 ? "good" : response.status < 500 ? "warn" : "bad";
    return h("span", { class: `status ${kind}${live ? " live" : ""}` }, `${response.status} ${response.statusText}`.trim());
  }

  async show(response) {
    const type = (response.headers.get("content-type") ?? "").split(";")[0].trim();
    if (type === LINES || type === "text/event-stream") return this.stream(response);
    const content = await response.arrayBuffer();
    this.say([this.status(response), this.duration(), h("span", {}, size(content.byteLength)), this.trace]);
    this.content(content, type, response);
  }

  content(content, type, response) {
    const text = decoded(content);
    if (text !== null && /\/problem\+json$/.test(type)) this.problem(JSON.parse(text), text, response.status);
    else if (text !== null && text.length > MOST_CHARACTERS) this.cut(text, content, type);
    else if (text !== null && /[/+]json$/.test(type) && looksLikeJson(text)) this.body.append(h("pre", {}, pretty(text)));
    else if (text !== null && content.byteLength) this.body.append(h("pre", {}, text));
    else if (content.byteLength) this.body.append(download(content, type));
    else this.body.append(h("p", { class: "said" }, "There is no body."));
  }

  cut(text, content, type) {
    this.body.append(download(content, type), h("pre", {}, `${text.slice(0, MOST_CHARACTERS)}…`));
  }

  problem(problem, text, status) {
    const told = this.tell(problem);
    const failure = h("div", { class: status < 500 ? "failure warn" : "failure" }, h("strong", {}, problem.title ?? "Problem"));
    failure.append(told ? "What is wrong is told at the inputs." : (problem.detail ?? ""));
    this.body.append(failure, members(problem), h("details", {}, h("summary", { class: "said" }, "The document"), h("pre", {}, pretty(text))));
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
    for (let over = body.childElementCount - MOST_LINES; over > 0; over -= 1) body.firstElementChild.remove();
    if (follows) body.scrollTop = body.scrollHeight;
  }

  failed(error, stopped) {
    const how = stopped ? "Stopped" : "No answer";
    const packets = this.lines ? [h("span", {}, count(this.lines))] : [];
    this.say([h("span", { class: `status ${stopped ? "warn" : "bad"}` }, how), this.duration(), ...packets, this.trace]);
    if (!stopped) this.body.append(h("div", { class: "failure" }, h("strong", {}, "The connection failed"), error.message));
  }
}

function members(problem) {
  const list = h("dl", { class: "members" });
  for (const name of ["component", "origin", "kind", "payload"]) {
    const value = problem[name];
    if (value !== undefined && value !== "") list.append(h("dt", {}, name), h("dd", { class: "mono" }, shown(value)));
  }
  return list;
}

/** A line of a stream, which may tell of a failure in place of packets. */
const FAILURE = /^\{"<error>":/;

function shownLine(line) {
  if (!looksLikeJson(line)) return h("pre", { class: "line" }, line);
  if (!FAILURE.test(line)) return h("pre", { class: "line" }, pretty(line, { flat: true }));
  const problem = JSON.parse(line)["<error>"];
  return h("div", { class: "line failed" }, h("strong", {}, problem.title ?? "Failure"), ` ${problem.detail ?? ""}`);
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
  return h("p", {}, h("a", { href: url, download: "answer" }, `Save ${size(content.byteLength)}`), ` of ${type || "bytes"}`);
}

function size(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1 << 20 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / (1 << 20)).toFixed(1)} MiB`;
}

// --- the page of an operation -----------------------------------------------------------------------

class View {
  constructor(operation) {
    this.operation = operation;
    this.fields = operation.inputs.map((port) => new Field(port));
    this.answer = new Answer((problem) => this.tell(problem));
    this.run = h("button", { type: "submit", class: "run", "aria-keyshortcuts": "Control+Enter" }, "Run");
    this.code = h("pre", { class: "mono" });
    this.form = h(
      "form",
      { class: "card", novalidate: true, "aria-label": "Inputs" },
      h("h2", {}, "Inputs"),
      ...(this.fields.length ? this.fields.map((field) => field.node) : [h("p", { class: "empty" }, "It takes nothing.")]),
      h("div", { class: "actions" }, this.run, ...this.fillers(), h("kbd", {}, "Ctrl Enter")),
    );
    this.heading = h("h1", { tabindex: "-1" }, operation.name);
    this.node = h(
      "div",
      {},
      this.head(),
      h("div", { class: "panes" }, h("div", {}, this.form), h("div", { class: "right" }, this.answer.node, this.curl(), this.outputs())),
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
    const given = (port) => (port.in === "body" ? example : example?.[port.as]) ?? port.default ?? sample(port);
    return [
      h("button", { type: "button", onclick: fill(given) }, "Example"),
      h("button", { type: "button", class: "quiet", onclick: fill(() => undefined) }, "Clear"),
    ];
  }

  curl() {
    return h("details", { class: "card curl" }, h("summary", {}, "curl"), this.code, copyButton(() => this.code.textContent));
  }

  outputs() {
    const ports = this.operation.outputs.map((port) =>
      h(
        "div",
        { class: "port" },
        h("div", { class: "port-head" }, h("span", { class: "port-name" }, port.name), h("span", { class: "type" }, shownType(port))),
        spelled(port),
        port.description ? h("p", { class: "said" }, ...inline(port.description)) : null,
      ),
    );
    const none = h("p", { class: "empty" }, "It sends nothing.");
    return h("section", { class: "card" }, h("h2", {}, "Outputs"), ...(ports.length ? ports : [none]));
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
    this.code.textContent = given ? new Question(this.operation, given).curl() : "The inputs are not complete yet.";
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

const SAMPLES = { string: "text", char: "x", bool: true, f32: 1.5, f64: 1.5, "list<u8>": "dGV4dA==" };

/** A value for a port of which the document has no example. */
function sample(port) {
  if (port.optional) return undefined;
  return SAMPLES[port.type] ?? (INTEGERS.has(port.type) ? 1 : (port.schema.enum?.[0] ?? undefined));
}

// --- the list, and where we are -----------------------------------------------------------------------

let known = [];
const views = new Map();

function grouped(items) {
  const groups = new Map();
  for (const item of items) groups.set(item.group, [...(groups.get(item.group) ?? []), item]);
  return [...groups];
}

function showList(items) {
  const current = location.hash;
  const groups = grouped(items).map(([group, members]) => [
    h("h2", {}, group),
    h("ul", {}, ...members.map((each) => h("li", {}, listed(each, each.hash === current)))),
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
    h("div", { class: "head" }, h("h1", { tabindex: "-1" }, title), description ? h("div", { class: "lead" }, ...prose(description)) : null),
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
  return h("div", { class: "head" }, h("h1", { tabindex: "-1" }, "Not here"), h("p", { class: "lead" }, "There is nothing of this name in this API."));
}

function go({ focuses = true } = {}) {
  const hash = decodeURI(location.hash);
  const current = known.find((each) => decodeURI(each.hash) === hash);
  const isHome = hash === "" || hash === "#/";
  const only = known.length === 1 ? known[0] : undefined;
  const shownOperation = current ?? (isHome ? only : undefined);
  $("main").replaceChildren(shownOperation ? view(shownOperation) : isHome ? overview() : missing());
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

function showCredentials() {
  const schemes = new Set(known.flatMap((each) => each.schemes));
  $("credentials").hidden = schemes.size === 0;
  for (const form of $("credentials").querySelectorAll("form")) {
    form.hidden = !schemes.has(form.dataset.scheme);
    form.addEventListener("submit", (event) => event.preventDefault());
  }
}

async function start() {
  const response = await fetch("openapi.json", { cache: "no-cache" });
  if (!response.ok) throw new Error(`openapi.json: ${response.status} ${response.statusText}`);
  api = await response.json();
  known = operations();
  for (const each of known) each.words = [each.name, each.method, each.summary, shape(each)].join(" ").toLowerCase();
  $("title").textContent = api.info.title;
  $("version").textContent = api.info.version === "0" ? "" : api.info.version;
  showCredentials();
  $("search").addEventListener("input", search);
  document.querySelector("aside").addEventListener("keydown", moveInList);
  document.addEventListener("keydown", keys);
  addEventListener("hashchange", () => go());
  go({ focuses: false });
}

start().catch((error) => {
  $("main").replaceChildren(h("div", { class: "failure", role: "alert" }, h("strong", {}, "The API's description cannot be read"), error.message));
});
