// What a step holds, read from the JSON schema of its kind as the engine serves it: fields for the form, exits for the
// drawing. Pure. A kind nobody here has heard of is drawn and edited all the same.
const NAMES = ["step", "prompt", "queue", "hours", "extension", "http", "fact", "key", "value"];

/** A property of a schema as a field: {id, kind, ...}. `optional`: it may be left out, `none` is what it then holds. */
function fieldOf(id, property, defs, required) {
  const spec = property.$ref ? { ...defs[property.$ref.split("/").at(-1)], ...property } : property;
  const common = { id, required, fallback: spec.default };
  if (spec.anyOf ?? spec.oneOf) {
    const all = spec.anyOf ?? spec.oneOf;
    const real = all.filter((one) => one.type !== "null" && one.const !== "");
    const inner = fieldOf(id, real[0] ?? { type: "string" }, defs, required);
    return { ...inner, ...common, optional: all.length > real.length || inner.optional, none: all.some((one) => one.type === "null") ? null : "" };
  }
  if (NAMES.includes(spec.okno)) return { ...common, kind: spec.okno, pattern: spec.pattern };
  if (spec.enum) return { ...common, kind: "choice", options: spec.enum };
  if (spec.type === "boolean") return { ...common, kind: "bool" };
  if (spec.type === "integer" || spec.type === "number") return { ...common, kind: "number", whole: spec.type === "integer", min: spec.minimum, max: spec.maximum };
  if (spec.type === "array") return { ...common, kind: "list", most: spec.maxItems, least: spec.minItems ?? 0, item: fieldOf(id, spec.items ?? { type: "string" }, defs, true) };
  if (spec.properties) return { ...common, kind: "group", part: spec.title, fields: fieldsOf(spec, defs) };
  if (spec.type === "object") return { ...common, kind: spec.propertyNames?.enum ? "title" : "map", item: fieldOf(id, spec.additionalProperties || { type: "string" }, defs, true) };
  return { ...common, kind: "text", most: spec.maxLength };
}

function fieldsOf(schema, defs = schema.$defs ?? {}) {
  return Object.entries(schema.properties ?? {}).filter(([, one]) => one.const === undefined).map(([id, one]) => fieldOf(id, one, defs, (schema.required ?? []).includes(id)));
}

/** Every kind's fields: {menu: [field, ...], ...}. */
export const kindsOf = (schemas) => Object.fromEntries(Object.entries(schemas).map(([kind, schema]) => [kind, fieldsOf(schema)]));

/** What a new value of a field is. */
export function freshOf(field) {
  if (field.fallback !== undefined && field.fallback !== null) return structuredClone(field.fallback);
  if (field.optional) return field.none;
  switch (field.kind) {
    case "bool": return false;
    case "number": return field.min ?? 0;
    case "choice": return field.options[0];
    case "list": return Array.from({ length: field.least ? 1 : 0 }, () => freshOf(field.item));
    case "group": return Object.fromEntries(field.fields.map((one) => [one.id, freshOf(one)]));
    case "map": case "title": return {};
    default: return "";
  }
}

/** A new step of a kind: what must be there, the rest as it is by itself. */
export const freshStep = (kind, fields) => ({ kind, ...Object.fromEntries(fields.filter((one) => one.required).map((one) => [one.id, freshOf(one)])) });

/** The word that tells one item of a list from the others: its key, its value. */
const wordOf = (item, fields) => fields.filter((one) => one.kind !== "step").map((one) => item?.[one.id]).find((one) => typeof one === "string" || typeof one === "number");

/** Where a step leads: [{path, to, field, word}]; `to` is empty where it must lead somewhere and does not yet. */
export function exitsOf(step, fields, path = [], word = "") {
  return (fields ?? []).flatMap((field) => exitsIn(step?.[field.id], field, [...path, field.id], word));
}

function exitsIn(value, field, path, word) {
  if (field.kind === "step") return value || !field.optional ? [{ path, to: value || "", field: field.id, word }] : [];
  if (field.kind === "group") return value ? exitsOf(value, field.fields, path, word) : [];
  if (field.kind === "list" && Array.isArray(value)) return value.flatMap((one, at) => exitsIn(one, field.item, [...path, at], field.item.kind === "group" ? String(wordOf(one, field.item.fields) ?? "") : ""));
  if (field.kind === "map" && value && typeof value === "object") return Object.entries(value).flatMap(([key, one]) => exitsIn(one, field.item, [...path, key], key));
  return [];
}

/** The names of a kind (prompt, queue, …) that a step gives. */
export function namesOf(step, fields, what) {
  const within = (value, field) => {
    if (field.kind === what) return value ? [value] : [];
    if (field.kind === "group") return value ? namesOf(value, field.fields, what) : [];
    if (field.kind === "list") return (Array.isArray(value) ? value : []).flatMap((one) => within(one, field.item));
    if (field.kind === "map") return Object.values(value ?? {}).flatMap((one) => within(one, field.item));
    return [];
  };
  return (fields ?? []).flatMap((field) => within(step?.[field.id], field));
}

/** The same value with another one at a path; undefined takes the key away. */
export function withAt(value, [first, ...rest], put) {
  if (first === undefined) return put;
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[first] = withAt(copy[first], rest, put);
  if (copy[first] === undefined && !Array.isArray(copy)) delete copy[first];
  return copy;
}

/** The path as the checker writes it: choices[2].next. */
export const written = (path) => path.map((one, at) => (typeof one === "number" ? `[${one}]` : at ? `.${one}` : one)).join("");
