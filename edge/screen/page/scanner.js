// A scanner types like a keyboard and ends with Enter, wherever the page is. What was typed until Enter is asked of the
// agent (`scan`): a code goes to whoever takes it, and a field that a person typed in keeps its text. The camera and a
// scanner on a serial line come in by `heard` as well.

import { ask } from "./api.js";
import { app, attempt, open, say } from "./app.js";
import { t } from "./words.js";

const SHORTEST = 4;
const PAUSE_MS = 1500; // a person's typing of before is no part of a code
let typed = "";
let last = 0;
const takers = [];

// A taker is asked with each code: true where it took it. The newest one first.
export function take(taker) {
  takers.unshift(taker);
}

export function listenToKeys(typedHere) {
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      const now = event.timeStamp;
      if (now - last > PAUSE_MS) typed = "";
      last = now;
      const field = event.target.closest?.("input, textarea");
      if (event.key === "Enter") {
        const text = typed;
        typed = "";
        if (text.length < SHORTEST) return;
        event.preventDefault(); // a button that has the focus is not pressed by a code
        heard(text, field);
      } else if (event.key.length === 1) {
        typed += event.key;
        if (!field) typedHere(event.key);
      }
    },
    true,
  );
}

// A code was read. `field`: the input that has it as well, which is cleared again where it does not belong there.
export async function heard(text, field = null) {
  const name = field?.dataset.field ?? "";
  const code = await attempt(() => ask("scan", { text, field: "" }));
  if (!code) return;
  if (field && code.kind === "text") return;
  if (field) {
    field.value = field.value.endsWith(text) ? field.value.slice(0, -text.length) : field.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  for (const taker of takers) if (taker(code, name)) return;
  if (code.sample) open({ name: "sample", key: code.sample.key });
  else say(t("scan.unknown", { text: code.text }), "error");
}

export function takeForPlace(place, taker) {
  take((code, field) => app.place === place && !app.sheet && taker(code, field));
}
