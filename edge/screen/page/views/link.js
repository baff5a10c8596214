// Which sample a result is of: a person says so, and the link is an event of its own. Nothing is guessed.

import { ask } from "../api.js";
import { app, attempt, open, refresh } from "../app.js";
import { h } from "../dom.js";
import { button, clock, value, verdict } from "../parts.js";
import { take } from "../scanner.js";
import { itemName, t } from "../words.js";

async function link(result, sample) {
  const answer = await attempt(() => ask("link", { result: result.id, sample: sample?.key ?? null, revision: result.revision }));
  if (!answer) return refresh();
  open(sample ? { name: "sample", key: sample.key } : null);
  await refresh();
}

export function linking(sheet) {
  const result = app.results.find((one) => one.id === sheet.result.id) ?? sheet.result;
  const waiting = app.samples.filter((one) => one.awaited.includes(result.item));
  const others = app.samples.filter((one) => !one.awaited.includes(result.item));
  return h(
    "div",
    { class: "linking" },
    h("div", { class: "title" }, verdict(result.verdict), h("b", {}, itemName(result.item, result.item_name)), h("span", {}, value(result)), h("small", {}, clock(result.recorded_at), result.channel === null ? "" : ` · ${t("run.well", { n: result.channel })}`, result.sample_said ? ` · ${t("link.said", { text: result.sample_said })}` : "")),
    h("p", {}, t("link.how")),
    h("div", { class: "choices three" }, [...waiting, ...others].slice(0, 60).map((one) => button([h("b", {}, one.number), h("span", {}, [one.commodity, one.stall].filter(Boolean).join(" · ")), h("small", {}, one.awaited.length ? t("today.waiting") : "")], () => link(result, one), { key: one.key, "data-sample": one.number }))),
    result.sample ? button(t("link.none"), () => link(result, null), { class: "quiet" }) : null,
  );
}

take((code) => {
  if (app.sheet?.name !== "link" || !code.sample) return false;
  const result = app.results.find((one) => one.id === app.sheet.result.id) ?? app.sheet.result;
  link(result, code.sample);
  return true;
});
