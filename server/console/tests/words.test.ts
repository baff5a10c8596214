import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, it } from "vitest";
import { age, label, noteTerm, ownTerms, sentence, speak, t, valueText, word } from "../src/words/words";

// As they are written: an import would give them compiled.
const texts = (language: string) => JSON.parse(readFileSync(resolve(import.meta.dirname, `../src/words/${language}.json`), "utf-8")) as Record<string, string>;
const [en, zh] = [texts("en"), texts("zh")];

it("says everything in both languages, with the same blanks", () => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
  const blanks = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const [key, text] of Object.entries(en)) expect(blanks(text), key).toEqual(blanks(zh[key] ?? ""));
});

it("uses the trade's words", () => {
  expect([zh.acknowledge, zh.resolve, zh.alerts, zh.retest, zh.stations, zh.gap]).toEqual(["签收", "办结", "预警", "复测", "检测点", "数据缺失"]);
});

it("speaks the words of the field in the chosen language", () => {
  speak("zh");
  expect(word("verdict", "fail")).toBe("初筛不合格");
  expect(age(90)).toBe("1 分钟");
  speak("en");
  expect(label("verdict", "fail")).toBe("Failed (screening)");
  expect(sentence("detail.stream_gap", { missing: ["5", "7-9"] })).toBe("missing: 5, 7-9");
  expect(sentence("detail.stream_gap", {})).toBe("");
  expect(t("days", { count: 3 })).toBe("3 d");
  expect(word("verdict", "of-tomorrow")).toBe("of-tomorrow");
});

it("writes a number as the device wrote it", () => {
  expect(valueText(3.5, "3.50")).toBe("3.50");
  expect(valueText(3.5, "3.50 mg/kg")).toBe("3.5");
  expect(valueText(null, "")).toBe("—");
});

it("calls a rule of the district's own by its title, wherever it is named", () => {
  speak("zh");
  expect(word("rule", "near_limit")).toBe("near_limit");
  noteTerm("rule", "near_limit", { en: "Near the limit", zh: "接近限值" });
  noteTerm("rule", "failed_test", { en: "no", zh: "否" });
  noteTerm("rule", "a_drill", "its title");
  expect([word("rule", "near_limit"), word("rule", "failed_test"), word("rule", "a_drill")]).toEqual(["接近限值", "快检初筛不合格", "a_drill"]);
  expect(ownTerms("rule")).toEqual([{ value: "near_limit", text: "接近限值" }]);
  speak("en");
  expect(sentence("detail.nobody_reached", { rule: "near_limit", rotas: ["a"] })).toBe("Near the limit; asked: a");
});
