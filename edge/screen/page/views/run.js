// The next run of an analyzer: which sample stands in which well. Laid out before the run, saved at each press; the results
// appear in their wells by themselves. A well that is left empty is a control or a blank, and never a sample.

import { ask } from "../api.js";
import { app, attempt, draw, say } from "../app.js";
import { h } from "../dom.js";
import { button, value, verdict } from "../parts.js";
import { takeForPlace } from "../scanner.js";
import { itemName, t } from "../words.js";
import { scanButton } from "./camera.js";

const SIZES = [8, 12, 24];
const KEY = "shian.run";
const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}");
let device = "";
let chosen = 1;

function keep(values) {
  Object.assign(kept, values);
  localStorage.setItem(KEY, JSON.stringify(kept));
}

function devices() {
  return (app.news.devices ?? []).map((one) => one.name);
}

function size() {
  const needed = Math.max(0, ...wells().map((one) => one.channel));
  const said = kept[device] ?? 12;
  return SIZES.find((one) => one >= Math.max(said, needed)) ?? needed;
}

function wells() {
  return app.layout.filter((one) => one.device === device);
}

function resultsOf(well) {
  return app.results.filter((one) => one.device === device && one.channel === well.channel && one.sample === well.sample);
}

function waiting() {
  const laid = new Set(app.layout.map((one) => one.sample));
  return app.samples.filter((one) => one.awaited.length && !laid.has(one.key)).reverse();
}

function isRunning() {
  return wells().some((one) => one.is_used);
}

async function lay(changed) {
  const said = changed.map(({ channel, sample, item }) => ({ channel, sample, item: item ?? "" }));
  const layout = await attempt(() => ask("lay_out", { device, wells: said }));
  if (!layout) return;
  app.layout = [...app.layout.filter((one) => one.device !== device), ...layout];
  draw();
}

function nextFree(from, taken) {
  for (let channel = from; channel <= size(); channel += 1) if (!taken.has(channel)) return channel;
  return null;
}

async function put(sample) {
  if (isRunning()) return say(t("run.is_running"), "error");
  const others = wells().filter((one) => one.channel !== chosen);
  const well = chosen;
  await lay([...others, { channel: well, sample: sample.key }]);
  chosen = nextFree(well + 1, new Set(wells().map((one) => one.channel))) ?? well;
  draw();
}

async function fill() {
  const laid = [...wells()];
  const taken = new Set(laid.map((one) => one.channel));
  let channel = nextFree(chosen, taken);
  for (const sample of waiting()) {
    if (channel === null) break;
    laid.push({ channel, sample: sample.key });
    taken.add(channel);
    channel = nextFree(channel + 1, taken);
  }
  await lay(laid);
}

async function empty(channel) {
  await lay(wells().filter((one) => one.channel !== channel));
}

function wellView(channel) {
  const well = wells().find((one) => one.channel === channel);
  const found = well ? resultsOf(well) : [];
  const newest = found[0];
  const state = !well ? "empty" : newest ? newest.verdict : "laid";
  return button(
    [
      h("b", { class: "channel" }, channel),
      well ? h("span", { class: "number" }, well.number.replace(/^\d{6}-/, "")) : h("em", {}, t("run.empty")),
      well ? h("span", { class: "food" }, well.commodity || t("sample.no_food")) : null,
      newest ? [verdict(newest.verdict), h("span", { class: "value" }, value(newest))] : well ? h("small", {}, "◷ ", t("run.waits")) : null,
    ],
    () => {
      chosen = channel;
      draw();
    },
    { key: channel, class: `well is-${state}`, "data-channel": channel, "data-state": state, "aria-pressed": String(chosen === channel && !isRunning()) },
  );
}

function side() {
  if (isRunning()) {
    const found = wells().filter((well) => resultsOf(well).length);
    return h(
      "div",
      { class: "side", key: "running" },
      h("p", { class: "big-number" }, t("run.done_of", { n: found.length, m: wells().length })),
      h("p", {}, t("run.live")),
      button(t("run.next"), () => lay([]), { class: "big primary", id: "next-run" }),
    );
  }
  const rows = waiting();
  const well = wells().find((one) => one.channel === chosen);
  return h(
    "div",
    { class: "side", key: "laying" },
    h("p", { class: "for-well" }, t("run.for_well", { n: chosen })),
    h(
      "div",
      { class: "list", id: "waiting" },
      well ? button([h("b", {}, t("run.take_out")), h("span", {}, `${well.number} ${well.commodity}`)], () => empty(chosen), { key: "out", id: "take-out" }) : null,
      rows.map((one) =>
        button([h("b", {}, one.number), h("span", {}, [one.commodity, one.stall].filter(Boolean).join(" · ")), h("small", {}, one.tests ? t("result.retest") : one.awaited.map((item) => itemName(item)).join("、"))], () => put(one), {
          key: one.key,
          "data-sample": one.number,
        }),
      ),
      rows.length ? null : h("p", { class: "empty" }, t("run.nothing_waits")),
    ),
    h("div", { class: "submit" }, wells().length ? button(t("run.clear"), () => lay([]), { class: "quiet", id: "clear-run" }) : null, button(t("run.fill", { n: rows.length }), fill, { class: "big primary", id: "fill", disabled: !rows.length })),
  );
}

export function view() {
  const names = devices();
  if (!names.includes(device)) device = names[0] ?? "";
  if (!device) return h("div", {}, h("p", { class: "empty" }, t("device.none")));
  const many = size();
  const columns = { 8: 4, 12: 4, 24: 6 }[many] ?? 6;
  return h(
    "div",
    { class: "run" },
    h(
      "div",
      { class: "filters" },
      names.length > 1 ? names.map((name) => button(name, () => { device = name; chosen = 1; draw(); }, { key: name, "aria-pressed": String(name === device), "data-device": name })) : h("strong", { class: "device" }, device),
      h("span", { class: "space" }),
      scanButton(),
      SIZES.map((one) => button(t("run.wells", { n: one }), () => { keep({ [device]: one }); draw(); }, { key: one, "aria-pressed": String(many === one), "data-size": one, disabled: one < Math.max(0, ...wells().map((well) => well.channel)) })),
    ),
    h("div", { class: "plate-and-side" }, h("div", { class: `plate of-${columns}`, id: "plate" }, Array.from({ length: many }, (_, place) => wellView(place + 1))), side()),
  );
}

// A label that is read while a run is laid out goes into the chosen well.
takeForPlace("run", (code) => {
  if (!code.sample) return false;
  put(code.sample);
  return true;
});
