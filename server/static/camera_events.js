// What the cameras saw: the last begun first, each with its snapshot and its clip once they have come from the station.
import { may } from "/static/account.js";
import { get } from "/static/api.js";
import { button, byId, chip, el, nextFrame } from "/static/dom.js";
import { stationTitle } from "/static/stations.js";
import { clock, number, t, word } from "/static/words.js";

const MOST = 60;
const UNTRUSTED = new Set(["offline", "frozen", "dark", "covered", "defocused", "moved"]);
const FINDINGS = new Set(["intrusion", "rodent", "too_many", "no_mask", "no_hat", "phone", "cigarette"]);
const events = new Map(); // key -> the event as GET /camera-events has it
const asked = new Set(); // keys that alerts name and that the list does not reach back to
const rows = new Map(); // key -> { told, node }: a row is only made anew when it says something else
const draw = nextFrame(render);
let onChange = () => {};

export async function loadCameraEvents() {
  const { items } = await get(`/camera-events?limit=${MOST}`);
  events.clear();
  asked.clear();
  for (const it of items) events.set(it.key, it);
  changed();
}

/** News of the feed: a phase of an event, or a picture or clip that has arrived. */
export function cameraNews(item) {
  const it = events.get(item.key);
  if (item.kind === "media") {
    if (!it) return;
    addMedia(it, { hash: item.hash, type: item.type, is_stored: true });
  } else if (it) {
    if (item.recorded_at >= it.last_at) Object.assign(it, { last_at: item.recorded_at, last_phase: item.phase });
    for (const hash of item.media) addMedia(it, { hash, type: "", is_stored: false });
  } else if (item.phase === "start") {
    const media = item.media.map((hash) => ({ hash, type: "", is_stored: false }));
    const { key, id, station, device, what, zone, recorded_at } = item;
    events.set(key, { key, id, station, device, kind: what, zone, at: recorded_at, last_at: recorded_at, last_phase: "start", media });
  }
  changed();
}

function addMedia(it, news) {
  const known = it.media.find((one) => one.hash === news.hash);
  if (!known) it.media.push(news);
  else if (news.is_stored) Object.assign(known, news);
}

function changed() {
  draw();
  onChange();
}

/** The words for what a camera saw and where in its picture. */
export const what = (kind, zone) => [word("kind", kind), zone ? word("zone", zone) : ""].filter(Boolean).join(" · ");

/** The small picture of the camera event `key`, or null. An event that is not in the list is asked for, once. */
export function thumbnailOf(key) {
  const it = events.get(key);
  if (!it && key && !asked.has(key)) {
    asked.add(key);
    get(`/camera-events?key=${encodeURIComponent(key)}`)
      .then(({ items }) => {
        for (const one of items) events.set(one.key, one);
        changed();
      })
      .catch((problem) => console.info(problem.message));
  }
  return it && snapshot(it) ? thumbnail(it) : null;
}

const stored = (it, type) => may("media.view") && it.media.find((one) => one.is_stored && one.type === type);
const snapshot = (it) => stored(it, "image/jpeg");
const clip = (it) => stored(it, "video/mp4");
const address = (media) => `/api/v1/media/${media.hash}`;

function render() {
  const list = [...events.values()].sort((a, b) => Date.parse(b.at) - Date.parse(a.at)).slice(0, MOST);
  const focused = document.activeElement?.dataset?.key;
  byId("camera-events").replaceChildren(...list.map(row));
  if (focused) byId("camera-events").querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  for (const key of rows.keys()) if (!events.has(key)) rows.delete(key);
  byId("camera-events-box").hidden = list.length === 0;
  const open = list.filter((it) => it.last_phase !== "end").length;
  byId("camera-events-count").textContent = open ? t("under_way_count", { count: number(open) }) : "";
}

function row(it) {
  const told = JSON.stringify([it.last_phase, it.last_at, it.media, stationTitle(it.station), t("language"), clock(it.at)]);
  if (rows.get(it.key)?.told !== told) rows.set(it.key, { told, node: newRow(it) });
  return rows.get(it.key).node;
}

function newRow(it) {
  const kind = UNTRUSTED.has(it.kind) ? "warning" : FINDINGS.has(it.kind) ? "critical" : "plain";
  const video = clip(it);
  const node = el(
    "li",
    `shot ${it.last_phase === "end" ? "" : "is-open"}`,
    snapshot(it) ? thumbnail(it) : el("span", "thumb small", it.media.length ? t("picture_comes") : t("no_picture")),
    el(
      "div",
      "about",
      chip(kind, what(it.kind, it.zone)),
      el("span", "where", stationTitle(it.station), el("span", "small", ` ${it.device}`)),
      el("span", "small", clock(it.at), " · ", lasted(it)),
      video ? keyed(it, "clip", button(t("clip"), "plain tiny", () => enlarge(it, video))) : null,
    ),
  );
  node.dataset.event = it.key;
  return node;
}

function thumbnail(it) {
  const image = el("img", "");
  image.alt = t("snapshot_of", { what: what(it.kind, it.zone), at: clock(it.at) });
  image.loading = "lazy";
  image.src = address(snapshot(it));
  const node = keyed(it, "snapshot", button("", "thumb", () => enlarge(it, snapshot(it))));
  node.append(image);
  return node;
}

function keyed(it, name, node) {
  node.dataset.key = `${it.key}/${name}`;
  return node;
}

function lasted(it) {
  if (it.last_phase !== "end") return t("under_way");
  const seconds = Math.max(1, Math.round((Date.parse(it.last_at) - Date.parse(it.at)) / 1000));
  return seconds < 120 ? t("seconds", { count: number(seconds) }) : t("minutes", { count: number(Math.round(seconds / 60)) });
}

/** The picture or the clip, large. */
function enlarge(it, media) {
  const node = el(media.type === "video/mp4" ? "video" : "img", "");
  if (node.tagName === "VIDEO") Object.assign(node, { controls: true, autoplay: true, muted: true });
  else node.alt = t("snapshot_of", { what: what(it.kind, it.zone), at: clock(it.at) });
  node.src = address(media);
  byId("shot-title").textContent = what(it.kind, it.zone);
  byId("shot-about").textContent = `${stationTitle(it.station)} · ${it.device} · ${clock(it.at)}`;
  byId("shot-media").replaceChildren(node);
  byId("shot").showModal();
}

/** All rows anew when they say something else: the language or the stations' titles have changed. */
export const redrawCameraEvents = draw;

/** Wires the dialog. `changed`: pictures may have come for what names a camera event. */
export function startCameraEvents(changed) {
  onChange = changed;
  byId("shot").addEventListener("close", () => byId("shot-media").replaceChildren());
}
