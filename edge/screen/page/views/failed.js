// A failed test: what to do now, who did it and when. Nothing here judges: a screening is no finding.

import { ask } from "../api.js";
import { app, attempt, draw, go, open, refresh } from "../app.js";
import { h } from "../dom.js";
import { button, clock, receipt, since, span, value, verdict } from "../parts.js";
import { itemName, language, t } from "../words.js";
import { uuid } from "../uuid.js";

const NEEDS = ["retest", "held", "handed_over"];

export function named(one) {
  return [one.result.commodity || t("sample.no_food"), one.result.stall, itemName(one.result.item, one.result.item_name)].filter(Boolean).join(" · ");
}

export function stepsOf(one, name) {
  return one.steps.filter((step) => step.step === name);
}

export function isOver(one) {
  return one.until && new Date(one.until) <= now();
}

export function now() {
  return new Date(Date.now() + (app.news.skew ?? 0));
}

// What still rings: a failed test that nobody has seen, and a time for an objection that is over.
export function ringing() {
  const unseen = app.cases.filter((one) => one.unseen.length).map((one) => ({ kind: "failed", one }));
  const over = app.cases.filter((one) => isOver(one) && !stepsOf(one, "objected").length && !stepsOf(one, "objection_over").length).map((one) => ({ kind: "over", one }));
  return [...unseen, ...over];
}

async function handle(one, step, more = {}, result = one.result.id) {
  const answer = await attempt(() => ask("handle", { request: uuid(), result, step, ...more }));
  if (!answer) return false;
  app.cases = app.cases.map((other) => (other.id === answer.id ? answer : other));
  draw();
  refresh();
  return true;
}

export async function seen(one) {
  for (const result of one.unseen) if (!(await handle(one, "seen", {}, result))) return;
}

function newest(one) {
  return one.retests.at(-1) ?? one.result;
}

function testLine(row, place) {
  return h("tr", { key: row.id }, h("td", {}, clock(row.recorded_at)), h("td", {}, place ? t("result.retest_n", { n: place }) : t("result.first")), h("td", {}, verdict(row.verdict)), h("td", { class: "value" }, value(row)), h("td", {}, receipt(row.state, row.refused)));
}

function done(steps) {
  const last = steps.at(-1);
  return h("span", { class: "done" }, h("b", { "aria-hidden": true }, "✓ "), clock(last.done_at ?? last.recorded_at), " ", last.who);
}

// The district's own words about a step, where some came down; else ours.
function how(step, name, values) {
  const own = app.down.procedures?.find((one) => one.step === step);
  return own ? (language === "en" && own.text_en) || own.text : t(name, values);
}

function todo(one) {
  const last = newest(one);
  const [retests, held, handed] = NEEDS.map((name) => stepsOf(one, name));
  const rows = [];
  if (!one.retests.length)
    rows.push(
      h(
        "li",
        { key: "retest", class: retests.length ? "is-done" : "" },
        h("div", {}, h("h2", {}, t("todo.retest")), h("p", {}, !one.result.sample ? t("todo.retest_needs_sample") : one.awaits_retest ? t("todo.retest_waits") : how("retest", "todo.retest_how")), retests.length ? done(retests) : null),
        !one.result.sample
          ? button(t("todo.find_sample"), () => open({ name: "link", result: one.result }), { class: "big primary", id: "find-sample" })
          : one.awaits_retest
            ? button(t("todo.to_run"), () => go("run"), { class: "big", id: "to-run" })
            : button(t("todo.retest_press"), () => handle(one, "retest"), { class: "big primary", id: "retest" }),
      ),
    );
  else
    rows.push(
      h(
        "li",
        { key: "retested", class: "is-done" },
        h("div", {}, h("h2", {}, t(last.verdict === "fail" ? "todo.failed_again" : last.verdict === "pass" ? "todo.passed_now" : "todo.unclear_now")), h("p", {}, last.verdict === "fail" ? how("failed_again", "todo.failed_again_how") : last.verdict === "pass" ? how("passed_now", "todo.passed_now_how") : how("unclear_now", "todo.unclear_now_how"))),
        button(one.awaits_retest ? t("todo.to_run") : t("todo.retest_more"), () => (one.awaits_retest ? go("run") : handle(one, "retest")), { class: "big", id: "retest-again" }),
      ),
    );
  rows.push(
    h("li", { key: "held", class: held.length ? "is-done" : "" }, h("div", {}, h("h2", {}, t("todo.hold")), h("p", {}, how("hold", "todo.hold_how")), held.length ? done(held) : null), held.length ? null : button(t("todo.hold_press"), () => handle(one, "held"), { class: "big", id: "hold" })),
  );
  rows.push(
    h(
      "li",
      { key: "handed", class: handed.length ? "is-done" : "" },
      h("div", {}, h("h2", {}, t("todo.hand_over")), h("p", {}, handed.length ? t("todo.handed_to", { to: handed.at(-1).to || "–" }) : t("todo.hand_over_how", { span: span(now() - new Date(one.result.recorded_at)) })), !handed.length && app.down.procedures?.some((own) => own.step === "hand_over") ? h("p", {}, how("hand_over", "")) : null, handed.length ? done(handed) : null),
      handed.length ? clockLeft(one) : button(t("todo.hand_over_press"), () => open({ name: "handed_over", id: one.id }), { class: "big primary", id: "hand-over" }),
    ),
  );
  return rows;
}

