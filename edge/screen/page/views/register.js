// Registering a sample. A usual one takes three touches: food, stall, register. The draft lies in the browser's own
// storage until the agent has given the number: a page that is closed, or an agent that is away, costs nothing typed.

import { ask } from "../api.js";
import { app, attempt, draw, go, refresh, say } from "../app.js";
import { h } from "../dom.js";
import { button, day, keys, pad, typedInto } from "../parts.js";
import { takeForPlace, take } from "../scanner.js";
import { scanButton } from "./camera.js";
import { uuid } from "../uuid.js";
import { foodName, itemName, t } from "../words.js";

const KEY = "shian.draft";
const LAST = "shian.last";
const COPIED = ["commodity", "category", "stall", "vendor", "licence", "supplier", "origin_place", "lot", "produced_on", "purchased_on", "quantity", "unit", "way", "items", "task"];
const USUAL_ITEM = "pesticide_inhibition";
const FIELDS = ["food", "stall", "supplier", "origin_place", "lot", "quantity", "items", "dates", "code"];

let draft = JSON.parse(localStorage.getItem(KEY) ?? "null") ?? fresh();
let field = "food";
let text = "";
let found = [];
let isBusy = false;
let done = null; // the sample that was registered last, in this page

// Others (a photo, a camera) may add a field: { name, label, shown, view }.
export const extraFields = [];

function fresh() {
  const kept = JSON.parse(localStorage.getItem(LAST) ?? "{}");
  return { request: uuid(), way: kept.way ?? "sampling", items: kept.items ?? [], unit: "kg" };
}

export function change(values) {
  draft = { ...draft, ...values };
  localStorage.setItem(KEY, JSON.stringify(draft));
  done = null;
  draw();
}

export function isBegun() {
  return Boolean(draft.commodity || draft.stall || draft.vendor || draft.code || draft.lot || draft.supplier);
}

function choose(name) {
  field = name;
  text = "";
  search();
  draw();
}

// The foods and stalls that this station registers most come first, without a search.
function frequent(name, same) {
  const counted = new Map();
  for (const one of app.samples) if (one[name]) counted.set(one[name], { n: (counted.get(one[name])?.n ?? 0) + 1, one });
  return [...counted.values()].sort((a, b) => b.n - a.n).map((entry) => same(entry.one));
}

let asked = 0;
let foundFor = "";
async function search() {
  const kind = { food: "foods", stall: "businesses" }[field];
  if (!kind) return;
  const mine = ++asked;
  foundFor = field;
  try {
    const rows = await ask(kind, { text, limit: 12 });
    if (mine !== asked) return;
    found = rows;
  } catch {
    found = [];
  }
  draw();
}

function suggestions() {
  const own = foundFor === field ? found : [];
  if (field === "food") {
    const often = text ? [] : frequent("commodity", (one) => ({ name: one.commodity, category: one.category ?? "", items: one.items }));
    return merged(often, own.map((food) => ({ name: food.name, shown: foodName(food), code: food.code })), (one) => one.name);
  }
  const often = text ? [] : frequent("stall", (one) => ({ stall: one.stall, name: one.vendor ?? "", licence: one.licence ?? "" }));
  return merged(often, own, (one) => `${one.stall} ${one.name}`);
}

function merged(first, then, key) {
  const seen = new Set();
  return [...first, ...then].filter((one) => !seen.has(key(one)) && seen.add(key(one))).slice(0, 12);
}

function takeFood(food) {
  const before = app.samples.find((one) => one.commodity === food.name && one.items?.length);
  const items = before?.items ?? (draft.items.length ? draft.items : usualItems());
  change({ commodity: food.name, category: food.category ?? "", items });
  choose(draft.stall || draft.vendor ? "food" : "stall");
}

function usualItems() {
  const known = app.down.items.map((one) => one.code);
  return !known.length || known.includes(USUAL_ITEM) ? [USUAL_ITEM] : known.slice(0, 1);
}

function takeBusiness(one) {
  change({ stall: one.stall ?? "", vendor: one.name ?? "", licence: one.licence ?? "" });
  choose(draft.commodity ? "stall" : "food");
}

export function typed(key) {
  if (!["food", "stall", "supplier", "origin_place", "lot", "quantity", "code"].includes(field)) return;
  press(key);
}

function press(key) {
  if (field === "food" || field === "stall") {
    text = typedInto(text, key);
    search();
    draw();
  } else if (field === "quantity") change({ quantityText: typedInto(draft.quantityText ?? "", key).replace(/[^\d.]/g, "").slice(0, 8) });
  else change({ [field]: typedInto(draft[field] ?? "", key).slice(0, 100) });
}

