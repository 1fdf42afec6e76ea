// From the schema of a request to the fields of a form; nothing here knows a task.
//
// A field has: node, read() (undefined: leave it out), write(value). An object has members too,
// any other field a control and complain(message).

import { el } from "./dom.js";

const FEW_LEVELS = 12;

// One flat schema: references followed, `anyOf: [x, null]` folded into `nullable`.
export function flat(api, schema) {
  const { $ref, allOf = [], anyOf = [], ...own } = schema;
  const isNull = (part) => part.type === "null";
  const target = $ref ? [$ref.slice(2).split("/").reduce((node, name) => node[name], api)] : [];
  const parts = [...target, ...allOf, ...anyOf.filter((part) => !isNull(part))];
  const merged = Object.assign({}, ...parts.map((part) => flat(api, part)), own);
  const types = [merged.type].flat();
  return {
    ...merged,
    type: types.find((type) => type !== "null"),
    nullable: Boolean(merged.nullable) || anyOf.some(isNull) || types.includes("null"),
  };
}

// `fields` gets every control's field by the path that errors name, such as `cabin.deck`.
export function makeObject(api, schema, fields, path = "") {
  const members = Object.entries(schema.properties).map(([name, part]) => {
    const place = path ? `${path}.${name}` : name;
    const required = schema.required?.includes(name) ?? false;
    return [name, makeField(api, flat(api, part), fields, place, required)];
  });
  return {
    members,
    read: () => Object.fromEntries(members.map(([name, field]) => [name, field.read()])),
    write: (values) => members.forEach(([name, field]) => field.write(values?.[name])),
  };
}

function makeField(api, schema, fields, path, required) {
  const title = schema.title ?? path.split(".").at(-1).replaceAll("_", " ");
  const isOption = schema["x-gatehouse-role"] === "option";
  if (schema.type === "object" && schema.properties) {
    const object = makeObject(api, schema, fields, path);
    const nodes = object.members.map(([, field]) => field.node);
    const inner = el("div", { className: "fields" }, ...nodes);
    return { ...object, isOption, node: el("fieldset", {}, el("legend", {}, title), inner) };
  }
  const field = { ...makeControl(schema, required), isOption };
  const mark = required || isOption || isCheckbox(field.control) ? "" : " (optional)";
  Object.assign(field, frame(field, path, title, mark, schema.description ?? ""));
  field.control.required = required && !isCheckbox(field.control);
  // The page is for people, and they want to know why.
  field.write(path === "explain" ? true : (schema.default ?? schema.examples?.[0]));
  fields.set(path, field);
  return field;
}

const isCheckbox = (control) => control.type === "checkbox";

// Puts label, hint and error around a control, and ties them to it for screen readers.
function frame({ control, suggestions }, path, title, mark, description) {
  const id = `field-${path}`;
  const label = el("label", { htmlFor: id }, title);
  label.append(el("span", { className: "muted", textContent: mark }));
  const hint = el("p", { className: "hint", id: `${id}-hint`, textContent: description });
  const error = el("p", { className: "error", id: `${id}-error` });
  Object.assign(control, { id, name: path });
  control.setAttribute("aria-describedby", `${hint.id} ${error.id}`);
  const parts = isCheckbox(control) ? [control, label] : [label, control];
  const node = el("div", { className: `field ${control.type}` }, ...parts, hint, error);
  if (suggestions) {
    suggestions.id = `${id}-levels`;
    control.setAttribute("list", suggestions.id);
    node.append(suggestions);
  }
  const complain = (message) => {
    error.textContent = message;
    control.setAttribute("aria-invalid", String(Boolean(message)));
  };
  return { node, complain };
}

// Columns of a table say more of themselves than their JSON type.
const kinds = {
  category: (schema, required) => makeLevels(schema, required),
  date: (schema) => makeDate(schema),
  text: (schema, required) => makeText(schema, required, true),
};

function makeControl(schema, required) {
  const make = kinds[schema["x-gatehouse-kind"]];
  if (make) return make(schema, required);
  const isChoice = schema.enum || (schema.type === "boolean" && schema.nullable);
  if (isChoice) return makeSelect(schema, required);
  if (schema.type === "boolean") return makeCheckbox();
  const isNumber = schema.type === "number" || schema.type === "integer";
  return isNumber ? makeNumber(schema) : makeText(schema, required, required);
}

const empty = (schema) => (schema.nullable ? null : undefined);

function makeCheckbox() {
  const control = el("input", { type: "checkbox" });
  const write = (value) => (control.checked = value ?? false);
  return { control, read: () => control.checked, write };
}

function makeNumber(schema) {
  const control = el("input", { type: "number", inputMode: "decimal" });
  control.min = schema.minimum ?? schema.exclusiveMinimum ?? "";
  control.max = schema.maximum ?? schema.exclusiveMaximum ?? "";
  control.step = schema.multipleOf ?? (schema.type === "integer" ? 1 : "any");
  return {
    control,
    read: () => (control.value === "" ? empty(schema) : Number(control.value)),
    write: (value) => (control.value = value ?? ""),
  };
}

// The zone that a date may have can't be put into the browser's own field.
function makeDate(schema) {
  const hasTime = schema.examples?.[0]?.includes("T");
  const control = el("input", { type: hasTime ? "datetime-local" : "date" });
  if (hasTime) control.step = 1;
  return {
    control,
    read: () => control.value || empty(schema),
    write: (value) => (control.value = value ?? ""),
  };
}

// Few levels are chosen from, many suggested: a model answers about others, too.
function makeLevels(schema, required) {
  const levels = schema["x-gatehouse-levels"];
  if (levels.length && levels.length <= FEW_LEVELS) {
    return makeSelect({ ...schema, enum: levels }, required);
  }
  const options = levels.map((value) => el("option", { value }));
  return { ...makeText(schema, required, false), suggestions: el("datalist", {}, ...options) };
}

function makeText(schema, required, isLong) {
  const control = isLong ? el("textarea", { rows: 3 }) : el("input", { type: "text" });
  control.dir = "auto";
  return {
    control,
    read: () => (control.value || required ? control.value : empty(schema)),
    write: (value) => (control.value = value ?? ""),
  };
}

function makeSelect(schema, required) {
  const choices = (schema.enum ?? [true, false]).filter((choice) => choice !== null);
  const nameOf = (choice) => (choice === true ? "Yes" : choice === false ? "No" : choice);
  const options = choices.map((choice, at) => new Option(nameOf(choice), at));
  const none = new Option(required && !schema.nullable ? "Choose…" : "Not given", "");
  const control = el("select", {}, none, ...options);
  return {
    control,
    read: () => (control.value === "" ? empty(schema) : choices[control.value]),
    write: (value) => (control.value = choices.includes(value) ? choices.indexOf(value) : ""),
  };
}
