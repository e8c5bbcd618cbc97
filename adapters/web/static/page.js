// What every part of the conversation's page shares: its data, its words, its requests.

export const page = document.body.dataset;
export const words = document.querySelector("template[data-words]").dataset;

/** Posts a form's data. Resolves to {ok, answer}; a lost connection is {ok: false, lost: true}. */
export async function post(url, data) {
  try {
    const response = await fetch(url, { method: "POST", body: data, headers: { accept: "application/json" } });
    const answer = await response.json().catch(() => ({}));
    return { ok: response.ok, status: response.status, answer };
  } catch {
    return { ok: false, lost: true, status: 0, answer: {} };
  }
}

/** What to tell a person about a post that failed. */
export function reason(result, lost) {
  if (result.lost || !result.answer.error) return lost;
  const reference = result.answer.reference && words.reference.replace("{reference}", result.answer.reference);
  return [result.answer.error, reference].filter(Boolean).join(" ");
}

/** A person's own storage in this browser; a browser that refuses it forgets. */
export const kept = {
  read(store, key) {
    try {
      return store.getItem(`cx.${page.viewer}.${key}`);
    } catch {
      return null;
    }
  },
  write(store, key, value) {
    try {
      if (value) store.setItem(`cx.${page.viewer}.${key}`, value);
      else store.removeItem(`cx.${page.viewer}.${key}`);
    } catch {
      // Full or forbidden: nothing depends on it.
    }
  },
};