function asTheLast() {
  const last = app.samples[0];
  if (!last) return;
  const copied = Object.fromEntries(COPIED.filter((name) => last[name] !== undefined).map((name) => [name, last[name]]));
  change({ ...copied, quantityText: last.quantity === undefined ? "" : String(last.quantity) });
}

async function register() {
  if (isBusy) return;
  isBusy = true;
  const { quantityText, ...said } = draft;
  const quantity = quantityText ? Number(quantityText) : undefined;
  const fields = Object.fromEntries(
    Object.entries({ ...said, quantity, sampled_at: new Date(app.news.now ?? Date.now()).toISOString() }).filter(([, one]) => one !== "" && one !== undefined && one !== null && !(Array.isArray(one) && !one.length)),
  );
  if (fields.quantity === undefined) delete fields.unit;
  const sample = await attempt(() => ask("register", fields));
  isBusy = false;
  if (!sample) return draw();
  localStorage.setItem(LAST, JSON.stringify({ way: draft.way, items: draft.items }));
  draft = fresh();
  localStorage.removeItem(KEY);
  choose("food");
  done = sample;
  await refresh();
}

function shown(name) {
  switch (name) {
    case "food":
      return draft.commodity;
    case "stall":
      return [draft.stall, draft.vendor].filter(Boolean).join(" ");
    case "quantity":
      return draft.quantityText ? `${draft.quantityText} ${draft.unit ?? "kg"}` : "";
    case "items":
      return draft.items.map((one) => itemName(one)).join("、");
    case "dates":
      return [draft.produced_on && t("register.made", { day: draft.produced_on }), draft.purchased_on && t("register.bought", { day: draft.purchased_on })].filter(Boolean).join(" ");
    default:
      return draft[name] ?? "";
  }
}

function form() {
  const isReady = draft.commodity || draft.code;
  return h(
    "div",
    { class: "form" },
    h(
      "div",
      { class: "ways" },
      ["sampling", "send_in"].map((way) => button([h("b", { "aria-hidden": true }, draft.way === way ? "●" : "○"), t(`way.${way}`)], () => change({ way }), { key: way, "aria-pressed": String(draft.way === way), "data-way": way })),
      scanButton(),
      button(t("register.as_last"), asTheLast, { class: "quiet", id: "as-last", disabled: !app.samples.length }),
    ),
    h(
      "div",
      { class: "fields" },
      FIELDS.map((name) =>
        button([h("small", {}, t(`field.${name}`)), h("span", {}, shown(name) || h("em", {}, "–"))], () => choose(name), {
          key: name,
          "data-field-of": name,
          "aria-pressed": String(field === name),
          class: ["food", "stall"].includes(name) ? "wide" : "",
        }),
      ),
      extraFields.map((one) => button([h("small", {}, one.label()), h("span", {}, one.shown(draft) || h("em", {}, "–"))], () => choose(one.name), { key: one.name, "data-field-of": one.name, "aria-pressed": String(field === one.name) })),
    ),
    h(
      "div",
      { class: "submit" },
      isBegun() ? button(t("register.clear"), () => { draft = fresh(); change({}); choose("food"); }, { class: "quiet", id: "clear" }) : null,
      button(t("register.submit"), register, { class: "big primary", id: "register", disabled: !isReady || isBusy || !app.news.is_there }),
    ),
  );
}

function picker() {
  const extra = extraFields.find((one) => one.name === field);
  if (extra) return extra.view(draft, change);
  switch (field) {
    case "food":
    case "stall":
      return searching();
    case "quantity":
      return h("div", { class: "picker" }, h("output", { class: "typed" }, draft.quantityText || " "), units(), pad(press));
    case "items":
      return itemsPicker();
    case "dates":
      return datesPicker();
    default:
      return words();
  }
}

function searching() {
  const rows = suggestions();
  return h(
    "div",
    { class: "picker" },
    h("output", { class: "typed", id: "typed" }, text || h("em", {}, t(`search.${field}`))),
    h(
      "div",
      { class: "choices", id: "choices" },
      rows.map((one) =>
        field === "food"
          ? button(one.shown ?? one.name, () => takeFood(one), { key: one.name, "data-choice": one.name, "aria-pressed": String(draft.commodity === one.name) })
          : button([h("b", {}, one.stall), h("span", {}, one.name)], () => takeBusiness(one), { key: `${one.stall} ${one.name}`, "data-choice": one.stall || one.name, "aria-pressed": String(draft.stall === one.stall && draft.vendor === one.name) }),
      ),
      text ? button(t("search.as_typed", { text }), () => (field === "food" ? takeFood({ name: text }) : takeBusiness({ stall: text, name: "" })), { key: "own", class: "quiet", "data-choice": "as-typed" }) : null,
      !rows.length && !text ? h("p", { class: "empty" }, t("search.nothing_down")) : null,
    ),
    keys(press),
  );
}

