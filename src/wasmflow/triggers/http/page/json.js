// JSON as people read it. Its text is never parsed and written again, since numbers beyond 2^53 would be
// rounded: tokens stay as they are.

import { h } from "./elements.js";

const TOKENS = /"(?:\\.|[^"\\])*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** JSON text without line breaks. */
export const oneLine = (json) =>
  json
    .match(TOKENS)
    .map((token) => (/^[,:]$/.test(token) ? `${token} ` : token))
    .join("");

/** JSON text with line breaks and colours. Its tokens stay as they are. */
export function pretty(text, { flat = false } = {}) {
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

export function looksLikeJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
