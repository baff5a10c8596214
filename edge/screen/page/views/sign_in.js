// Who is at the screen: a name, then the PIN on large keys. The PIN goes to the server once and is kept nowhere.

import { send } from "../api.js";
import { app, attempt, draw, open, say } from "../app.js";
import { h } from "../dom.js";
import { button, pad, typedInto } from "../parts.js";
import { take } from "../scanner.js";
import { t } from "../words.js";

let chosen = null;
let pin = "";

async function signIn(one, typed) {
  try {
    const session = await send("/api/session", { code: one.code, pin: typed });
    app.session = { ...app.session, ...session };
    chosen = null;
    open(app.sheet?.back ?? null);
  } catch (error) {
    const name = ["too_many_tries", "wrong_pin"].includes(error.reason) ? error.reason : "away";
    say(t(`refused.${name}`, { n: error.facts?.wait_s ?? "" }), "error");
  }
  pin = "";
  draw();
}

export async function signOut() {
  const session = await attempt(() => send("/api/session/end", {}));
  if (session) app.session = { ...app.session, ...session };
  draw();
}

function choose(one) {
  chosen = one;
  pin = "";
  if (one.has_pin) draw();
  else signIn(one, "");
}

export function signInSheet() {
  const { operators, who, is_locked } = app.session;
  if (chosen)
    return h(
      "div",
      { class: "signing", key: "pin" },
      h("div", { class: "title" }, h("b", {}, chosen.name), button(t("session.other"), () => { chosen = null; draw(); }, { class: "quiet" })),
      h("output", { class: "typed", "aria-label": t("session.pin") }, "●".repeat(pin.length) || h("em", {}, t("session.pin"))),
      pad((key) => { pin = typedInto(pin, key).slice(0, 12); draw(); }, ""),
      button(t("session.press"), () => signIn(chosen, pin), { class: "big primary", id: "sign-in", disabled: !pin }),
    );
  return h(
    "div",
    { class: "signing", key: "names" },
    h("div", { class: "choices three", id: "operators" }, (operators ?? []).map((one) => button([h("b", {}, one.name), h("span", {}, one.has_pin ? one.code : t("session.no_pin"))], () => choose(one), { key: one.code, "data-operator": one.code }))),
    operators?.length ? null : h("p", { class: "empty" }, t("session.no_operators")),
    who && !is_locked ? button(t("session.lock"), signOut, { class: "big", id: "lock" }) : null,
  );
}

take((code) => {
  if (code.kind !== "operator") return false;
  const one = (app.session.operators ?? []).find((other) => other.code.toUpperCase() === code.value.toUpperCase());
  if (!one) return false;
  open({ name: "sign_in" });
  choose(one);
  return true;
});
