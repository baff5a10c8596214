// Alerts that somebody must look after: open and acknowledged ones, with the buttons to move them on.
import { may } from "/static/account.js";
import { get, post } from "/static/api.js";
import { thumbnailOf, what } from "/static/camera_events.js";
import { button, byId, chip, el, nextFrame } from "/static/dom.js";
import { itemName } from "/static/results.js";
import { stationTitle } from "/static/stations.js";
import { clock, label, sentence, t, valueText, word } from "/static/words.js";

const SEVERITY = { critical: 0, warning: 1, info: 2 };
const alerts = new Map();
const unfolded = new Map(); // id -> the alert in full
const draw = nextFrame(render);
let onChange = () => {};
let asked = null; // { id, verb } of the dialog

export const openCount = () => [...alerts.values()].filter((it) => it.state === "open").length;
export const redrawAlerts = draw;

export function setAlerts(list) {
  alerts.clear();
  for (const it of list) alerts.set(it.id, it);
  for (const id of unfolded.keys()) if (!alerts.has(id)) unfolded.delete(id);
  draw();
}

/** News of one alert: the feed tells that it changed, the list what it is now. */
export async function alertChanged(item) {
  if (item.state === "resolved") {
    alerts.delete(item.id);
    unfolded.delete(item.id);
  } else {
    const before = alerts.get(item.id);
    alerts.set(item.id, { facts: {}, ...before, ...item });
    take(await get(`/alerts/${item.id}`));
  }
  draw();
}

function take(full) {
  const isLive = full.state === "open" || full.state === "acknowledged";
  if (isLive) alerts.set(full.id, full);
  else alerts.delete(full.id);
  if (unfolded.has(full.id)) unfolded.set(full.id, full);
  draw();
  onChange();
}

function render() {
  const list = [...alerts.values()].sort(
    (a, b) =>
      (a.state === "open" ? 0 : 1) - (b.state === "open" ? 0 : 1) ||
      SEVERITY[a.severity] - SEVERITY[b.severity] ||
      Date.parse(b.opened_at) - Date.parse(a.opened_at),
  );
  const focused = document.activeElement?.dataset?.key;
  byId("alerts").replaceChildren(...list.map(card));
  if (focused) byId("alerts").querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  byId("alerts-empty").hidden = list.length > 0;
  byId("alerts-count").textContent = list.length ? String(list.length) : "";
}

function card(it) {
  const facts = it.facts ?? {};
  const isOfCamera = it.rule.startsWith("camera_");
  const value = facts.value_text ? `${valueText(facts.value, facts.value_text)}\u00a0${word("unit", facts.unit ?? "")}`.trim() : "";
  const number = it.sample ? t("sample_no", { number: it.sample }) : "";
  const item = it.item ? itemName(it.item) : "";
  const ofSample = [it.commodity, number, item, value].filter(Boolean).join(" · ");
  const ofCamera = isOfCamera && facts.kind ? `${what(facts.kind, facts.zone)} · ${it.device}` : "";
  const ofMany = facts.folded ? t("notice.together", { count: facts.folded }) : "";
  const subject = ofMany || ofCamera || ofSample || detailOf(it, facts) || it.subject || "";
  const buttons = el("div", "buttons");
  if (may("alerts.step")) {
    if (it.state === "open") buttons.append(mover(it, "acknowledge", "strong"));
    buttons.append(mover(it, "resolve", "plain"));
  }
  const node = el(
    "li",
    `card ${it.severity} is-${it.state}`,
    el("div", "top", el("strong", "", word("rule", it.rule)), chip(it.state, label("state", it.state))),
    el("p", "subject", subject),
    el("p", "small", `${it.station ? stationTitle(it.station) : t("the_centre")} · ${t("opened_at", { at: clock(it.opened_at) })}`),
    isOfCamera ? thumbnailOf(facts.key) : null,
    it.failed ? el("p", "small bad", t("not_delivered", { count: it.failed })) : null,
    more(it),
    buttons,
  );
  node.dataset.id = it.id;
  return node;
}

/** Return what an alert says beside its rule: of which device, and how it is. */
function detailOf(it, facts) {
  return [it.device, sentence(`detail.${it.rule}`, facts)].filter(Boolean).join(" · ");
}

function mover(it, verb, className) {
  const node = button(t(verb), className, () => ask(it, verb));
  node.dataset.key = `${it.id}/${verb}`;
  return node;
}

function more(it) {
  const node = el("details", "", el("summary", "", t("details")));
  node.firstChild.dataset.key = `${it.id}/details`;
  const full = unfolded.get(it.id);
  if (full) {
    node.open = true;
    node.append(...history(full));
  }
  node.addEventListener("toggle", async () => {
    if (node.open === unfolded.has(it.id)) return;
    if (!node.open) {
      unfolded.delete(it.id);
      return;
    }
    unfolded.set(it.id, null);
    take(await get(`/alerts/${it.id}`));
  });
  return node;
}

function history(full) {
  const steps = full.steps.map((step) => {
    // A step of an older version has words alone, and one of a newer version a code that is not known here.
    const said = (step.code && sentence(`step.${step.code}`, step.facts)) || step.note;
    return el("li", "", `${clock(step.at)} ${word("action", step.action)} · ${step.actor || t("system")}`, said ? ` — ${said}` : "");
  });
  const deliveries = full.deliveries.map((it) => {
    const last = it.receipts.at(-1);
    const reason = it.state !== "delivered" && last ? ` (${last.outcome}${last.status ? ` ${last.status}` : ""})` : "";
    return el("li", it.state === "failed" ? "bad" : "", `${it.name}: ${word("delivery", it.state)}${reason} · ${t("attempts", { count: it.attempts })}`);
  });
  return [el("ul", "", ...steps), el("ul", "", ...deliveries)];
}

function ask(it, verb) {
  asked = { id: it.id, verb };
  byId("step-title").textContent = t(`${verb}_title`);
  byId("step-about").textContent = `${word("rule", it.rule)} · ${stationTitle(it.station)}`;
  byId("step-ok").textContent = t(verb);
  byId("step-note").value = "";
  byId("step-problem").textContent = "";
  byId("step").showModal();
  byId("step-note").focus();
}

async function submit(event) {
  event.preventDefault();
  byId("step-ok").disabled = true;
  try {
    take(await post(`/alerts/${asked.id}/${asked.verb}`, { note: byId("step-note").value }));
    byId("step").close();
  } catch (problem) {
    byId("step-problem").textContent = problem.message;
    if (problem.status === 409) take(await get(`/alerts/${asked.id}`));
  } finally {
    byId("step-ok").disabled = false;
  }
}

/** Wires the dialog. `changed` is called when the number of alerts may have changed. */
export function startAlerts(changed) {
  onChange = changed;
  byId("step-form").addEventListener("submit", submit);
  byId("step-cancel").addEventListener("click", () => byId("step").close());
}
