// The clock on top of every page: shows the demo's time, and moves it.

const state = document.querySelector("[data-clock-state]");

/** Shows what the server says the clock is; `moment` has the texts by name. */
export function showClock(moment) {
  for (const place of document.querySelectorAll("[data-clock]")) {
    const text = moment[place.dataset.clock];
    if (!text) continue;
    if (place instanceof HTMLInputElement) {
      if (document.activeElement !== place) place.value = text;
    } else if (place.textContent !== text) {
      place.textContent = text;
    }
  }
}

function say(text, bad = false) {
  state.textContent = text;
  state.classList.toggle("bad", bad);
}

async function move(form, submitter) {
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  say(state.dataset.moving);
  try {
    const response = await fetch(form.getAttribute("action"), {
      method: "POST",
      body: new FormData(form, submitter),
      headers: { accept: "application/json" },
    });
    const answer = await response.json();
    if (response.ok) {
      showClock(answer.clock);
      say(state.dataset.moved);
    } else {
      say([answer.error, answer.reference].filter(Boolean).join(" "), true);
    }
  } catch {
    say(state.dataset.failed, true);
  } finally {
    delete form.dataset.busy;
  }
}

export function startClock() {
  for (const form of document.querySelectorAll("[data-clock-form]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      move(form, event.submitter);
    });
  }
  document.getElementById("clock")?.addEventListener("toggle", () => say(""));
}
