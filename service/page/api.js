// Talking to the service.

import { $ } from "./dom.js";

const GONE = "The service does not answer. Check that it runs, then try again.";
let key = ""; // in memory only

// What a person can be told; `field` is the path of the offending part of the request.
export class Failure extends Error {
  constructor({ message, field = null, request_id: id = null }) {
    super(message);
    this.field = field;
    this.id = id;
  }
}

const json = (response) => response.json().catch(() => null);

// Whether links need our help, since a browser that follows one sends no key.
export const hasKey = () => key !== "";

// GET, or POST if there is a body; asks for a key as often as the service wants one.
export async function call(path, body, signal, read = json) {
  for (;;) {
    const response = await send(path, body, signal);
    const answer = await (response.ok ? read : json)(response);
    if (response.ok && answer) return answer;
    const message = `The service answered with status ${response.status}.`;
    const error = answer?.error ?? { message };
    if (response.status !== 401) throw new Failure(error);
    await askForKey(error.message);
  }
}

async function send(path, body, signal) {
  const headers = { accept: "application/json" };
  if (key) headers.authorization = `Bearer ${key}`;
  if (body) headers["content-type"] = "application/json";
  const method = body ? "POST" : "GET";
  try {
    return await fetch(path, { method, headers, body: body && JSON.stringify(body), signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure({ message: GONE });
  }
}

// Resolves once a key was entered.
function askForKey(message) {
  const before = document.activeElement;
  $("key").hidden = false;
  $("key-error").textContent = message;
  $("key-input").focus();
  return new Promise((resolve) => {
    const use = (event) => {
      event.preventDefault();
      key = $("key-input").value;
      $("key").hidden = true;
      before.focus();
      resolve();
    };
    $("key").addEventListener("submit", use, { once: true });
  });
}
