// Thresholds of a rule of the system as the form has them, as the API takes them, and as people read them.
import type { Schemas } from "../../api/client";
import { age, language, number, t, word } from "../../words/words";

export type Thresholds = Schemas["ThresholdsShown"];
export type Threshold = Schemas["ThresholdShown"];
type Value = Threshold["value"];
export type Draft = Record<string, string>;
const UNITS = { s: "threshold_unit_second", d: "threshold_unit_day", "1/h": "threshold_unit_hour" } as const;
const STEPS = [86_400, 3600, 60] as const;

const unitOf = (one: Threshold) => (one.unit in UNITS ? t(UNITS[one.unit as keyof typeof UNITS]) : one.unit);
export const nameOf = (one: Threshold) => one.words[language.value].charAt(0).toUpperCase() + one.words[language.value].slice(1);
const SAID = ["d", "1/h"]; // the words have them
export const titleOf = (one: Threshold) => (one.unit && !SAID.includes(one.unit) ? t("threshold_with_unit", { name: nameOf(one), unit: unitOf(one) }) : nameOf(one));
export const sourceOf = (one: Threshold, part: string) => t(`threshold_from_${one.source}`, { part });

/** A value with its unit; seconds that are whole minutes, hours or days as these too. */
export function valueOf(one: Threshold, value: Value): string {
  if (typeof value === "boolean") return t(value ? "is_on" : "is_off");
  if (typeof value === "string") return word("severity", value);
  const text = [number(value), unitOf(one)].filter(Boolean).join(" ");
  const step = one.unit === "s" && STEPS.find((seconds) => value >= seconds);
  return step && value % step === 0 ? `${text} = ${age(value)}` : text;
}

export const draftOf = (shown: Thresholds): Draft => Object.fromEntries(shown.thresholds.map((one) => [one.key, String(one.value)]));

/** Returns what differs from the default: all others are the default again. What is no number is left for the server to refuse. */
export function valuesOf(shown: Thresholds, draft: Draft): Record<string, Value> {
  const values = shown.thresholds.map((one) => [one.key, typed(one, (draft[one.key] ?? "").trim())] as const);
  return Object.fromEntries(values.filter(([key, value]) => value !== shown.thresholds.find((one) => one.key === key)?.default));
}

function typed(one: Threshold, text: string): Value {
  if (one.kind === "bool") return text === "true";
  return one.kind === "choice" || text === "" || !Number.isFinite(Number(text)) ? text : Number(text);
}
