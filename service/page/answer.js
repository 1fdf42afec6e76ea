// Shows an answer: the class, all probabilities, and which terms counted.

import { $, el, percent, setShare, signed } from "./dom.js";

const TERMS = 15;

export function showAnswer(answer, wantsExplanation) {
  $("empty").hidden = true;
  $("result").hidden = false;
  $("label").textContent = answer.label;
  setShare($("confidence"), answer.confidence);
  $("announcement").textContent = `${answer.label}, ${percent(answer.confidence)}`;
  showBars(answer);
  showExplanation(answer.explanation, wantsExplanation);
  $("fact-model").textContent = answer.model;
  $("fact-version").textContent = answer.model_version;
  $("fact-latency").textContent = `${answer.latency_ms} ms`;
  $("fact-id").textContent = answer.request_id;
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
  const none = "This model can\u2019t tell which terms counted.";
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
  const terms = signed(total(member.contributions));
  return `Start ${signed(member.intercept)}, terms ${terms}: score ${signed(member.score)}`;
}

// The strongest terms one by one, the rest as one sum, so that a long text stays readable.
function makeSide(title, side, terms, strongest) {
  const items = terms.slice(0, TERMS).map((term) => makeTerm(term, strongest));
  const rest = terms.slice(TERMS);
  const sum = `${rest.length} weaker terms: ${signed(total(rest))}`;
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