function clockLeft(one) {
  const objected = stepsOf(one, "objected");
  if (objected.length) return h("div", { class: "left" }, h("strong", {}, t("todo.objected")), done(objected));
  if (isOver(one))
    return h(
      "div",
      { class: "left" },
      h("strong", {}, t("todo.objection_over")),
      stepsOf(one, "objection_over").length ? done(stepsOf(one, "objection_over")) : button(t("todo.objection_over_press"), () => handle(one, "objection_over"), { id: "objection-over" }),
    );
  return h("div", { class: "left" }, h("small", {}, t("todo.objection_until", { at: since(one.until) })), h("strong", { id: "time-left" }, span(new Date(one.until) - now())), button(t("todo.object_press"), () => handle(one, "objected"), { class: "quiet", id: "objected" }));
}

export function failed(sheet) {
  const one = app.cases.find((other) => other.id === sheet.id);
  if (!one) return h("p", { class: "empty" }, t("refused.unknown_result"));
  const { result } = one;
  return h(
    "div",
    { class: "case", "data-case": one.id },
    h("div", { class: "title" }, h("b", {}, named(one)), h("span", {}, result.sample_number || t("today.no_sample"))),
    h("p", { class: "about" }, [result.vendor, result.supplier && t("todo.supplier", { name: result.supplier }), result.lot && t("todo.lot", { lot: result.lot })].filter(Boolean).join(" · ")),
    h("table", {}, h("tbody", {}, [result, ...one.retests].map(testLine))),
    one.unseen.length ? button(t("todo.seen_press"), () => seen(one), { class: "big alarm", id: "seen" }) : null,
    h("ol", { class: "todo" }, todo(one)),
    h("p", { class: "notice" }, t("today.screening")),
  );
}

export function view() {
  const rows = app.cases;
  if (!rows.length) return h("div", {}, h("p", { class: "empty" }, t("failed.none")));
  return h(
    "div",
    { class: "cases scroll" },
    rows.map((one) => {
      const last = newest(one);
      const left = NEEDS.filter((name) => !stepsOf(one, name).length && !(name === "retest" && one.retests.length));
      return button(
        [
          h("span", { class: "when" }, since(one.result.recorded_at)),
          verdict(last.verdict),
          h("span", { class: "what" }, h("b", {}, named(one)), h("small", {}, one.result.sample_number || t("today.no_sample"), one.retests.length ? ` · ${t("result.retest_n", { n: one.retests.length })}` : "")),
          h("span", { class: "left" }, one.unseen.length ? h("b", { class: "new" }, t("failed.unseen")) : left.length ? t("failed.left", { steps: left.map((name) => t(`step.${name}`)).join("、") }) : one.until && !isOver(one) ? t("failed.objection", { span: span(new Date(one.until) - now()) }) : t("failed.done")),
        ],
        () => open({ name: "failed", id: one.id }),
        { key: one.id, class: "case-line", "data-case": one.id },
      );
    }),
  );
}

export function count() {
  return app.cases.filter((one) => one.unseen.length || NEEDS.some((name) => !stepsOf(one, name).length && !(name === "retest" && one.retests.length))).length;
}

// To whom, when, by whom: the vendor's time for an objection runs from here.
let form = null;
export function handedOver(sheet) {
  const one = app.cases.find((other) => other.id === sheet.id);
  if (!one) return h("p", { class: "empty" }, t("refused.unknown_result"));
  if (form?.id !== one.id) form = { id: one.id, request: uuid(), to: one.result.vendor || one.result.stall || "", ago: 0, note: "" };
  const at = new Date(now().getTime() - form.ago * 60_000);
  return h(
    "div",
    { class: "handing" },
    h("p", {}, t("hand.how", { at: clock(at), until: clock(at.getTime() + 4 * 3_600_000) })),
    h("label", {}, t("hand.to"), h("input", { class: "typed", id: "hand-to", value: form.to, "data-field": "to", maxlength: 100, autocomplete: "off", oninput: (event) => { form.to = event.target.value; draw(); } })),
    h("div", { class: "choices three" }, [one.result.vendor, one.result.stall, t("hand.helper")].filter(Boolean).map((name) => button(name, () => { form.to = name; draw(); }, { key: name, "aria-pressed": String(form.to === name) }))),
    h("h2", {}, t("hand.when")),
    h("div", { class: "ways" }, [0, 5, 15, 30, 60].map((ago) => button(ago ? t("hand.ago", { n: ago }) : t("hand.now"), () => { form.ago = ago; draw(); }, { key: ago, "aria-pressed": String(form.ago === ago) }))),
    handingParts.map((part) => part(form, draw)),
    button(
      t("hand.press"),
      async () => {
        const { to, ago, request, note, photo } = form;
        const said = { to: to.trim(), note, ...(photo ? { photo } : {}), ...(ago ? { done_at: at.toISOString() } : {}) };
        const answer = await attempt(() => ask("handle", { request, result: one.result.id, step: "handed_over", ...said }));
        if (!answer) return;
        form = null;
        app.cases = app.cases.map((other) => (other.id === answer.id ? answer : other));
        open({ name: "failed", id: one.id });
        refresh();
      },
      { class: "big primary", id: "hand-press", disabled: !form.to.trim() },
    ),
  );
}

// Seam: a photograph of the signature puts its hash into form.photo.
export const handingParts = [];
