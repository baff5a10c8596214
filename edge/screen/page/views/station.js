// How the station is: the line to the centre, what waits for it, devices and cameras, the document that came down.

import { app } from "../app.js";
import { h } from "../dom.js";
import { clock, since } from "../parts.js";
import { t } from "../words.js";

function row(sign, name, said, more = "", isBad = false) {
  return h("tr", { key: name, class: isBad ? "bad" : "" }, h("td", {}, h("b", { class: "sign" }, sign)), h("td", {}, h("b", {}, name)), h("td", {}, said), h("td", {}, h("small", {}, more)));
}

function device(one) {
  const said = !one.is_open ? t("device.closed") : one.is_due ? t("device.silent") : t("device.open");
  const more = [one.trouble, one.last_result_at && t("device.last", { at: since(one.last_result_at) }), one.dead_letters && t("device.dead", { n: one.dead_letters })].filter(Boolean).join(" · ");
  return row(one.is_open ? (one.is_due ? "▲" : "✓") : "✕", one.name, said, more, !one.is_open);
}

export function view() {
  const { news, down } = app;
  if (!news.is_there) return h("div", { class: "state" }, h("p", { class: "empty" }, t("away.title"), " ", t("away.kept")));
  const clockSaid = news.clock?.offset_s ? t("clock.off", { s: Math.round(news.clock.offset_s) }) : t("clock.right");
  return h(
    "div",
    { class: "state" },
    h(
      "div",
      { class: "scroll" },
      h("h2", {}, t("state.line")),
      h(
        "table",
        {},
        h(
          "tbody",
          {},
          row(news.is_connected ? "✓" : "▲", t("state.centre"), news.is_connected ? t("line.up") : t("line.alone", { since: since(news.line_since) }), news.is_connected ? "" : t("state.alone")),
          row(news.waiting ? "…" : "✓", t("state.waiting"), news.waiting ? t("state.waiting_n", { n: news.waiting, since: since(news.waiting_since) }) : t("state.none")),
          row(news.refused ? "!" : "✓", t("state.refused"), news.refused ? t("state.refused_n", { n: news.refused }) : t("state.none"), "", news.refused > 0),
          row(news.clock?.offset_s ? "▲" : "✓", t("state.clock"), clockSaid, clock(news.now ?? Date.now(), true)),
          news.scanner === undefined ? null : row(news.scanner ? "✕" : "✓", t("state.scanner"), t(news.scanner ? "device.closed" : "device.open"), news.scanner, Boolean(news.scanner)),
          news.bell ? row(news.bell.trouble ? "✕" : "✓", t("state.bell"), news.bell.failures ? t("state.bell_failed", { n: news.bell.failures, at: since(news.bell.failed_at) }) : t("state.bell_rung", { n: news.bell.rung }), news.bell.trouble, Boolean(news.bell.trouble)) : null,
          row(down.version ? "✓" : "▲", t("state.document"), down.version ? t("state.document_of", { at: since(down.made_at), version: down.limits_version }) : t("state.no_document"), down.refusal || down.failure || ""),
        ),
      ),
      h("h2", {}, t("state.devices")),
      news.devices?.length ? h("table", {}, h("tbody", {}, news.devices.map(device))) : h("p", { class: "empty" }, t("device.none")),
      news.cameras?.length ? [h("h2", {}, t("state.cameras")), h("table", {}, h("tbody", {}, news.cameras.map((one) => row(one.is_online ? "✓" : "✕", one.name, t(one.is_online ? "device.open" : "device.closed"), one.trouble, !one.is_online))))] : null,
      h("p", { class: "version" }, `Shian ${news.version ?? ""} · ${news.station}`),
    ),
  );
}