function words() {
  const often = frequent(field, (one) => one[field]).filter((one) => one !== draft[field]).slice(0, 8);
  return h(
    "div",
    { class: "picker" },
    h("input", { class: "typed", "data-field": field, value: draft[field] ?? "", oninput: (event) => change({ [field]: event.target.value }), "aria-label": t(`field.${field}`), maxlength: 100, autocomplete: "off" }),
    h("div", { class: "choices" }, often.map((one) => button(one, () => change({ [field]: one }), { key: one }))),
    keys(press),
  );
}

function units() {
  return h("div", { class: "ways" }, ["kg", "g", "t", "个", "盒"].map((unit) => button(t(`unit.${unit}`), () => change({ unit }), { key: unit, "aria-pressed": String(draft.unit === unit) })));
}

function itemsPicker() {
  const known = app.down.items.length ? app.down.items.map((one) => one.code) : [...new Set([USUAL_ITEM, ...app.samples.flatMap((one) => one.items ?? [])])];
  const has = (code) => draft.items.includes(code);
  return h(
    "div",
    { class: "picker" },
    h("div", { class: "choices tall" }, known.map((code) => button([h("b", { "aria-hidden": true }, has(code) ? "☑" : "☐"), itemName(code)], () => change({ items: has(code) ? draft.items.filter((one) => one !== code) : [...draft.items, code].slice(0, 16) }), { key: code, "aria-pressed": String(has(code)) }))),
  );
}

function datesPicker() {
  const now = Date.now();
  const days = [0, 1, 2, 3, 4, 5, 6].map((back) => day(now - back * 86_400_000));
  return h(
    "div",
    { class: "picker" },
    ["produced_on", "purchased_on"].map((name) =>
      h("div", { key: name }, h("h2", {}, t(`field.${name}`)), h("div", { class: "choices days" }, days.map((one, back) => button([h("b", {}, back < 2 ? t(`day.${back}`) : one.slice(5)), h("span", {}, back < 2 ? one.slice(5) : "")], () => change({ [name]: draft[name] === one ? "" : one }), { key: one, "aria-pressed": String(draft[name] === one) })))),
    ),
  );
}

function given() {
  if (!done) return null;
  return h(
    "div",
    { class: "given", id: "given", key: done.number },
    h("span", {}, t("register.number")),
    h("strong", { id: "number" }, done.number),
    h("span", {}, [done.commodity, done.stall].filter(Boolean).join(" · ")),
    afterwards.map((one) => button(one.label(), () => one.press(done), { key: one.name, class: "quiet" })),
    button(t("register.again"), () => { const last = done; asTheLast(); done = last; draw(); }, { class: "quiet", id: "again" }),
  );
}

// What may be done with a sample that was just registered (a label is printed): { name, label, press }.
export const afterwards = [];

let searchedIn = null; // what had come down then: another document, or an agent that is back, is asked again
export function view() {
  if (searchedIn !== app.down && app.news.is_there) {
    searchedIn = app.down;
    search();
  }
  return h("div", { class: "register" }, given(), h("div", { class: "two" }, form(), picker()));
}

// Codes: goods fill their fields, a business is the stall, a sample of before is looked at.
take((code) => {
  if (code.kind === "business") {
    attempt(async () => {
      const rows = await ask("businesses", { text: code.value, limit: 5 });
      const one = rows.find((row) => row.code.toUpperCase() === code.value.toUpperCase());
      if (!one) return say(t("scan.no_business", { code: code.value }), "error");
      if (app.place !== "register") go("register");
      takeBusiness(one);
    });
    return true;
  }
  if (code.kind === "goods" && !code.sample) {
    if (app.place !== "register") go("register");
    change({
      code: code.text.slice(0, 100),
      scanned: code.text,
      ...(code.lot ? { lot: code.lot } : {}),
      ...(code.produced_on ? { produced_on: code.produced_on } : {}),
      ...(code.quantity ? { quantityText: String(code.quantity), unit: code.unit || "kg" } : {}),
    });
    if (code.is_doubtful) say(t("scan.doubtful"), "error");
    return true;
  }
  return false;
});

takeForPlace("register", (code) => {
  if (code.kind !== "text" || code.sample) return false;
  change({ code: code.value, scanned: code.text });
  return true;
});
