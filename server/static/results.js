// The table of results: the last recorded on top, a limited number of rows, each result once.
import { byId, chip, el, nextFrame } from "/static/dom.js";
import { clock, label, t, valueText, word } from "/static/words.js";

const MOST = 150;
const NEW_MS = 1600;
let shown = []; // newest first
const known = new Map(); // id -> its row in the page
const itemNames = new Map();
let stationTitle = (name) => name;
const draw = nextFrame(render);

/** Our own word for an item that we know, else what the station calls it. */
export const itemName = (item, given = "") => word("item", item, word("quantity", item, given || itemNames.get(item) || item));

export function useStationTitles(titles) {
  stationTitle = titles;
}

/** Takes results from the list or the feed. `isNews`: they are marked when they appear. */
export function addResults(results, isNews) {
  for (const it of results) {
    const id = it.event ?? it.id;
    if (it.item_name) itemNames.set(it.item, it.item_name);
    if (known.has(id)) continue;
    known.set(id, null);
    shown.push({ ...it, id, at: Date.parse(it.recorded_at), isNew: isNews });
  }
  shown.sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));
  for (const gone of shown.splice(MOST)) {
    known.get(gone.id)?.remove();
    known.delete(gone.id);
  }
  draw();
}

export function clearResults() {
  shown = [];
  known.clear();
  byId("results").replaceChildren();
}

/** All rows anew: the language or the stations' titles have changed. */
export function redrawResults() {
  for (const it of shown) {
    known.get(it.id)?.remove();
    known.set(it.id, null);
  }
  draw();
}

function render() {
  const body = byId("results");
  let next = body.firstChild;
  for (const it of shown) {
    let node = known.get(it.id);
    if (!node) {
      node = row(it);
      known.set(it.id, node);
    }
    if (node === next) next = next.nextSibling;
    else body.insertBefore(node, next);
  }
  byId("results-empty").hidden = shown.length > 0;
}

/** What a person must know of the row, in words; codes that have none are for machines. */
function marks(it) {
  const known = (it.flags ?? "").split(" ").map((code) => word("flag", code, "")).filter(Boolean);
  return known.length ? el("span", "small", known.join(" · ")) : "";
}

function value(it) {
  const node = el("td", "value number", valueText(it.value, it.value_text), it.unit ? el("span", "small", word("unit", it.unit)) : "");
  node.title = it.value_text;
  return node;
}

function row(it) {
  const isRun = it.role !== "sample";
  const classes = [it.verdict === "fail" && !isRun ? "fail" : "", isRun ? "is-run" : "", it.isNew ? "is-new" : ""];
  if (it.isNew) setTimeout(() => (it.isNew = false), NEW_MS);
  const what = isRun ? word("role", it.role) : it.commodity || t("no_food");
  const sample = it.sample ? el("span", "small", t("sample_no", { number: it.sample })) : "";
  return el(
    "tr",
    classes.filter(Boolean).join(" "),
    el("td", "when", clock(it.recorded_at), marks(it)),
    el("td", "station", stationTitle(it.station)),
    el("td", "sample", what, sample, it.is_retest ? el("span", "small", t("retest")) : ""),
    el("td", "item", itemName(it.item, it.item_name)),
    value(it),
    el("td", "verdict", chip(it.verdict, label("verdict", it.verdict))),
  );
}
