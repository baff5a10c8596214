// The places of the rail, and the sheets that lie over them: one line each. A place: { name, sign, view, typed?, count? }.
// `view` returns what is drawn, `typed` takes a key that was pressed while no field had the focus.

import { scanning } from "./views/camera.js";
import * as failed from "./views/failed.js";
import "./views/label.js";
import { linking } from "./views/link.js";
import "./views/photo.js";
import * as register from "./views/register.js";
import * as run from "./views/run.js";
import { sample } from "./views/sample.js";
import { signInSheet } from "./views/sign_in.js";
import * as station from "./views/station.js";
import * as tasks from "./views/tasks.js";
import * as today from "./views/today.js";
import { typing } from "./views/typed.js";

export const PLACES = [
  { name: "register", sign: "＋", view: register.view, typed: register.typed },
  { name: "run", sign: "▦", view: run.view },
  { name: "failed", sign: "✕", view: failed.view, count: failed.count },
  { name: "today", sign: "☰", view: today.view },
  { name: "tasks", sign: "☑", view: tasks.view },
  { name: "station", sign: "⚙", view: station.view },
];

export const SHEETS = {
  failed: failed.failed,
  handed_over: failed.handedOver,
  link: linking,
  sample,
  scan: scanning,
  sign_in: signInSheet,
  typed: typing,
};
