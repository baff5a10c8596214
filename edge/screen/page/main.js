// The shell: top line, banner of failed tests, rail, the place, and what lies over it.

import { listen, send } from "./api.js";
import { app, draw, drawnBy, go, open, refresh, refreshDown } from "./app.js";
import { h, render } from "./dom.js";
import { button, clock, setZone, since, value, verdict } from "./parts.js";
import { PLACES, SHEETS } from "./places.js";
import { heard as scanned, listenToKeys } from "./scanner.js";
import * as sound from "./sound.js";
import { named, now, ringing } from "./views/failed.js";
import { signOut } from "./views/sign_in.js";
import { language, load, t } from "./words.js";

function top() {
  const { news, session } = app;
  return h(
    "header",
    { class: "top" },
    h("strong", { class: "station" }, news.station ?? "", h("small", {}, t("app.name"))),
    line(news),
    h("span", { class: "space" }),
    sound.canSound() ? null : h("span", { class: "chip warn" }, h("b", {}, "▲"), t("sound.touch")),
    button(session.is_plain ? t("session.plain") : session.is_locked ? t("session.nobody") : session.who, () => open({ name: "sign_in" }), {
      class: "who",
      id: "who",
      disabled: session.is_plain,
    }),
    h("time", { class: "clock", id: "clock" }, clock(now())),
    button(t("app.other_language"), () => changeLanguage(), { class: "quiet", id: "language" }),
  );
}

// The line to the centre: it never blocks anything, so it is a chip that says since when and how much waits.
function line(news) {
  if (!news.is_there) return h("span", { class: "chip bad", id: "line", "data-state": "away" }, h("b", {}, "✕"), t("line.agent_away"));
  if (news.full_since) return h("span", { class: "chip bad", id: "line", "data-state": "full" }, h("b", {}, "✕"), t("line.full"));
  const words = { n: news.waiting, since: since(news.line_since) };
  if (!news.is_connected)
    return h("span", { class: "chip warn", id: "line", "data-state": "alone" }, h("b", {}, "▲"), t(news.waiting ? "line.alone_waiting" : "line.alone", words));
  if (news.waiting) return h("span", { class: "chip", id: "line", "data-state": "sending" }, h("b", {}, "…"), t("line.sending", words));
  return h("span", { class: "chip", id: "line", "data-state": "up" }, h("b", {}, "✓"), t("line.up"));
}

function away() {
  if (app.news.is_there) return null;
  return h("div", { class: "away", id: "away", role: "status", key: "away" }, h("b", {}, t("away.title")), " ", t("away.kept"));
}

function banner() {
  const [first, ...more] = ringing();
  if (!first) return null;
  const { kind, one } = first;
  return h(
    "div",
    { class: `banner ${kind}`, id: "banner", role: "alert", key: "banner" },
    kind === "failed" ? verdict("fail") : h("span", { class: "verdict suspect" }, h("b", { class: "shape" }, "◷"), t("todo.objection_over")),
    h("span", { class: "what" }, h("strong", {}, named(one)), " ", h("span", {}, value(one.result)), more.length ? h("em", {}, t("banner.more", { n: more.length })) : null),
    button(t("banner.open"), () => open({ name: "failed", id: one.id }), { class: "big", id: "banner-open" }),
  );
}

function rail() {
  return h(
    "nav",
    { class: "rail", "aria-label": t("app.places") },
    PLACES.map((place) =>
      button(
        [h("i", { "aria-hidden": true }, place.sign), h("span", {}, t(`place.${place.name}`)), place.count?.() ? h("b", { class: "count" }, place.count()) : null],
        () => go(place.name),
        { key: place.name, "data-place": place.name, "aria-current": app.place === place.name ? "page" : false },
      ),
    ),
  );
}

function page() {
  const place = PLACES.find((one) => one.name === app.place) ?? PLACES[0];
  const sheet = app.sheet ? SHEETS[app.sheet.name] : null;
  render(document.body, [
    h(
      "div",
      { class: "shell", id: "shell", "data-there": String(app.news.is_there) },
      h("div", { class: "head" }, top(), away(), banner()),
      h("div", { class: "body" }, rail(), h("main", { key: place.name, "data-place": place.name }, place.view())),
    ),
    h(
      "div",
      { class: "over", hidden: !sheet },
      sheet
        ? h(
            "section",
            { class: "sheet", key: app.sheet.name, "data-sheet": app.sheet.name, role: "dialog", "aria-label": t(`sheet.${app.sheet.name}`) },
            h("div", { class: "sheet-top" }, h("h1", {}, t(`sheet.${app.sheet.name}`)), button("✕", () => open(null), { class: "close", "aria-label": t("app.close") })),
            sheet(app.sheet),
          )
        : null,
    ),
    h("div", { class: `toast ${app.toast?.kind ?? ""}`, id: "toast", role: "status", hidden: !app.toast }, app.toast?.text ?? ""),
  ]);
}

async function changeLanguage() {
  await load(language === "zh" ? "en" : "zh");
  draw();
}

let heardOf = "";
let documentVersion = -1;
function heard(news) {
  const wasThere = app.news.is_there;
  // The station's clock, not the tablet's: `now` stands in the news, and runs on here.
  const skew = news.now ? new Date(news.now).getTime() - Date.now() : (app.news.skew ?? 0);
  app.news = { ...(news.is_there ? {} : { station: app.news.station }), ...news, skew };
  if (news.is_there) {
    if (news.timezone) setZone(news.timezone);
    // States of receipts change without a new event: the places are asked for at each news of the line.
    const mark = `${news.recorded} ${news.waiting} ${news.refused} ${news.down_version}`;
    if (mark !== heardOf || !wasThere) refresh();
    heardOf = mark;
    if (news.down_version !== documentVersion || !wasThere) {
      refreshDown();
      session();
    }
    documentVersion = news.down_version;
  }
  draw();
}

function ring() {
  const isRinging = ringing().length > 0;
  document.body.dataset.ringing = String(isRinging);
  if (isRinging) sound.begin();
  else sound.end();
}

async function session() {
  const before = app.session;
  try {
    app.session = await send("/api/session", {}, "GET");
  } catch {
    app.session = before;
  }
  draw();
}

// Idle for long, and whoever comes next is somebody else. A touch is told to the server now and then.
let touchedAt = Date.now();
let toldAt = 0;
document.addEventListener("pointerdown", touched, true);
document.addEventListener("keydown", touched, true);
function touched() {
  touchedAt = Date.now();
  if (app.session.is_plain || app.session.is_locked || touchedAt - toldAt < 20_000) return;
  toldAt = touchedAt;
  send("/api/session/active", {}).catch(() => {});
}
setInterval(() => {
  const { is_plain, is_locked, idle_s } = app.session;
  if (!is_plain && !is_locked && idle_s && Date.now() - touchedAt > idle_s * 1000) signOut();
}, 2_000);

await load();
drawnBy(() => {
  page();
  ring();
});
draw();
listenToKeys((key) => {
  const place = PLACES.find((one) => one.name === app.place);
  if (!app.sheet) place?.typed?.(key);
});
await session();
listen(heard, (text) => scanned(text));
setInterval(draw, 10_000); // clocks that run
setInterval(session, 30_000); // operators that came with a newer document
