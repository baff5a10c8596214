import { describe, expect, test } from "vitest";
import { draftOf, titleOf, valueOf, valuesOf, type Threshold, type Thresholds } from "../src/pages/rules/thresholds";
import { speak } from "../src/words/words";

const threshold = (given: Partial<Threshold>): Threshold => ({ key: "after_s", words: { en: "an alert opens after", zh: "持续多久后产生预警" }, kind: "number", unit: "s", value: 300, default: 300, is_changed: false, source: "shipped", minimum: 0, above: null, maximum: null, among: [], ...given });
const after = threshold({ value: 900, is_changed: true, source: "district" });
const isOn = threshold({ key: "is_on", kind: "bool", unit: "", value: true, default: true });
const severity = threshold({ key: "severity", kind: "choice", unit: "", value: "warning", default: "warning", among: ["critical", "warning", "info"] });
const shown: Thresholds = { rule: "station_offline", title: { en: "A station is offline", zh: "检测点离线" }, part: "ingest", is_changed: true, changed_at: null, thresholds: [after, isOn, severity] };

describe("thresholds of a rule of the system", () => {
  test("what differs from the default is sent, and what is no number as it was typed", () => {
    expect(valuesOf(shown, draftOf(shown))).toEqual({ after_s: 900 });
    expect(valuesOf(shown, { after_s: " 300.0 ", is_on: "false", severity: "critical" })).toEqual({ is_on: false, severity: "critical" });
    expect(valuesOf(shown, { after_s: "many", is_on: "true", severity: "warning" })).toEqual({ after_s: "many" });
    expect(valuesOf(shown, { after_s: "", is_on: "true", severity: "warning" })).toEqual({ after_s: "" });
    expect(JSON.stringify(valuesOf(shown, { after_s: "1e999", is_on: "true", severity: "warning" }))).toBe('{"after_s":"1e999"}');
  });

  test("a value is shown with its unit in the language of the console", () => {
    speak("en");
    expect([valueOf(after, 900), valueOf(after, 90), valueOf(after, 5400), valueOf(after, 7200)]).toEqual(["900 s = 15 min", "90 s", "5,400 s", "7,200 s = 2 h"]);
    expect([valueOf(isOn, false), titleOf(after), titleOf(isOn)]).toEqual(["off", "An alert opens after (s)", "An alert opens after"]);
    speak("zh");
    expect([valueOf(after, 300), titleOf(after)]).toEqual(["300 秒 = 5 分钟", "持续多久后产生预警（秒）"]);
  });
});
