import { describe, expect, it } from "vitest";
import { draftOf, ruleOf, type RuleShown } from "../src/pages/rules/model";

const shown = (rule: unknown) => ({ name: "x", title: { en: "X", zh: "某" }, rule }) as RuleShown;

describe("a rule and its form", () => {
  const common = { severity: "warning", title: { en: "X", zh: "某" }, areas: ["east"], stations: [], is_on: true };

  it("is the same after it was looked at", () => {
    const rules = [
      { ...common, on: "result", when: "value > 1", one_for: "device", quiet: { from: "22:00", to: "07:00" } },
      { ...common, check: "silent_station", from: "08:00", to: "12:00", for_min: 90, days: ["mon", "tue"], kinds: ["market", "school"] },
      { ...common, check: "failure_rate", percent: 5, at_least: 20, within_h: 24, commodities: ["韭菜", "芹菜"] },
      { ...common, check: "reading_out", quantity: "air_temperature", above: 8, unit: "degC", for_min: 30, is_on: false },
    ];
    for (const rule of rules) expect(ruleOf(draftOf(shown(rule)))).toEqual(rule);
  });

  it("sends what is no number as it was typed, so that the server says so at the field", () => {
    const draft = draftOf(shown({ ...common, check: "camera_blind", for_min: 5 }));
    draft.texts.for_min = "five";
    expect(ruleOf(draft).for_min).toBe("five");
  });
});
