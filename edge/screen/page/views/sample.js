// One sample: what is known of it, and its results.

import { app } from "../app.js";
import { h } from "../dom.js";
import { button, clock, receipt, value, verdict } from "../parts.js";
import { itemName, t } from "../words.js";

const NAMES = ["stall", "vendor", "supplier", "origin_place", "lot", "produced_on", "purchased_on", "sampler", "code", "registrar"];

// What may be done with a sample (a label is printed, a card is read by eye): { name, label, press, isShown? }.
export const actions = [];

export function sample(sheet) {
  const one = app.samples.find((row) => row.key === sheet.key);
  if (!one) return h("p", { class: "empty" }, t("refused.unknown_sample"));
  const results = app.results.filter((row) => row.sample === one.key);
  return h(
    "div",
    { class: "of-sample" },
    h("div", { class: "title" }, h("strong", {}, one.number), h("b", {}, one.commodity || t("sample.no_food")), receipt(one.state, one.refused)),
    h("dl", {}, NAMES.filter((name) => one[name]).map((name) => h("div", { key: name }, h("dt", {}, t(`field.${name}`)), h("dd", {}, one[name]))), one.quantity === undefined ? null : h("div", {}, h("dt", {}, t("field.quantity")), h("dd", {}, `${one.quantity} ${one.unit ?? ""}`)), h("div", {}, h("dt", {}, t("field.way")), h("dd", {}, t(`way.${one.way ?? "sampling"}`)))),
    h(
      "table",
      {},
      h("tbody", {}, results.map((row) => h("tr", { key: row.id }, h("td", {}, clock(row.recorded_at)), h("td", {}, verdict(row.verdict)), h("td", {}, itemName(row.item, row.item_name)), h("td", { class: "value" }, value(row)), h("td", {}, row.is_retest ? t("result.retest") : "", row.origin === "instrument" ? "" : ` ${t(`origin.${row.origin}`)}`), h("td", {}, receipt(row.state, row.refused))))),
    ),
    results.length ? null : h("p", { class: "empty" }, t("sample.no_results")),
    h("div", { class: "actions" }, actions.filter((action) => action.isShown?.(one) ?? true).map((action) => button(action.label(), () => action.press(one), { key: action.name, "data-action": action.name, class: "big" }))),
  );
}
