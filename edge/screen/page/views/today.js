// The day's samples: result, and what the centre has. What the centre refused stands first and says why.

import { app, draw, open } from "../app.js";
import { h } from "../dom.js";
import { button, clock, day, receipt, value, verdict } from "../parts.js";
import { itemName, t } from "../words.js";

let filter = "all";
const FILTERS = ["all", "waiting", "failed", "unlinked", "unsent"];

function rows() {
  const today = day(app.news.now ?? Date.now());
  const isToday = (moment) => day(moment) === today;
  const bySample = new Map();
  for (const result of app.results) if (result.sample) bySample.set(result.sample, [...(bySample.get(result.sample) ?? []), result]);
  const samples = app.samples.filter((one) => isToday(one.registered_at)).map((sample) => ({ sample, results: bySample.get(sample.key) ?? [] }));
  const alone = app.results.filter((one) => !one.sample && isToday(one.recorded_at)).map((result) => ({ sample: null, results: [result] }));
  return [...alone, ...samples];
}

function states(row) {
  return [row.sample, ...row.results].filter(Boolean).flatMap((one) => [one.state, one.link_state]).filter(Boolean);
}

function passes(row, name) {
  switch (name) {
    case "waiting":
      return row.sample?.awaited.length > 0;
    case "failed":
      return row.results.some((one) => one.verdict === "fail");
    case "unlinked":
      return !row.sample;
    case "unsent":
      return states(row).some((one) => one !== "received");
    default:
      return true;
  }
}

function worst(row) {
  const all = states(row);
  return all.includes("refused") ? "refused" : all.includes("waiting") ? "waiting" : "received";
}

function line(row) {
  const { sample, results } = row;
  const first = sample ?? results[0];
  const why = [sample, ...results].filter(Boolean).map((one) => one.refused).find(Boolean) ?? "";
  return h(
    "tr",
    { key: sample?.key ?? results[0].id, "data-number": sample?.number ?? "", onclick: () => open(sample ? { name: "sample", key: sample.key } : { name: "link", result: results[0] }) },
    h("td", { class: "number" }, sample ? h("b", {}, sample.number) : h("em", {}, t("today.no_sample")), h("small", {}, clock(first.registered_at ?? first.recorded_at))),
    h("td", {}, h("b", {}, first.commodity || t("sample.no_food")), h("small", {}, [first.stall, first.vendor].filter(Boolean).join(" "))),
    h(
      "td",
      { class: "results" },
      results.slice(0, 3).map((one) => h("div", { key: one.id }, verdict(one.verdict), h("span", {}, itemName(one.item, one.item_name)), h("span", { class: "value" }, value(one)), one.is_retest ? h("em", {}, t("result.retest")) : null, one.origin === "instrument" ? null : h("em", {}, t(`origin.${one.origin}`)))),
      sample?.awaited.length ? h("div", { class: "awaits" }, h("b", { "aria-hidden": true }, "◷"), t("today.awaits", { items: sample.awaited.map((one) => itemName(one)).join("、") })) : null,
    ),
    h("td", { class: "centre" }, receipt(worst(row), why), why ? h("small", {}, why) : null),
  );
}

export function view() {
  const all = rows();
  const some = all.filter((row) => passes(row, filter)).sort((a, b) => Number(worst(b) === "refused") - Number(worst(a) === "refused"));
  return h(
    "div",
    { class: "today" },
    h(
      "div",
      { class: "filters" },
      FILTERS.map((name) => button([t(`today.${name}`), h("b", {}, all.filter((row) => passes(row, name)).length)], () => { filter = name; draw(); }, { key: name, "aria-pressed": String(filter === name), "data-filter": name })),
      button(t("today.print"), () => print(), { class: "quiet" }),
    ),
    h("h1", { class: "paper" }, t("today.title", { station: app.news.station ?? "", day: day(app.news.now ?? Date.now()) })),
    some.length
      ? h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, ["sample", "food", "result", "centre"].map((name) => h("th", { key: name }, t(`column.${name}`))))), h("tbody", {}, some.map(line))))
      : h("p", { class: "empty" }, t(`today.empty_${filter === "all" ? "all" : "some"}`)),
    h("p", { class: "paper" }, t("today.screening")),
  );
}
