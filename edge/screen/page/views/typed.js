// A result that is read by eye from a card: marked as typed for ever.

import { ask } from "../api.js";
import { app, attempt, draw, open, refresh } from "../app.js";
import { h } from "../dom.js";
import { button } from "../parts.js";
import { itemName, t, verdictName } from "../words.js";
import { uuid } from "../uuid.js";
import { actions } from "./sample.js";

let form = null;

export function typing(sheet) {
  const one = app.samples.find((row) => row.key === sheet.key);
  if (!one) return h("p", { class: "empty" }, t("refused.unknown_sample"));
  if (form?.key !== one.key) form = { key: one.key, request: uuid(), item: one.awaited[0] ?? one.items?.[0] ?? "", verdict: "" };
  const items = [...new Set([...(one.items ?? []), ...app.down.items.map((item) => item.code)])];
  return h(
    "div",
    { class: "typing" },
    h("div", { class: "title" }, h("strong", {}, one.number), h("b", {}, one.commodity)),
    h("div", { class: "choices three" }, items.map((code) => button(itemName(code), () => { form.item = code; draw(); }, { key: code, "aria-pressed": String(form.item === code) }))),
    h("div", { class: "ways verdicts" }, ["pass", "fail", "suspect", "invalid"].map((code) => button([h("b", { "aria-hidden": true }, { pass: "✓", fail: "✕", suspect: "?", invalid: "⊘" }[code]), verdictName(code)], () => { form.verdict = code; draw(); }, { key: code, "aria-pressed": String(form.verdict === code), "data-verdict": code }))),
    h("p", { class: "notice" }, t("typed.marked")),
    typingParts.map((part) => part(form, draw)),
    button(
      t("typed.press"),
      async () => {
        const { request, item, verdict, photo } = form;
        const answer = await attempt(() => ask("type_result", { request, sample: one.key, item, verdict, ...(photo ? { photo } : {}), is_retest: app.results.some((row) => row.sample === one.key && row.item === item && row.verdict !== "pass") }));
        if (!answer) return;
        form = null;
        open({ name: "sample", key: one.key });
        await refresh();
      },
      { class: "big primary", id: "type-press", disabled: !form.item || !form.verdict },
    ),
  );
}

// Seam: a photograph of the card puts its hash into form.photo.
export const typingParts = [];
actions.push({ name: "typed", label: () => t("sheet.typed"), press: (one) => open({ name: "typed", key: one.key }) });
