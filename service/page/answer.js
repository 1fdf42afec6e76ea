// Shows an answer: the class and all probabilities, or the quantity, and what counted.

import { $, el, percent, quantity, setShare, signed } from "./dom.js";

const TERMS = 15;

export function showAnswer(answer, wantsExplanation) {
  $("empty").hidden = true;
  $("result").hidden = false;
  $("label").textContent = said(answer);
  setSureness($("confidence"), answer);
  $("announcement").textContent = `${said(answer)}, ${sureness(answer)}`;
  $("shares").hidden = isQuantity(answer);
  if (!isQuantity(answer)) showBars(answer);
  showWarnings(answer.warnings ?? []);
  showExplanation(answer.explanation, wantsExplanation);
  $("fact-model").textContent = answer.model;
  $("fact-version").textContent = answer.model_version;
  $("fact-latency").textContent = `${answer.latency_ms} ms`;
  $("fact-id").textContent = answer.request_id;
}

export const isQuantity = (answer) => answer.value !== undefined;

export const said = (answer) => (isQuantity(answer) ? quantity(answer.value) : answer.label);

// How sure the model is: a probability, or where the quantity lies for most rows.
function sureness({ confidence, interval }) {
  if (confidence !== undefined) return percent(confidence);
  if (!interval) return "";
  return `${quantity(interval.low)} to ${quantity(interval.high)} (${percent(interval.coverage)})`;
}

export function setSureness(node, answer) {
  if (!isQuantity(answer)) return setShare(node, answer.confidence);
  node.value = answer.value;
  node.textContent = sureness(answer);
  return node;
}

function showWarnings(warnings) {
  $("warnings").hidden = !warnings.length;
  $("warnings").replaceChildren(...warnings.map((line) => el("li", { textContent: line })));
}

// Labels and their probabilities, the most probable first.
export const ranked = (answer) =>
  Object.entries(answer.probabilities).sort((a, b) => b[1] - a[1]);

function showBars(answer) {
  const named = new Set(answer.top_predictions.map((prediction) => prediction.label));
  const rows = ranked(answer).map(([label, share]) => {
    const bar = el("span", { className: "bar" });
    bar.style.setProperty("--share", share);
    const number = setShare(el("data"), share);
    const className = named.has(label) ? "named" : "";
    return el("li", { className }, el("bdi", { textContent: label }), bar, number);
  });
  $("bars").replaceChildren(...rows);
}

function showExplanation(explanation, wanted) {
  $("why").hidden = !explanation && !wanted;
  $("why-label").textContent = explanation?.label ?? "";
  const all = explanation?.members ?? [];
  const nodes = all.map((member, at) => makeMember(member, at, all.length));
  const none = "This model can\u2019t tell what counted.";
  $("members").replaceChildren(...(nodes.length ? nodes : [none]));
}

function makeMember(member, at, count) {
  const node = el("div", { className: "member" });
  if (count > 1) node.append(el("h4", {}, `Part ${at + 1} of ${count}, weight ${member.weight}`));
  const sides = [
    ["For it", "for", member.contributions.filter((term) => term.contribution > 0)],
    ["Against it", "against", member.contributions.filter((term) => term.contribution < 0)],
  ];
  const strongest = Math.max(...member.contributions.map((term) => Math.abs(term.contribution)));
  for (const [title, side, terms] of sides) {
    if (terms.length) node.append(makeSide(title, side, terms, strongest));
  }
  if (!member.contributions.length) node.append("The model knows no term of it.");
  node.append(el("p", { className: "hint", textContent: balance(member) }));
  return node;
}

const total = (terms) => terms.reduce((sum, term) => sum + term.contribution, 0);

function balance(member) {
  const sum = signed(total(member.contributions));
  return `Start ${signed(member.intercept)}, sum ${sum}: score ${signed(member.score)}`;
}

// The strongest terms one by one, the rest as one sum, so that a long text stays readable.
function makeSide(title, side, terms, strongest) {
  const items = terms.slice(0, TERMS).map((term) => makeTerm(term, strongest));
  const rest = terms.slice(TERMS);
  const sum = `${rest.length} weaker ones: ${signed(total(rest))}`;
  if (rest.length) items.push(el("li", { className: "rest" }, sum));
  const list = el("ul", { className: "terms" }, ...items);
  return el("div", { className: side }, el("h4", {}, title), list);
}

function makeTerm({ term, contribution }, strongest) {
  const number = el("data", { value: contribution, textContent: signed(contribution) });
  const item = el("li", {}, el("bdi", { textContent: term }), " ", number);
  item.style.setProperty("--share", Math.abs(contribution) / strongest);
  return item;
}
