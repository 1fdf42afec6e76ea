// The page of the service: asks what the form says, and keeps what was answered.

import { ranked, showAnswer } from "./answer.js";
import { call, Failure, hasKey } from "./api.js";
import { $, el, setShare } from "./dom.js";
import { flat, makeObject } from "./form.js";

const RECENT = 20;
const fields = new Map(); // by path
const recent = []; // entries { values, model, answer }, the newest first
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
  $("truth").replaceChildren(...ranked(entry.answer).map(([label]) => new Option(label, label)));
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

async function sendFeedback(event) {
  event.preventDefault();
  const entry = shown;
  const label = $("truth").value;
  const thanks = await feedback(entry.answer, label).catch(explain);
  if (entry === shown) $("thanks").textContent = thanks;
}

async function feedback({ request_id, model }, label) {
  const { matched, correct } = await call("feedback", { request_id, label, model });
  if (!matched) return "Noted, but the service no longer knows this request.";
  return `Thank you. Noted: ${correct ? "the answer was right." : `the right class is ${label}.`}`;
}

// --- Recent requests ----------------------------------------------------------------------------

function remember(entry) {
  recent.unshift(entry);
  recent.splice(RECENT);
  $("recent").replaceChildren(...recent.map((one) => el("li", {}, makeRecent(one))));
  $("history").hidden = false;
}

function makeRecent(entry) {
  const label = el("bdi", { className: "label", textContent: entry.answer.label });
  const share = setShare(el("data"), entry.answer.confidence);
  const text = el("bdi", { className: "text", textContent: summary(entry.values) });
  const button = el("button", { type: "button", className: "plain" });
  button.append(label, " ", share, " ", text);
  button.addEventListener("click", () => again(entry));
  return button;
}

function summary(values) {
  const names = form.members.filter(([, field]) => !field.isOption).map(([name]) => name);
  if (names.length === 1) return String(values[names[0]]).slice(0, 200);
  const given = names.filter((name) => values[name] != null);
  const parts = given.map((name) => `${name}: ${JSON.stringify(values[name])}`);
  return parts.join(", ").slice(0, 200);
}

function again(entry) {
  form.write(entry.values);
  $("model").value = entry.model;
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

async function start() {
  const [list, api] = await Promise.all([call("models"), call("openapi.json")]);
  const { schema } = api.paths["/predict"].post.requestBody.content["application/json"];
  form = makeObject(api, flat(api, schema), fields);
  for (const [, field] of form.members) {
    $(field.isOption ? "option-fields" : "fields").append(field.node);
  }
  $("options").hidden = !form.members.some(([, field]) => field.isOption);
  const names = list.models.map((model) => model.name);
  $("model").append(...names.map((name) => new Option(name, name)));
  $("model").value = list.default;
  $("model-field").hidden = names.length < 2;
  $("model").addEventListener("change", () => showCard(list.models));
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
