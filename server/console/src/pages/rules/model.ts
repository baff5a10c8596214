// A rule as the form has it, and as the API takes it.
import type { Schemas } from "../../api/client";

export type RuleShown = Schemas["RuleShown"];
export type RuleBody = NonNullable<RuleShown["rule"]>;
export type Field = { name: string; kind: "clock" | "number" | "days" | "words" | "text"; isOptional?: boolean };
export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const ENDS: Field[] = [{ name: "kinds", kind: "words", isOptional: true }, { name: "ends_after_min", kind: "number", isOptional: true }];
const HOURS: Field[] = [{ name: "from", kind: "clock" }, { name: "to", kind: "clock" }, { name: "for_min", kind: "number" }, { name: "days", kind: "days", isOptional: true }];

/** The settings of each check over time (storage/rules/over_time.py), beside those that every rule has. */
export const CHECKS = {
  no_tests_by: [{ name: "by", kind: "clock" }, { name: "days", kind: "days", isOptional: true }, ...ENDS],
  silent_station: [...HOURS, ...ENDS],
  silent_device: [...HOURS, { name: "devices", kind: "words", isOptional: true }, ...ENDS],
  failure_rate: [{ name: "percent", kind: "number" }, { name: "at_least", kind: "number" }, { name: "within_h", kind: "number" }, { name: "items", kind: "words", isOptional: true }, { name: "commodities", kind: "words", isOptional: true }, ...ENDS],
  reading_out: [{ name: "quantity", kind: "text" }, { name: "above", kind: "number", isOptional: true }, { name: "below", kind: "number", isOptional: true }, { name: "unit", kind: "text", isOptional: true }, { name: "for_min", kind: "number" }, ...ENDS],
  camera_blind: [{ name: "for_min", kind: "number" }, ...ENDS],
  unstable: [{ name: "changes", kind: "number" }, { name: "within_min", kind: "number" }, ...ENDS],
} as const satisfies Record<string, readonly Field[]>;
export type Check = keyof typeof CHECKS;
export const ON = ["result", "reading", "camera", "probe"] as const;

/** What somebody typed: texts, and lists of what was ticked. */
export interface Draft {
  name: string;
  way: (typeof ON)[number] | Check;
  titleZh: string;
  titleEn: string;
  severity: Schemas["Severity"];
  when: string;
  oneFor: string;
  areas: string[];
  stations: string[];
  isQuiet: boolean;
  quietFrom: string;
  quietTo: string;
  isOn: boolean;
  texts: Record<string, string>;
  days: string[];
}
export const isCheck = (way: string): way is Check => way in CHECKS;
export const fieldsOf = (way: Draft["way"]): readonly Field[] => (isCheck(way) ? CHECKS[way] : []);
const words = (text: string) => text.split(/[\s,，、]+/).filter(Boolean);

export function draftOf(shown: RuleShown | null): Draft {
  const rule = (shown?.rule ?? {}) as Record<string, unknown>;
  const title = (rule.title ?? { zh: "", en: "" }) as { zh: string; en: string };
  const quiet = rule.quiet as { from: string; to: string } | null | undefined;
  const way = (rule.check ?? rule.on ?? "result") as Draft["way"];
  const texts: Record<string, string> = {};
  for (const { name, kind } of fieldsOf(way)) {
    const value = rule[name];
    if (kind !== "days" && value !== undefined && value !== null) texts[name] = Array.isArray(value) ? value.join(" ") : String(value);
  }
  return {
    name: shown?.name ?? "", way, titleZh: title.zh, titleEn: title.en, severity: (rule.severity as Draft["severity"]) ?? "warning",
    when: String(rule.when ?? ""), oneFor: String(rule.one_for ?? ""), areas: [...((rule.areas as string[]) ?? [])], stations: [...((rule.stations as string[]) ?? [])],
    isQuiet: Boolean(quiet), quietFrom: quiet?.from ?? "22:00", quietTo: quiet?.to ?? "07:00", isOn: rule.is_on !== false, texts, days: [...((rule.days as string[]) ?? DAYS)],
  };
}

/** Returns the rule as the API takes it; what nobody filled in is left out. */
export function ruleOf(draft: Draft): Record<string, unknown> {
  const rule: Record<string, unknown> = { severity: draft.severity, title: { zh: draft.titleZh.trim(), en: draft.titleEn.trim() }, areas: draft.areas, stations: draft.stations, is_on: draft.isOn };
  if (draft.isQuiet) rule.quiet = { from: draft.quietFrom, to: draft.quietTo };
  if (!isCheck(draft.way)) return { ...rule, on: draft.way, when: draft.when, ...(draft.oneFor && { one_for: draft.oneFor }) };
  rule.check = draft.way;
  for (const { name, kind, isOptional } of fieldsOf(draft.way)) {
    const text = (draft.texts[name] ?? "").trim();
    if (kind === "days") {
      if (draft.days.length && draft.days.length < DAYS.length) rule[name] = DAYS.filter((day) => draft.days.includes(day));
    } else if (text || !isOptional) rule[name] = kind === "words" ? words(text) : kind === "number" && text && Number.isFinite(Number(text)) ? Number(text) : text;
  }
  return rule;
}
