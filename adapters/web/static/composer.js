// Writing a message: suggestions after "/cx", sending, and keeping every word until it has arrived.

import { openDialog, sayFailure } from "./acts.js";
import { addPending, arrivals, put, refresh, toEnd } from "./log.js";
import { kept, page, post, reason, words } from "./page.js";

const form = document.querySelector("[data-composer]");
const field = form.querySelector("textarea");
const working = document.querySelector("[data-working]");
const workingWords = document.querySelector("[data-working-words]");
const DRAFT = `draft.${page.conversation}`;
const UNSENT = `unsent.${page.conversation}`;
const SOON = 600;
const LONG = 2000;
let waiting = 0;

// ── sending ──

function unsent() {
  return JSON.parse(kept.read(sessionStorage, UNSENT) ?? "[]");
}

function remember(id, text) {
  const others = unsent().filter((each) => each.id !== id);
  kept.write(sessionStorage, UNSENT, JSON.stringify(text === null ? others : [...others, { id, text }]));
}

function pending(id, text) {
  const article = document.querySelector("template[data-pending]").content.firstElementChild.cloneNode(true);
  article.dataset.sent = id;
  article.querySelector("[data-text]").textContent = text;
  article.querySelector("[data-retry]").addEventListener("click", () => deliver(article, id, text));
  article.querySelector("[data-edit]").addEventListener("click", () => {
    field.value = field.value ? `${field.value}\n${text}` : text;
    remember(id, null);
    article.remove();
    changed();
    field.focus();
  });
  return article;
}

function failed(article, id, text, why) {
  // Once it is in the log, only the answer is missing; the same id asks for that again.
  const inLog = (message) => sayFailure(message.querySelector("[data-act-state]"), why, () => deliver(article, id, text));
  if (!article.isConnected) {
    const message = document.querySelector(`article[data-message][data-sent="${CSS.escape(id)}"]`);
    if (message) inLog(message);
    return;
  }
  arrivals.set(article, inLog);
  article.querySelector("[data-state]").textContent = words.failed;
  article.querySelector("[data-reason]").textContent = why;
  article.querySelector("[data-failed]").hidden = false;
  toEnd();
}

async function deliver(article, id, text) {
  article.querySelector("[data-failed]").hidden = true;
  remember(id, text);
  const data = new FormData();
  data.set("text", text);
  data.set("event_id", id);
  const done = progress();
  const result = await post(form.getAttribute("action"), data);
  done();
  if (!result.ok) {
    failed(article, id, text, reason(result, words.notSent));
    return;
  }
  remember(id, null);
  document.querySelector(`article[data-sent="${CSS.escape(id)}"] [data-act-state]`)?.replaceChildren();
  for (const message of result.answer.messages) put(message, { mineToo: true });
  if (article.isConnected) {
    article.remove();
    await refresh();
  }
  if (result.answer.form) openDialog(result.answer.form);
}

function progress() {
  waiting += 1;
  const timers = [
    setTimeout(() => { working.hidden = false; toEnd(); }, SOON),
    setTimeout(() => { workingWords.textContent = workingWords.dataset.still; }, LONG),
  ];
  return () => {
    timers.forEach(clearTimeout);
    waiting -= 1;
    if (waiting > 0) return;
    working.hidden = true;
    workingWords.textContent = "";
  };
}

function send() {
  const text = field.value.trim();
  if (!text) return;
  field.value = "";
  changed();
  sendText(text);
}

function sendText(text) {
  const id = crypto.randomUUID();
  const article = pending(id, text);
  addPending(article);
  deliver(article, id, text);
}

// ── suggestions ──

const box = form.querySelector("[data-suggestions]");
const list = box.querySelector("[role=listbox]");
const options = [...list.querySelectorAll("[role=option]")];
const count = form.querySelector("[data-suggestions-count]");
let shown = [];
let active = -1;

function wanted() {
  const text = field.value;
  if (/^\/(c|cx)?$/i.test(text)) return "";
  const command = /^\/cx\s+([^\n]*)$/i.exec(text);
  return command ? command[1].toLowerCase() : null;
}

function suggest() {
  const query = wanted();
  const parts = (query ?? "").split(/\s+/).filter(Boolean);
  shown = query === null ? [] : options.filter((option) => {
    const text = option.dataset.text.toLowerCase();
    const all = `${text} ${option.textContent.toLowerCase()}`;
    return text !== query.trim() && parts.every((part) => all.includes(part));
  });
  for (const option of options) option.hidden = !shown.includes(option);
  select(-1);
  const open = shown.length > 0;
  const wasHidden = box.hidden;
  box.hidden = !open;
  // As many as fit: a list that scrolls would need a mouse to be seen whole.
  while (shown.length > 1 && list.scrollHeight > list.clientHeight) shown.pop().hidden = true;
  if (open && wasHidden) {
    const text = shown.length === 1 ? count.dataset.one : count.dataset.many;
    count.textContent = text.replace("{count}", String(shown.length));
  }
  if (!open) count.textContent = "";
}

function select(index) {
  active = index;
  for (const option of options) option.setAttribute("aria-selected", "false");
  const option = shown[index];
  if (!option) {
    field.removeAttribute("aria-activedescendant");
    return;
  }
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", option.id);
}

function close() {
  shown = [];
  select(-1);
  box.hidden = true;
  count.textContent = "";
}

function take(option) {
  field.value = `/cx ${option.dataset.text}`;
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
  grow();
  kept.write(sessionStorage, DRAFT, field.value);
  close();
}

function key(event) {
  if (event.isComposing) return;
  const open = !box.hidden;
  if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    const first = step === 1 ? 0 : shown.length - 1;
    select(active < 0 ? first : (active + step + shown.length) % shown.length);
  } else if (open && event.key === "Escape") {
    event.preventDefault();
    close();
  } else if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    if (open && shown[active]) take(shown[active]);
    else send();
  }
}

// ── the field ──

function grow() {
  if (CSS.supports("field-sizing", "content")) return;
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}

function changed() {
  grow();
  kept.write(sessionStorage, DRAFT, field.value);
  suggest();
}

export function startComposer() {
  // What somebody typed before this script arrived stays.
  const early = field.value;
  field.value = early || (kept.read(sessionStorage, DRAFT) ?? "");
  if (early) changed();
  else grow();
  for (const { id, text } of unsent()) {
    const article = pending(id, text);
    addPending(article);
    failed(article, id, text, words.notSent);
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    close();
    send();
  });
  document.querySelector("[data-examples]")?.addEventListener("submit", (event) => {
    event.preventDefault();
    field.focus();
    sendText(event.submitter.value);
  });
  field.addEventListener("input", changed);
  field.addEventListener("keydown", key);
  field.addEventListener("blur", () => setTimeout(() => { if (document.activeElement !== field) close(); }, 120));
  field.addEventListener("focus", suggest);
  box.addEventListener("pointerdown", (event) => event.preventDefault());
  box.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) take(option);
  });
  if (matchMedia("(hover: hover)").matches && !location.hash) field.focus({ preventScroll: true });
}
