// Questions: what is asked of an operation, as a request and as a command for curl.

import { base64 } from "./controls.js";
import { oneLine } from "./json.js";
import { JSON_TYPE, LINES } from "./operations.js";

/** What is asked: everything that `fetch`, and curl, need to know. */
export class Question {
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
    else if (content[JSON_TYPE])
      this.setText(JSON_TYPE, this.object(this.fields.map(([port, { json }]) => [port, json])));
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
    const held = this.fields
      .filter(([port]) => !port.stream)
      .map(([port, { json }]) => [port, json]);
    const count = Math.max(0, ...streams.map(([, { lines }]) => lines.length));
    const line = (index) =>
      streams
        .filter(([, { lines }]) => index < lines.length)
        .map(([port, { lines }]) => [port, lines[index]]);
    return Array.from(
      { length: count },
      (_, index) => `${this.object([...held, ...line(index)])}\n`,
    ).join("");
  }

  fetch(signal) {
    for (const [name, text] of this.cookies)
      document.cookie = `${name}=${text}; path=/; max-age=60; SameSite=Strict`;
    const body = this.form ? this.formData() : (this.file ?? this.body);
    const headers = [...this.headers, ["traceparent", `00-${this.trace}-${randomHex(8)}-01`]];
    return fetch(this.url, {
      method: this.operation.method,
      headers,
      body,
      signal,
      cache: "no-store",
    });
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
    for (const [name, value] of this.headers)
      parts.push(["-H", `${name}: ${name === "Authorization" ? "…" : value}`]);
    for (const [name, value] of this.cookies) parts.push(["-b", `${name}=${value}`]);
    for (const [port, { file, text }] of this.form ?? []) {
      parts.push(
        file ? ["-F", `${port.as}=@${file.name}`] : ["--form-string", `${port.as}=${text}`],
      );
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
const quoted = (word) =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** The header that says who asks, where somebody has. */
export function authorization({ schemes }) {
  const [token, user, password] = ["token", "user", "password"].map(
    (id) => document.getElementById(id).value,
  );
  if (schemes.includes("bearer") && token) return [["Authorization", `Bearer ${token}`]];
  if (!schemes.includes("basic") || !user) return [];
  return [["Authorization", `Basic ${base64(new TextEncoder().encode(`${user}:${password}`))}`]];
}
