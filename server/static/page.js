// The page: loads the lists, then lives on the feed. The feed's place is taken before the lists are loaded.
import { alertChanged, openCount, redrawAlerts, setAlerts, startAlerts } from "/static/alerts.js";
import { enter, isSignedIn, may, redrawAccount, showSignIn, startAccount } from "/static/account.js";
import { get } from "/static/api.js";
import { cameraNews, loadCameraEvents, redrawCameraEvents, startCameraEvents } from "/static/camera_events.js";
import { cameraChanged, cameraDeviceChanged, loadCameras, redrawCameras, startCameras } from "/static/cameras.js";
import { byId, el, soon } from "/static/dom.js";
import { Live } from "/static/live.js";
import { addResults, clearResults, redrawResults, useStationTitles } from "/static/results.js";
import { deviceChanged, isStationOnline, onlineCount, probeChanged, readingCame, redrawStations, setStations, stationChanged, stationCount, stationTitle } from "/static/stations.js";
import { applyWords, clock, isChinese, number, switchLanguage, t } from "/static/words.js";

const COUNT_AGAIN_MS = 2000;
const STATIONS_AGAIN_MS = 5000;
const ANYWAY_MS = 60_000;
const DAY_MS = 86_400_000;
const EXPORTED_DAYS = 31;
let counts = { samples: 0, failed: 0, tests: 0 };
let link = "connecting";
let staleSince = null;

async function loadStations() {
  const before = stationCount();
  const lists = [get("/stations?limit=1000"), get("/devices?limit=1000"), get("/probes?limit=1000")];
  const [stations, devices, probes] = await Promise.all(lists);
  setStations(stations.items, devices.items, probes.items);
  await loadCameras(devices.items);
  redrawAlerts();
  redrawCameraEvents();
  if (stationCount() !== before) redrawResults();
}

async function loadCounts() {
  const answer = await get("/counts?by=verdict");
  counts = {
    samples: answer.samples.reduce((sum, it) => sum + it.samples, 0),
    failed: answer.samples.reduce((sum, it) => sum + it.failed, 0),
    tests: answer.tests.reduce((sum, it) => sum + it.tests, 0),
  };
  showCounters();
}

async function load() {
  try {
    const [results, alerts] = await Promise.all([
      get("/results?limit=150"),
      get("/alerts?state=open&state=acknowledged&limit=200"),
      loadStations(),
      loadCounts(),
      may("cameras.read") ? loadCameraEvents() : null,
    ]);
    clearResults();
    addResults(results.items, false);
    setAlerts(alerts.items);
    showCounters();
  } catch (problem) {
    if (problem.status === 401) showSignIn();
    throw problem;
  }
}

// Counts come from the server, which knows what a sample is: a moment after news, and now and then.
const quietly = (work) => () => work().catch((problem) => console.info(problem.message));
const countAgain = soon(quietly(loadCounts), COUNT_AGAIN_MS);
const loadStationsAgain = soon(quietly(loadStations), STATIONS_AGAIN_MS);

function take(items) {
  const results = items.filter((it) => it.kind === "result");
  if (results.length) {
    addResults(results, true);
    countAgain();
    loadStationsAgain();
  }
  for (const it of items) {
    if (it.kind === "alert") alertChanged(it).catch((problem) => console.info(problem.message));
    else if (it.kind === "station") {
      if (!stationChanged(it)) loadStationsAgain();
      redrawCameras();
    } else if (it.kind === "device") {
      deviceChanged(it);
      cameraDeviceChanged(it);
    } else if (it.kind === "reading") readingCame(it);
    else if (it.kind === "probe") probeChanged(it);
    else if (it.kind === "camera" || it.kind === "media") {
      cameraNews(it);
      if (it.kind === "camera" && !cameraChanged(it)) loadStationsAgain();
    }
  }
  showCounters();
}

function showCounters() {
  const open = openCount();
  const entries = [
    ["samples_today", number(counts.samples), false],
    ["tests_today", number(counts.tests), false],
    ["failed_today", number(counts.failed), counts.failed > 0],
    ["open_alerts", number(open), open > 0],
    ["stations_online", `${onlineCount()}/${stationCount()}`, false],
  ];
  byId("counters").replaceChildren(
    ...entries.map(([key, value, isBad]) => {
      const entry = el("div", isBad ? "is-bad" : "", el("dt", "", t(key)), el("dd", "", value));
      entry.id = key;
      return entry;
    }),
  );
  document.title = `${open ? `(${open}) ` : ""}${t("name")}`;
}

function showLink(state) {
  if (state === "live") staleSince = null;
  else if (link === "live") staleSince = new Date().toISOString();
  link = state === "stale" && !staleSince ? "connecting" : state;
  if (state === "stale") isSignedIn();
  byId("link").dataset.state = link;
  byId("link-text").textContent = t(link);
  document.body.classList.toggle("is-stale", link === "stale");
  byId("banner").hidden = link !== "stale";
  byId("banner").textContent = link === "stale" ? t("stale_since", { at: clock(staleSince) }) : "";
}

function exportWhat(event) {
  const query = new URLSearchParams({
    from: new Date(Date.now() - EXPORTED_DAYS * DAY_MS).toISOString(),
    language: isChinese() ? "zh" : "en",
  });
  event.currentTarget.href = `/api/v1/results.csv?${query}`;
}

async function start() {
  applyWords();
  useStationTitles(stationTitle);
  startAlerts(showCounters);
  startCameraEvents(redrawAlerts);
  startCameras({ title: stationTitle, isOnline: isStationOnline });
  showCounters();
  showLink("connecting");
  byId("language").addEventListener("click", () => {
    switchLanguage();
    for (const redraw of [redrawAlerts, redrawCameraEvents, redrawResults, redrawStations, redrawCameras, redrawAccount, showCounters]) redraw();
    showLink(link);
  });
  startAccount();
  byId("export").addEventListener("click", exportWhat);
  setInterval(countAgain, ANYWAY_MS);
  setInterval(redrawStations, ANYWAY_MS); // ages grow
  await enter();
  if (!(await isSignedIn())) return;
  byId("export").hidden = !may("results.export");
  new Live({ load, items: take, state: showLink }).start();
}

start();
