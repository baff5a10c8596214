// Parts that several views share: buttons, verdicts, receipts, times, keys to type with a finger.

import { h } from "./dom.js";
import { language, t, verdictName } from "./words.js";

export function button(text, onclick, props = {}) {
  return h("button", { type: "button", ...props, onclick }, text);
}

const SHAPES = { pass: "✓", fail: "✕", suspect: "?", invalid: "⊘", undetermined: "–" };

// A shape, a word and a colour: never a colour alone.
export function verdict(code) {
  return h("span", { class: `verdict ${code}` }, h("b", { class: "shape", "aria-hidden": true }, SHAPES[code] ?? "–"), verdictName(code));
}

const RECEIPTS = { received: "✓", waiting: "…", refused: "!" };
export function receipt(state, why = "") {
  if (!state) return "";
  return h("span", { class: `receipt ${state}`, title: why || false }, h("b", { "aria-hidden": true }, RECEIPTS[state]), t(`receipt.${state}`));
}

export function value(result) {
  const said = result.value_text || (result.value === null ? "" : String(result.value));
  return said ? `${said} ${result.unit}`.trim() : "";
}

let zone = "Asia/Shanghai";
export function setZone(name) {
  zone = name;
}

export function clock(moment, withSeconds = false) {
  const options = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone, ...(withSeconds ? { second: "2-digit" } : {}) };
  return new Intl.DateTimeFormat("en-GB", options).format(new Date(moment));
}

export function day(moment) {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: zone }).format(new Date(moment));
}

export function since(moment) {
  return day(moment) === day(Date.now()) ? clock(moment) : `${day(moment).slice(5)} ${clock(moment)}`;
}

export function span(ms) {
  const minutes = Math.max(0, Math.round(ms / 60000));
  return t("span", { h: Math.floor(minutes / 60), m: String(minutes % 60).padStart(2, "0") });
}

const ROWS = ["1234567890", "QWERTYUIOP", "ASDFGHJKL-", "ZXCVBNM."];
export function keys(press) {
  return h(
    "div",
    { class: "keys" },
    ROWS.map((row, place) =>
      h("div", {}, [...row].map((letter) => button(letter, () => press(letter), { key: letter })), place === 3 ? [
        button(t("keys.space"), () => press(" "), { key: "space", class: "wide" }),
        button("⌫", () => press("back"), { key: "back", class: "wide", "aria-label": t("keys.back") }),
      ] : []),
    ),
  );
}

export function pad(press, more = ".") {
  return h("div", { class: "pad" }, [..."123456789", more, "0"].map((digit) => (digit ? button(digit, () => press(digit), { key: digit }) : h("span", { key: "none" }))), button("⌫", () => press("back"), { "aria-label": t("keys.back") }));
}

export function typedInto(text, key) {
  return key === "back" ? text.slice(0, -1) : text + key;
}

export function isChinese() {
  return language === "zh";
}
