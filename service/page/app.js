// The page of the service: asks what the form says, and keeps what was answered.

import { isQuantity, ranked, said, setSureness, showAnswer } from "./answer.js";
import { call, Failure, hasKey } from "./api.js";
import { $, el, quantity } from "./dom.js";
import { flat, makeObject } from "./form.js";

const RECENT = 20;
const fields = new Map(); // by path
const recent = []; // entries { values, model, answer }, the newest first
let api = null; // the OpenAPI document
let form = null;
let shown = null; // the entry in view
let pending = new AbortController();

// --- Asking -------------------------------------------------------------------------------------

async function predict(event) {
  event.preventDefault();
  clearFailures();
  const unread = [...fields.values()].find((field) => field.control.validity.badInput);
  if (unread) return complain(unread, "This is not a number.");
  pending.abort(); // the newest request wins
  pending = new AbortController();
  await ask(pending.signal);
}

async function ask(signal) {
  const values = form.read();
  const model = $("model").value;
  const path = $("model").length > 1 ? `predict/${encodeURIComponent(model)}` : "predict";
  $("answer").setAttribute("aria-busy", "true");
  $("announcement").textContent = "";
  try {
    const entry = { values, model, answer: await call(path, values, signal) };
    remember(entry);
    show(entry);
    $("verdict").scrollIntoView({ block: "nearest" });
  } catch (error) {
    if (!signal.aborted) fail(error);
  }
  if (!signal.aborted) $("answer").setAttribute("aria-busy", "false");
}

function show(entry) {
  shown = entry;
  showAnswer(entry.answer, entry.values.explain);
  showTruth(entry.answer);
  $("thanks").textContent = "";
}

// --- Failures -----------------------------------------------------------------------------------

function explain(failure) {
  if (!(failure instanceof Failure)) throw failure;
  return failure.id ? `${failure.message} (request ${failure.id})` : failure.message;
}

function fail(failure) {
  const message = explain(failure);
  const field = fields.get(failure.field);
  if (field) complain(field, failure.message);
  else $("failure").textContent = message;
}

function complain(field, message) {
  field.complain(message);
  if (field.isOption) $("options").open = true;
  field.control.focus();
}

function clearFailures() {
  $("failure").textContent = "";
  fields.forEach((field) => field.complain(""));
}

// --- Feedback -----------------------------------------------------------------------------------

function showTruth(answer) {
  $("true-class").hidden = isQuantity(answer);
  $("true-quantity").hidden = !isQuantity(answer);
  $("truth-value").value = "";
  const labels = isQuantity(answer) ? [] : ranked(answer);
  $("truth").replaceChildren(...labels.map(([label]) => new Option(label, label)));
}

async function sendFeedback(event) {
  event.preventDefault();
  const entry = shown;
  const thanks = await feedback(entry.answer).catch(explain);
  if (entry === shown) $("thanks").textContent = thanks;
}

async function feedback({ request_id, model, value }) {
  const known = value !== undefined;
  if (known && $("truth-value").value === "") return "Give the right value first.";
  const truth = known ? { value: Number($("truth-value").value) } : { label: $("truth").value };
  const { matched, correct, error } = await call("feedback", { request_id, model, ...truth });
  if (!matched) return "Noted, but the service no longer knows this request.";
  if (known) return `Thank you. Noted: the answer was off by ${quantity(error)}.`;
  const verdict = correct ? "the answer was right." : `the right class is ${truth.label}.`;
  return `Thank you. Noted: ${verdict}`;
}

// --- Recent requests ----------------------------------------------------------------------------

function remember(entry) {
  recent.unshift(entry);
  recent.splice(RECENT);
  $("recent").replaceChildren(...recent.map((one) => el("li", {}, makeRecent(one))));
  $("history").hidden = false;
}

function makeRecent(entry) {
  const label = el("bdi", { className: "label", textContent: said(entry.answer) });
  const share = setSureness(el("data"), entry.answer);
  const text = el("bdi", { className: "text", textContent: summary(entry.values) });
  const button = el("button", { type: "button", className: "plain" });
  button.append(label, " ", share, " ", text);
  button.addEventListener("click", () => again(entry));
  return button;
}

function summary(values) {
  const names = form.members.filter(([, field]) => !field.isOption).map(([name]) => name);
  const only = names.length === 1 ? values[names[0]] : null;
  if (typeof only === "string") return only.slice(0, 200);
  const pairs = only ? Object.entries(only) : names.map((name) => [name, values[name]]);
  const given = pairs.filter(([, value]) => value != null);
  const parts = given.map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return parts.join(", ").slice(0, 200);
}

function again(entry) {
  $("model").value = entry.model;
  $("model").dispatchEvent(new Event("change")); // it may take other values
  form.write(entry.values);
  clearFailures();
  show(entry);
  $("answer-title").focus();
}

// --- The model card -----------------------------------------------------------------------------

function showCard(models) {
  const { name, card_sha256: card } = models.find((model) => model.name === $("model").value);
  $("card").hidden = !card;
  $("card").href = `model/card/${encodeURIComponent(name)}`;
}

// A link sends no key: then the card comes as a file.
async function saveCard(event) {
  if (!hasKey()) return;
  event.preventDefault();
  const page = await call($("card").href, null, undefined, (response) => response.blob());
  const href = URL.createObjectURL(page);
  el("a", { href, download: `${$("model").value}-card.html` }).click();
  URL.revokeObjectURL(href);
}

// --- Start --------------------------------------------------------------------------------------

// The form of the chosen model; what is filled in stays where it takes the same request.
function makeForm() {
  const path = api.paths[`/predict/${$("model").value}`] ?? api.paths["/predict"];
  const { schema } = path.post.requestBody.content["application/json"];
  if (form && schema.$ref === form.ref) return;
  fields.clear();
  form = { ...makeObject(api, flat(api, schema), fields), ref: schema.$ref };
  const nodesOf = (wanted) =>
    form.members.filter(([, field]) => field.isOption === wanted).map(([, field]) => field.node);
  $("fields").replaceChildren(...nodesOf(false));
  $("option-fields").replaceChildren(...nodesOf(true));
  $("options").hidden = !nodesOf(true).length;
}

async function start() {
  const list = await call("models");
  api = await call("openapi.json");
  const names = list.models.map((model) => model.name);
  $("model").append(...names.map((name) => new Option(name, name)));
  $("model").value = list.default;
  $("model-field").hidden = names.length < 2;
  $("model").addEventListener("change", () => {
    clearFailures();
    makeForm();
    showCard(list.models);
  });
  makeForm();
  showCard(list.models);
  $("served").textContent = names.join(", ");
  document.title = `${list.default} · Gatehouse`;
  $("loading").hidden = true;
  $("workspace").hidden = false;
}

$("request").addEventListener("submit", predict);
$("request").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault(); // else a focused button submits once more
  $("request").requestSubmit();
});
$("feedback").addEventListener("submit", sendFeedback);
$("card").addEventListener("click", (event) => saveCard(event).catch(fail));

try {
  await start();
} catch (failure) {
  const again = el("a", { href: "", textContent: "Try again" });
  $("loading").replaceChildren(explain(failure), " ", again);
}
