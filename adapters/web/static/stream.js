// The open line to the server: messages, news from other conversations, the clock.

import { showClock } from "./clock.js";
import { put, refresh } from "./log.js";
import { kept, page } from "./page.js";

const connection = document.querySelector("[data-connection]");
const menuDot = document.querySelector("[data-menu-dot]");
const PATIENCE = 1500;
const PAUSE = 4000;
let cursor = page.cursor;
let lost = 0;

function links() {
  return [...document.querySelectorAll(".side-link")];
}

function see(conversation, message) {
  if (message) kept.write(localStorage, `seen.${conversation}`, message);
}

function markNew(link, more) {
  const place = link.querySelector("[data-count]");
  if (more) place.textContent = String(Number(place.textContent || "0") + more);
  link.querySelector("[data-unread]").hidden = false;
  link.classList.add("has-new");
  menuDot.hidden = false;
}

function connected() {
  clearTimeout(lost);
  lost = 0;
  if (!connection.textContent) return;
  connection.textContent = connection.dataset.back;
  setTimeout(() => { if (!lost) connection.textContent = ""; }, 2500);
}

function disconnected() {
  lost ||= setTimeout(() => { connection.textContent = connection.dataset.lost; }, PATIENCE);
}

function open() {
  const source = new EventSource(`${page.base}/events?since=${encodeURIComponent(cursor)}`);
  const on = (name, act) => source.addEventListener(name, (event) => {
    if (event.lastEventId) cursor = event.lastEventId;
    act(JSON.parse(event.data));
  });
  on("message", (message) => {
    put(message);
    see(page.conversation, message.id);
  });
  on("notice", (notice) => {
    const link = links().find((each) => each.dataset.conversation === notice.conversation);
    if (link) markNew(link, 1);
  });
  on("clock", showClock);
  on("refresh", refresh);
  source.addEventListener("open", connected);
  source.addEventListener("error", () => {
    disconnected();
    // The browser comes back by itself after a break, but not after a refusal.
    if (source.readyState === EventSource.CLOSED) setTimeout(open, PAUSE);
  });
  window.addEventListener("pagehide", () => source.close(), { once: true });
}

export function startStream() {
  for (const link of links()) {
    const { conversation, latest } = link.dataset;
    if (conversation === page.conversation) see(conversation, latest);
    else if (latest && kept.read(localStorage, `seen.${conversation}`) !== latest) markNew(link, 0);
  }
  window.addEventListener("pageshow", (event) => { if (event.persisted) { refresh(); open(); } });
  open();
}
