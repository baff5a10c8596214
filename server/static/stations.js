// Stations and their devices: who is there, who is not, and what each has done today.
import { byId, chip, el, nextFrame } from "/static/dom.js";
import { age, clock, isChinese, label, number, t, word } from "/static/words.js";

const stations = new Map();
const devices = new Map(); // station -> Map(name -> device)
const probes = new Map(); // station -> Map(probe -> what it shows)
const STALE_S = 180; // a value comes at least once a minute
const SKEW_S = 300; // as an edge reports it
const BACKLOG = 20; // a few events are always on their way when a station tells its number
const draw = nextFrame(render);

export function stationTitle(name) {
  const it = stations.get(name);
  if (!it) return name;
  return (isChinese() ? it.title : it.title_en || it.title) || name;
}

export const isStationOnline = (name) => stations.get(name)?.state === "online";

/** The lists as the server has them now. */
export function setStations(list, deviceList, probeList) {
  stations.clear();
  devices.clear();
  probes.clear();
  for (const it of list) stations.set(it.name, it);
  for (const it of deviceList) note(it.station, it.name, { ...it, told_ms: performance.now() });
  for (const it of probeList) noteProbe({ ...it, age_s: it.age_s ?? Infinity, told_ms: performance.now() });
  draw();
}

function note(station, name, device) {
  if (!devices.has(station)) devices.set(station, new Map());
  devices.get(station).set(name, { ...devices.get(station).get(name), ...device });
}

function noteProbe(it) {
  if (!probes.has(it.station)) probes.set(it.station, new Map());
  const here = probes.get(it.station);
  const key = `${it.device}/${it.quantity}/${it.channel}`;
  here.set(key, { ...here.get(key), ...it });
}

/** A reading of the feed. One of a backlog is as old as it says. */
export function readingCame(item) {
  const age_s = Math.max(0, (Date.now() - Date.parse(item.recorded_at)) / 1000);
  const { station, device, quantity, channel, value, unit, recorded_at: at } = item;
  const known = probes.get(station)?.get(`${device}/${quantity}/${channel}`);
  if (!known?.at || Date.parse(known.at) <= Date.parse(at)) noteProbe({ station, device, quantity, channel, value, unit, at, age_s, told_ms: performance.now() });
  draw();
}

export function probeChanged(item) {
  const { station, device, quantity, channel, state } = item;
  noteProbe({ station, device, quantity, channel, state });
  draw();
}

/** What a probe shows, and whether that can still be so. */
function probe(it, isAway) {
  const age_s = it.age_s == null ? Infinity : it.age_s + (performance.now() - it.told_ms) / 1000;
  const value = it.value == null ? "–" : `${number(it.value)} ${word("unit", it.unit)}`.trim();
  const name = it.channel == null ? word("quantity", it.quantity) : `${word("quantity", it.quantity)} ${it.channel}`;
  const isStale = isAway || age_s > STALE_S || it.state === "failing" || it.state === "silent";
  const node = el("span", `small reading${isStale ? " stale" : ""}`, `${name} ${value}${it.at ? ` (${clock(it.at)})` : ""}`);
  if (it.state && it.state !== "ok") node.append(" ", chip(it.state === "out_of_range" ? "fail" : "warning", word("probe", it.state)));
  return node;
}

export function stationChanged(item) {
  const it = stations.get(item.station);
  if (it) Object.assign(it, { state: item.state, state_at: item.at });
  draw();
  return Boolean(it);
}

export function deviceChanged(item) {
  note(item.station, item.device, { name: item.device, state: item.state, state_at: item.at });
  draw();
}

export const redrawStations = draw;

export const onlineCount = () => [...stations.values()].filter((it) => it.state === "online").length;
export const stationCount = () => stations.size;

function render() {
  // Whoever is missing is what one must see: offline first, then by title.
  const order = { offline: 0, online: 1, never_seen: 2 };
  const list = [...stations.values()].sort(
    (a, b) => order[a.state] - order[b.state] || stationTitle(a.name).localeCompare(stationTitle(b.name)),
  );
  byId("stations").replaceChildren(...list.map(row));
  byId("stations-empty").hidden = list.length > 0;
  byId("stations-count").textContent = list.length ? t("of_total", { part: onlineCount(), total: list.length }) : "";
}

/** How old the last result is, by the centre's clock when it was told, and by this browser's only since then. */
function lastResult(it) {
  if (it.last_result_age_s == null) return lastValue(it);
  const node = el("span", "small", t("last_result", { age: age(it.last_result_age_s + (performance.now() - it.told_ms) / 1000) }));
  node.title = clock(it.last_result_at);
  return node;
}

/** A device that has only probes brings no results. */
function lastValue(it) {
  if (it.last_reading_age_s == null) return null;
  const node = el("span", "small", t("last_value", { age: age(it.last_reading_age_s + (performance.now() - it.told_ms) / 1000) }));
  node.title = clock(it.last_reading_at);
  return node;
}

function skew(it) {
  const off = it.clock_skew_s ?? 0;
  if (Math.abs(off) <= SKEW_S) return null;
  return chip("warning", t(off > 0 ? "clock_ahead" : "clock_behind", { age: age(Math.abs(off)) }));
}

/** What a device does while its station is away, nobody knows. */
function device(it, isAway) {
  const state = isAway ? chip("offline", it.name) : chip(it.state, `${it.name} · ${word("device", it.state)}`);
  return [state, lastResult(it), skew(it)].filter(Boolean);
}

function row(it) {
  const here = [...(devices.get(it.name)?.values() ?? [])].sort((a, b) => a.name.localeCompare(b.name));
  const looks = [...(probes.get(it.name)?.values() ?? [])].sort((a, b) => a.device.localeCompare(b.device) || a.quantity.localeCompare(b.quantity) || (a.channel ?? 0) - (b.channel ?? 0));
  const isAway = it.state !== "online";
  const when = isAway && it.state_at ? t("since", { at: clock(it.state_at) }) : it.last_event_at ? t("last_news", { at: clock(it.last_event_at) }) : t("never");
  const day = el("span", "small", t("tests_of_day", { samples: number(it.samples), tests: number(it.tests) }));
  if (it.failed_samples) day.append(" · ", el("span", "bad", t("failed_of_day", { count: number(it.failed_samples) })));
  const flags = el("span", "small");
  if (it.waiting >= BACKLOG) flags.append(t("waiting_events", { count: number(it.waiting) }), " ");
  if (it.repeats) flags.append(t("repeats", { count: number(it.repeats) }), " ");
  if (it.gaps) flags.append(chip("warning", t("gap")), " ");
  if (it.is_broken) flags.append(chip("fail", t("broken")));
  return el(
    "li",
    `row ${it.state}`,
    el("span", "title", stationTitle(it.name)),
    chip(it.state, label("station", it.state)),
    day,
    el("span", "small when", when),
    flags.childNodes.length ? flags : null,
    here.length ? el("div", "devices", ...here.flatMap((it) => device(it, isAway))) : null,
    looks.length ? el("div", "devices", ...looks.map((it) => probe(it, isAway))) : null,
  );
}
