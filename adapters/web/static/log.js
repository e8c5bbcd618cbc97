// The messages: put in their place, replaced without losing what is being typed, read again when something was missed.

import { page, words } from "./page.js";

const scroller = document.querySelector("[data-scroll]");
const log = document.querySelector("[data-log]");
const announcer = document.querySelector("[data-announcer]");
const newer = document.querySelector("[data-newer]");
let wasAtEnd = true;

/** What to do with the stored message when it takes the place of one that was being sent. */
export const arrivals = new WeakMap();

export function atEnd() {
  return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;
}

export function toEnd() {
  scroller.scrollTop = scroller.scrollHeight;
  newer.hidden = true;
  wasAtEnd = true;
}

/** Shows the newest message with the question before it: the end, or the beginning of both where they do not fit. */
function reveal(article) {
  const room = scroller.clientHeight;
  let first = article;
  const before = article.previousElementSibling;
  if (before && !before.classList.contains("from-bot") && before.offsetHeight < room / 3) first = before;
  const top = first.getBoundingClientRect().top;
  if (article.getBoundingClientRect().bottom - top < room - 24) {
    toEnd();
    return;
  }
  scroller.scrollTop += top - scroller.getBoundingClientRect().top - 12;
  wasAtEnd = atEnd();
}

export function announce(text) {
  if (!text) return;
  announcer.textContent = "";
  // Two equal texts one after the other are only read when the first was gone in between.
  requestAnimationFrame(() => { announcer.textContent = text; });
}

function parsed(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content;
}

function typedInto(root) {
  const fields = [...root.querySelectorAll("textarea[id], input.input[id]")];
  return fields
    .filter((field) => field.value !== field.defaultValue || field === document.activeElement)
    .map((field) => ({
      id: field.id,
      name: field.name,
      value: field.value,
      active: field === document.activeElement,
      from: field.selectionStart,
      to: field.selectionEnd,
    }));
}

function typeAgain(root, typed) {
  for (const was of typed) {
    const field = root.querySelector(`#${CSS.escape(was.id)}`);
    if (!field || field.name !== was.name) continue;
    field.value = was.value;
    if (was.active) {
      field.focus({ preventScroll: true });
      field.setSelectionRange(was.from, was.to);
    }
  }
}

function replace(old, fresh) {
  const hadFocus = old.contains(document.activeElement);
  const typed = typedInto(old);
  old.replaceWith(fresh);
  typeAgain(fresh, typed);
  if (hadFocus && !fresh.contains(document.activeElement)) fresh.focus({ preventScroll: true });
}

function markDay(article, label, place = null) {
  const marks = log.querySelectorAll("[data-day-mark]");
  const last = marks[marks.length - 1];
  if (last && last.dataset.dayMark === article.dataset.day) return;
  const mark = document.createElement("p");
  mark.className = "day";
  mark.dataset.dayMark = article.dataset.day;
  const text = document.createElement("span");
  text.textContent = label;
  mark.append(text);
  log.insertBefore(mark, place);
}

/** Puts a message where it belongs: over itself, over what this page sent, or at the end. */
export function put(message, { mineToo = false } = {}) {
  const fresh = parsed(message.html).querySelector("article");
  const old = document.getElementById(fresh.id);
  if (old && old.dataset.revision === fresh.dataset.revision) return;
  const stay = atEnd();
  const sent = message.sent && log.querySelector(`.sending[data-sent="${CSS.escape(message.sent)}"]`);
  if (old) replace(old, fresh);
  else if (sent) {
    markDay(fresh, message.dayLabel, sent);
    replace(sent, fresh);
    arrivals.get(sent)?.(fresh);
  } else {
    log.querySelector("[data-empty]")?.remove();
    markDay(fresh, message.dayLabel);
    fresh.classList.add("arrived");
    // What is still being sent stays last.
    log.append(fresh, ...log.querySelectorAll(".sending"));
  }
  announce(message.said);
  if (old && mineToo) fresh.scrollIntoView({ block: "nearest" });
  else if (stay || mineToo) reveal(fresh);
  else if (!old && !sent && !fresh.classList.contains("mine")) newer.hidden = false;
}

export function addPending(article) {
  log.querySelector("[data-empty]")?.remove();
  log.append(article);
  toEnd();
}

/** Reads the log again; what is being sent or typed stays. */
export async function refresh() {
  const response = await fetch(`${page.base}/messages`).catch(() => null);
  if (!response || !response.ok) return;
  const stay = atEnd();
  const typed = typedInto(log);
  const fresh = parsed(await response.text());
  if (!fresh.querySelector("article")) return;
  const pending = [...log.querySelectorAll(".sending")].filter(
    (each) => !fresh.querySelector(`[data-sent="${CSS.escape(each.dataset.sent)}"]`),
  );
  log.replaceChildren(fresh, ...pending);
  typeAgain(log, typed);
  if (stay) toEnd();
}

async function showEarlier(event) {
  const link = event.target.closest("[data-earlier] a");
  if (!link) return;
  event.preventDefault();
  const before = new URL(link.href).searchParams.get("before");
  const response = await fetch(`${page.base}/messages?before=${encodeURIComponent(before)}`).catch(() => null);
  if (!response || !response.ok) return;
  const more = parsed(await response.text());
  const marks = more.querySelectorAll("[data-day-mark]");
  const lastDay = marks[marks.length - 1]?.dataset.dayMark;
  const first = more.querySelector("article:last-of-type");
  link.closest("[data-earlier]").remove();
  const firstMark = log.querySelector("[data-day-mark]");
  if (firstMark && firstMark.dataset.dayMark === lastDay) firstMark.remove();
  const height = scroller.scrollHeight;
  log.prepend(more);
  scroller.scrollTop += scroller.scrollHeight - height;
  first?.focus({ preventScroll: true });
}

function pictureFailed(event) {
  const picture = event.target;
  if (!(picture instanceof HTMLImageElement) || !picture.closest(".chart")) return;
  const text = document.createElement("p");
  text.className = "chart-words";
  text.textContent = `${words.chart} ${picture.alt}`;
  picture.closest("a").replaceWith(text);
}

export function startLog() {
  scroller.addEventListener("scroll", () => {
    wasAtEnd = atEnd();
    if (wasAtEnd) newer.hidden = true;
  }, { passive: true });
  newer.addEventListener("click", () => {
    toEnd();
    log.querySelector("article:last-of-type")?.focus({ preventScroll: true });
  });
  log.addEventListener("click", showEarlier);
  log.addEventListener("error", pictureFailed, true);
  // A picture that arrives late, or a keyboard that opens, must not push the newest message out of sight.
  new ResizeObserver(() => { if (wasAtEnd) toEnd(); }).observe(log);
  new ResizeObserver(() => { if (wasAtEnd) toEnd(); }).observe(scroller);
  for (const picture of log.querySelectorAll(".chart img")) {
    if (picture.complete && picture.naturalWidth === 0) pictureFailed({ target: picture });
  }
  const linked = location.hash && document.getElementById(location.hash.slice(1));
  const newest = [...log.querySelectorAll("article")].pop();
  if (linked && log.contains(linked)) linked.scrollIntoView({ block: "nearest" });
  else if (newest) reveal(newest);
}
