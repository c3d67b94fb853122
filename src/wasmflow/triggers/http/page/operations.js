// What the page knows of each operation: read from openapi.json once.

export const LINES = "application/x-ndjson";
export const JSON_TYPE = "application/json";

/** The operations of a document, in its order. Components are asked by POST, whatever else they take. */
export function operationsOf(api) {
  /** A schema without a reference at its top. What stands beside the reference wins. */
  const resolve = (schema = {}) => {
    const { $ref, ...beside } = schema;
    if ($ref === undefined) return schema;
    const target = $ref
      .slice(2)
      .split("/")
      .reduce((value, key) => value[key], api);
    return { ...resolve(target), ...beside };
  };
  const every = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) =>
      operation(path, method, described, resolve),
    ),
  );
  return every.filter((each) => each.isComponent || !each.path.startsWith("/components/"));
}

/** The same without null, which stands for an input that is left out. */
function withoutNull(schema, resolve) {
  const { anyOf, ...rest } = schema;
  if (schema.items) return { ...schema, items: resolve(schema.items) };
  if (Array.isArray(schema.type)) {
    return { ...schema, type: schema.type.find((type) => type !== "null") };
  }
  const others = anyOf?.filter((choice) => choice.type !== "null");
  if (!anyOf || others.length === anyOf.length) return schema;
  return others.length === 1 ? { ...resolve(others[0]), ...rest } : { ...rest, anyOf: others };
}

function operation(path, method, described, resolve) {
  const isComponent = method === "post" && path.startsWith("/components/");
  const content = described.requestBody?.content ?? {};
  const inputs = (described["x-inputs"] ?? []).map((port) => ({
    ...port,
    schema: withoutNull(schemaOf(port, described, content, resolve), resolve),
  }));
  const answers = Object.entries(described.responses).filter(([status]) => status[0] === "2");
  return {
    path,
    method: method.toUpperCase(),
    isComponent,
    name: isComponent ? described["x-component"] : path,
    hash: isComponent
      ? path.replace("/components/", "#/components/")
      : `#/routes/${described.operationId}`,
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

function schemaOf(port, described, content, resolve) {
  const media = content[JSON_TYPE]?.schema ?? content[LINES]?.["x-item-schema"];
  if (port.in === "field") return resolve(resolve(media).properties?.[port.as]);
  if (port.in === "body") return resolve(media ?? Object.values(content)[0]?.schema);
  const parameter = described.parameters?.find(
    (each) => each.in === port.in && each.name === port.as,
  );
  return resolve(parameter?.schema ?? parameter?.content?.[JSON_TYPE]?.schema);
}

export const shownType = (port) => (port.stream ? `stream<${port.type}>` : port.type);

/** The signature on one line. */
export function shape({ inputs, outputs }) {
  const taken = inputs.map((port) => `${port.name}${port.optional ? "?" : ""}: ${shownType(port)}`);
  const given = outputs.map((port) => `${port.name}: ${shownType(port)}`);
  return `(${taken.join(", ")}) → ${given.length ? given.join(", ") : "nothing"}`;
}
