// The state of the page, and the one function that draws it. Views are functions of this state.

import { ask, send } from "./api.js";
import { t } from "./words.js";

export const app = {
  place: "register", // of the rail
  sheet: null, // what lies over the place: { name, ... }
  news: { is_there: false, away_since: 0 },
  samples: [],
  results: [],
  layout: [],
  cases: [],
  progress: {}, // samples of each task
  down: { items: [], tasks: [], operators: [], procedures: [], version: 0 },
  session: { who: "", is_plain: true, is_locked: false },
  toast: null, // { text, kind }
};

let drawNow = () => {};
let isDue = false;

export function drawnBy(draw) {
  drawNow = draw;
}

export function draw() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    drawNow();
  });
}

export function go(place) {
  app.place = place;
  app.sheet = null;
  draw();
  if (place === "tasks") refresh();
}

export function open(sheet) {
  app.sheet = sheet;
  draw();
}

let toastEnds = 0;
export function say(text, kind = "note") {
  app.toast = { text, kind };
  clearTimeout(toastEnds);
  toastEnds = setTimeout(() => {
    app.toast = null;
    draw();
  }, kind === "error" ? 8000 : 4000);
  draw();
}

// Do what a press asked for; where it is refused, say why in plain words. Returns undefined then.
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    if (error.reason === "locked") {
      app.session.is_locked = true;
      app.sheet = { name: "sign_in", back: app.sheet };
      draw();
      return undefined;
    }
    const known = error.reason ? t(`refused.${error.reason}`) : "";
    const isKnown = known && known !== `refused.${error.reason}`;
    say(isKnown ? known : `${t("refused.other")} ${error.message}`, "error");
    if (!error.reason) console.error(error);
    return undefined;
  }
}

// What the places show. Asked for at each news; the agent answers from its own disk.
let isAsking = false;
let isStale = false;
export async function refresh() {
  if (isAsking) {
    isStale = true;
    return;
  }
  isAsking = true;
  try {
    do {
      isStale = false;
      const [cases, samples, results, layout] = await Promise.all([
        ask("cases"),
        ask("samples", { limit: 200 }),
        ask("results", { limit: 200 }),
        ask("layout"),
      ]);
      Object.assign(app, { cases, samples, results, layout });
      if (app.place === "tasks") app.progress = await ask("progress");
    } while (isStale);
  } catch (refused) {
    askAgain(refused, refresh);
  } finally {
    isAsking = false;
  }
  draw();
}

// What the agent was too busy to answer is asked for again; where it is away, the news say when it is back. What waits
// for a PIN is not.
const AGAIN_MS = 2000;
const waiting = new Set();
function askAgain(refused, work) {
  if (refused.reason !== "away" || !app.news.is_there || waiting.has(work)) return;
  waiting.add(work);
  setTimeout(() => {
    waiting.delete(work);
    work();
  }, AGAIN_MS);
}

export async function refreshDown() {
  try {
    app.down = await send("/api/down", {}, "GET");
    const foods = await ask("foods", { limit: 200 });
    app.foods = Object.fromEntries(foods.map((one) => [one.code, one.name]));
    draw();
  } catch (refused) {
    askAgain(refused, refreshDown);
  }
}
