// The start page: finding a person as one types.

import { startClock } from "./clock.js";

const form = document.querySelector("[data-search]");
const field = form.querySelector("input");
const people = document.querySelector("[data-people]");
const found = document.querySelector("[data-found]");
let asked = 0;
let timer = 0;

async function search() {
  const mine = ++asked;
  const query = new URLSearchParams({ q: field.value, part: "people" });
  try {
    const response = await fetch(`/?${query}`);
    if (!response.ok || mine !== asked) return;
    people.innerHTML = await response.text();
    // Somebody is found by a search; the whole list is not read out.
    found.textContent = field.value.trim() ? counted(people.querySelectorAll("[data-person]").length) : "";
    for (const chip of document.querySelectorAll(".chip[aria-current]")) chip.removeAttribute("aria-current");
  } catch {
    form.classList.remove("live");
  }
}

function counted(count) {
  if (count === 0) return found.dataset.none;
  return count === 1 ? found.dataset.one : found.dataset.many.replace("{count}", String(count));
}

form.classList.add("live");
field.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(search, 120);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  search();
});
startClock();
