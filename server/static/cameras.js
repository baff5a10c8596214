// The wall of cameras: a small picture of each that is on the screen, and one enlarged. Nothing is asked for unseen.
import { get } from "/static/api.js";
import { byId, chip, el, nextFrame } from "/static/dom.js";
import { Player } from "/static/player.js";
import { Watch } from "/static/watch.js";
import { clock, number, t, word } from "/static/words.js";

const MOST = 16; // cameras a page may watch at once, the enlarged one included
const WALL_FPS = 1;
const LARGE_FPS = 5;
const STALE_MS = 6000;
const TICK_MS = 1000;
const SETTLE_MS = 250; // a tile that only passes by while scrolling is not asked for
const CAMERA = "camera";

const tiles = new Map(); // "station/camera" -> tile
let stationTitle = (name) => name;
let isOnline = () => true;
let large = null; // { key, mode, problem, at }
let isOff = false;
let settling = 0;
const player = new Player(byId("camera-video"), () => large && usePreview("codec"));
const watch = new Watch({ picture, refused, off });
const draw = nextFrame(render);
const observer = new IntersectionObserver((entries) => {
  for (const it of entries) {
    const tile = tiles.get(it.target.dataset.key);
    if (tile) tile.isSeen = it.isIntersecting;
  }
  askSoon();
});

/** `of`: { title(station), isOnline(station) } */
export function startCameras(of) {
  stationTitle = of.title;
  isOnline = of.isOnline;
  document.addEventListener("visibilitychange", askSoon);
  byId("camera").addEventListener("close", closeLarge);
  byId("camera-close").addEventListener("click", () => byId("camera").close());
  setInterval(age, TICK_MS);
}

/** The devices as the server has them now; what is under way at their cameras is asked for. */
export async function loadCameras(devices) {
  const cameras = devices.filter((it) => it.adapter === CAMERA);
  const known = new Set(cameras.map((it) => `${it.station}/${it.name}`));
  for (const [key, tile] of tiles) if (!known.has(key)) forget(key, tile);
  for (const it of cameras) note(it.station, it.name).state = it.state;
  draw();
  if (!cameras.length) return;
  const events = await get("/camera-events?limit=200");
  for (const tile of tiles.values()) tile.trouble.clear();
  for (const it of events.items) if (it.last_phase !== "end") tiles.get(`${it.station}/${it.device}`)?.trouble.set(it.key, it.kind);
  draw();
}

/** A camera event of the feed. False: a camera that is not known yet. */
export function cameraChanged(item) {
  const tile = tiles.get(`${item.station}/${item.device}`);
  if (!tile) return false;
  if (item.phase === "end") tile.trouble.delete(item.key);
  else tile.trouble.set(item.key, item.what);
  draw();
  return true;
}

export function cameraDeviceChanged(item) {
  const tile = tiles.get(`${item.station}/${item.device}`);
  if (tile) tile.state = item.state;
  draw();
}

export const redrawCameras = draw;

function note(station, camera) {
  const key = `${station}/${camera}`;
  if (!tiles.has(key)) tiles.set(key, newTile(key, station, camera));
  return tiles.get(key);
}

function newTile(key, station, camera) {
  const picture = el("img", "picture");
  picture.alt = "";
  const empty = el("span", "empty", "");
  const title = el("span", "title", "");
  const chips = el("span", "chips");
  const old = el("span", "old", "");
  const frame = el("span", "frame", picture, empty, old);
  const open = el("button", "tile", frame, title, chips);
  open.type = "button";
  open.dataset.key = key;
  open.addEventListener("click", () => openLarge(key));
  observer.observe(open);
  return { key, station, camera, node: el("li", "", open), open, picture, empty, title, chips, old, state: "unknown", trouble: new Map(), at: 0, isSeen: false, address: "", problem: "" };
}

function forget(key, tile) {
  observer.unobserve(tile.open);
  if (tile.address) URL.revokeObjectURL(tile.address);
  tiles.delete(key);
}

const isHere = (tile) => isOnline(tile.station);

function askSoon() {
  clearTimeout(settling);
  settling = setTimeout(ask, SETTLE_MS);
}

function ask() {
  if (document.visibilityState !== "visible" || isOff) {
    watch.want([]);
    return;
  }
  const list = [];
  if (large) {
    const { station, camera } = tiles.get(large.key);
    list.push({ station, camera, mode: large.mode, fps: LARGE_FPS });
  } else
    for (const it of tiles.values())
      if (it.isSeen && isHere(it) && list.length < MOST) list.push({ station: it.station, camera: it.camera, mode: "preview", fps: WALL_FPS });
  watch.want(list);
}

