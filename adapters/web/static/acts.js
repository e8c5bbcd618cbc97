// Taps and forms inside messages: sent once per tap, shown at once, retried without losing a word.

import { announce, put, refresh } from "./log.js";
import { post, reason, words } from "./page.js";

const dialog = document.querySelector("[data-dialog]");
const SOON = 500;
const LONG = 2000;

function stateOf(form) {
  return (form.closest("article") ?? dialog).querySelector("[data-act-state]");
}

function say(place, text, bad = false) {
  place.textContent = text;
  place.classList.toggle("bad", bad);
}

/** Says at a message what went wrong, with a button that tries the same again (unless `again` is left out). */
export function sayFailure(place, text, again) {
  say(place, text, true);
  if (!again) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button plain";
  button.textContent = words.retry;
  button.addEventListener("click", again);
  place.append(" ", button);
}

async function send(form, data, button) {
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  button?.setAttribute("aria-busy", "true");
  const place = stateOf(form);
  say(place, "");
  const timers = [
    setTimeout(() => say(place, words.saving), SOON),
    setTimeout(() => say(place, words.slow), LONG),
  ];
  // Not form.action: a button called "action" hides it.
  const result = await post(form.getAttribute("action"), data);
  timers.forEach(clearTimeout);
  delete form.dataset.busy;
  button?.removeAttribute("aria-busy");
  if (!result.ok) {
    // The same data with the same id: if the first did arrive after all, this one changes nothing.
    const again = result.lost || result.status >= 500 ? () => send(form, data, button) : null;
    sayFailure(place, reason(result, words.notSaved), again);
    return;
  }
  say(place, "");
  if (dialog.contains(form)) dialog.close();
  for (const message of result.answer.messages) put(message, { mineToo: true });
  if (result.answer.form) openDialog(result.answer.form);
  else if (result.answer.messages.length === 0) await refresh();
}

/** Opens a form over the page; `form` has a title and its HTML. */
export function openDialog(form) {
  dialog.querySelector("[data-dialog-title]").textContent = form.title;
  dialog.querySelector("[data-dialog-body]").innerHTML = form.html;
  say(dialog.querySelector("[data-act-state]"), "");
  dialog.showModal();
  dialog.querySelector("textarea, input.input")?.focus();
}

function submitted(event) {
  const form = event.target.closest("form[data-act]");
  if (!form) return;
  event.preventDefault();
  const button = event.submitter ?? form.querySelector("button[name=action]");
  const data = new FormData(form, button);
  data.set("event_id", crypto.randomUUID());
  send(form, data, button);
}

function typing(event) {
  const limit = document.getElementById(event.target.getAttribute?.("aria-describedby") ?? "");
  if (!limit?.dataset.limit) return;
  const most = Number(limit.dataset.limit);
  limit.dataset.usual ??= limit.textContent;
  const left = most - event.target.value.length;
  const near = left <= Math.max(20, most / 20);
  limit.classList.toggle("near", near);
  limit.textContent = near ? words.left.replace("{count}", left.toLocaleString("en")) : limit.dataset.usual;
  if (near && left % 50 === 0) announce(limit.textContent);
}

function quickSend(event) {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  const form = event.target.form;
  if (form?.matches("form[data-act]")) form.requestSubmit(form.querySelector("button[name=action]"));
}

export function startActs() {
  document.addEventListener("submit", submitted);
  document.addEventListener("input", typing);
  document.addEventListener("keydown", quickSend);
  dialog.querySelector("[data-dialog-close]").addEventListener("click", () => dialog.close());
}