function picture(head, bytes) {
  const key = `${head.station}/${head.camera}`;
  const tile = tiles.get(key);
  if (!tile) return;
  if (head.part === "preview") {
    show(tile, new Blob([bytes], { type: "image/jpeg" }));
    tile.at = Date.now();
  }
  if (large?.key !== key) return;
  large.at = Date.now();
  if (head.part === "init") player.begin(head.codec, bytes);
  else if (head.part === "fragment") player.add(bytes);
  age();
}

function show(tile, blob) {
  const before = tile.address;
  tile.address = URL.createObjectURL(blob);
  tile.picture.src = tile.address;
  tile.empty.hidden = true;
  if (large?.key === tile.key) byId("camera-picture").src = tile.address;
  // Revoked only when the next one is shown: an address that is still loading must live.
  if (tile.before) URL.revokeObjectURL(tile.before);
  tile.before = before;
}

function refused(key, reason) {
  const tile = tiles.get(`${key.station}/${key.camera}`);
  if (!tile) return;
  if (large?.key === tile.key && key.mode === "video" && large.mode === "video") usePreview(reason);
  else {
    tile.problem = reason;
    draw();
  }
}

function off() {
  isOff = true;
  draw();
}

function openLarge(key) {
  large = { key, mode: "MediaSource" in window ? "video" : "preview", problem: "", at: 0 };
  showLarge();
  byId("camera").showModal();
  ask();
}

/** This browser does not play it, or the site does not allow it: pictures instead. */
function usePreview(reason) {
  if (large.mode === "preview") return;
  large.mode = "preview";
  large.problem = reason;
  player.end();
  showLarge();
  ask();
}

function showLarge() {
  const tile = tiles.get(large.key);
  byId("camera-title").textContent = `${stationTitle(tile.station)} · ${tile.camera}`;
  byId("camera-video").hidden = large.mode !== "video";
  byId("camera-picture").hidden = large.mode !== "preview";
  if (tile.address) byId("camera-picture").src = tile.address;
  byId("camera-note").textContent = large.problem ? word("refused", large.problem) : "";
  byId("camera").dataset.mode = large.mode;
  age();
}

function closeLarge() {
  large = null;
  player.end();
  byId("camera-picture").removeAttribute("src");
  ask();
}

/** What is old looks old. */
function age() {
  const now = Date.now();
  for (const it of tiles.values()) {
    const isOld = it.at > 0 && now - it.at > STALE_MS;
    it.open.classList.toggle("is-old", isOld || !isHere(it));
    it.old.textContent = isOld ? t("seconds_ago", { count: number(Math.round((now - it.at) / 1000)) }) : "";
  }
  if (!large) return;
  const isOld = large.at > 0 && now - large.at > STALE_MS;
  byId("camera").classList.toggle("is-old", isOld);
  byId("camera-age").textContent = isOld ? t("seconds_ago", { count: number(Math.round((now - large.at) / 1000)) }) : large.at ? t("live") : t("waiting_for_picture");
}

function render() {
  const list = [...tiles.values()].sort((a, b) => stationTitle(a.station).localeCompare(stationTitle(b.station)) || a.camera.localeCompare(b.camera));
  for (const it of list) {
    it.title.textContent = `${stationTitle(it.station)} · ${it.camera}`;
    it.empty.textContent = it.problem ? word("refused", it.problem) : isOff ? t("live_off") : isHere(it) ? t("no_frame") : word("station", "offline");
    it.chips.replaceChildren(
      ...(it.state === "online" || !isHere(it) ? [] : [chip(it.state, word("device", it.state))]),
      ...[...new Set(it.trouble.values())].map((kind) => chip("warning", word("kind", kind))),
    );
  }
  const wall = byId("wall");
  // Only what has moved is moved: a tile that leaves the page would be asked for anew.
  list.forEach((it, at) => wall.children[at] !== it.node && wall.insertBefore(it.node, wall.children[at] ?? null));
  while (wall.children.length > list.length) wall.lastChild.remove();
  wall.hidden = list.length === 0;
  if (large) tiles.has(large.key) ? showLarge() : byId("camera").close();
  age();
  askSoon();
}
