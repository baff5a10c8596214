// All texts in both languages: the console's own (zh.json, en.json) and those of the field (wire/words).
import { en as fieldEn, zh as fieldZh } from "virtual:field-words";
import { computed, shallowReactive } from "vue";
import { createI18n } from "vue-i18n";
import { serverNow } from "../live/clock";
import en from "./en.json";
import zh from "./zh.json";
import { dayAt, daysLater, midnight, zone } from "./zone";

export type Language = "zh" | "en";
export type Key = keyof typeof zh;
const KEPT = "shian.language";
const FIELD = { zh: fieldZh, en: fieldEn };

function first(): Language {
  const saved = localStorage.getItem(KEPT);
  if (saved === "zh" || saved === "en") return saved;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

export const i18n = createI18n({ legacy: false, locale: first(), messages: { zh, en }, fallbackLocale: "zh" });
export const language = computed<Language>(() => i18n.global.locale.value as Language);
export const locale = computed(() => (language.value === "zh" ? "zh-CN" : "en-GB"));

export function t(key: Key, values: Record<string, unknown> = {}): string {
  return i18n.global.t(key, values);
}

export function speak(next: Language): void {
  i18n.global.locale.value = next;
  localStorage.setItem(KEPT, next);
  document.documentElement.lang = next === "zh" ? "zh-CN" : "en";
}

// Titles of the district's own rules: wherever a rule is named, they stand beside the words of the field.
const own = shallowReactive(new Map<string, Record<Language, string>>());
export const ownTerms = (vocabulary: string) => [...own].filter(([key]) => key.startsWith(`${vocabulary}.`)).map(([key, words]) => ({ value: key.slice(vocabulary.length + 1), text: words[language.value] }));

/** Keeps the words that a district has for a code of its own; those of the field stay as they are. */
export function noteTerm(vocabulary: string, code: string, words: unknown): void {
  const key = `${vocabulary}.${code}`;
  if (FIELD.en[key] || !words || typeof words !== "object" || !("en" in words) || !("zh" in words)) return;
  const noted = { en: String(words.en), zh: String(words.zh) };
  const before = own.get(key);
  if (before?.en !== noted.en || before.zh !== noted.zh) own.set(key, noted);
}

/** Returns the word of the field for a code, the district's own, or `otherwise`. */
export function word(vocabulary: string, code: string | null | undefined, otherwise?: string): string {
  const key = `${vocabulary}.${code ?? ""}`;
  return FIELD[language.value][key] ?? own.get(key)?.[language.value] ?? otherwise ?? code ?? "";
}

/** Returns the word for a code as it stands alone: with a capital. */
export function label(vocabulary: string, code: string): string {
  const text = word(vocabulary, code);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Returns a sentence of the field, as wire/said.py fills it: `{name}` is a fact, `{name:vocabulary}` its word. A time
    is shown as a time, a list with commas, and a fact that is missing not at all: without any there is no sentence. */
export function sentence(key: string, facts: Record<string, unknown>): string {
  const text = FIELD[language.value][key] ?? "";
  const names = [...text.matchAll(/\{(\w+)/g)].map(([, name]) => name as string);
  if (names.length && names.every((name) => [null, undefined, ""].includes(facts[name] as string))) return "";
  const shown = (fact: unknown, vocabulary?: string): string => {
    if (fact === null || fact === undefined) return "";
    if (Array.isArray(fact)) return fact.map((one) => shown(one, vocabulary)).join(language.value === "zh" ? "、" : ", ");
    if (vocabulary) return word(vocabulary, String(fact));
    return typeof fact === "string" && /^\d{4}-\d\d-\d\dT/.test(fact) ? clock(fact) : String(fact);
  };
  return text.replace(/\{(\w+)(?::(\w+))?\}/g, (_, name: string, vocabulary?: string) => shown(facts[name], vocabulary)).trim();
}

const formats = new Map<string, Intl.DateTimeFormat>();
function format(kind: "time" | "dated" | "full"): Intl.DateTimeFormat {
  const key = `${locale.value}/${kind}/${zone.value}`;
  let found = formats.get(key);
  if (!found) {
    const time = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const;
    const day = { month: "2-digit", day: "2-digit" } as const;
    const options = kind === "time" ? time : kind === "dated" ? { ...day, ...time } : { year: "numeric" as const, ...day, ...time };
    found = new Intl.DateTimeFormat(locale.value, { ...options, timeZone: zone.value });
    formats.set(key, found);
  }
  return found;
}

let held = { of: "" as string | undefined, from: 0, to: 0 };
/** The district's day of today: when it began and when it ends. */
function today(): { from: number; to: number } {
  const now = serverNow();
  if (held.of !== zone.value || now < held.from || now >= held.to) {
    const day = dayAt(now);
    held = { of: zone.value, from: midnight(day), to: midnight(daysLater(day, 1)) };
  }
  return held;
}

/** What the district's time is called; the browser's own when it is that one. */
export const zoneName = computed(() => new Intl.DateTimeFormat(locale.value, { timeZone: zone.value, timeZoneName: "long" }).formatToParts().find((one) => one.type === "timeZoneName")?.value ?? "");

/** Hours, minutes and seconds; with the day when it is not today. */
export function clock(text: string | number | null | undefined): string {
  if (text === null || text === undefined || text === "") return "";
  const at = typeof text === "number" ? text : Date.parse(text);
  const day = today();
  return format(at >= day.from && at < day.to ? "time" : "dated").format(at);
}

export const fullClock = (text: string) => format("full").format(new Date(text));

/** A span of seconds in its largest whole unit. */
export function age(seconds: number): string {
  const whole = Math.max(0, seconds);
  if (whole >= 86_400) return t("days", { count: Math.floor(whole / 86_400) });
  if (whole >= 3600) return t("hours", { count: Math.floor(whole / 3600) });
  if (whole >= 60) return t("minutes", { count: Math.floor(whole / 60) });
  return t("seconds", { count: Math.floor(whole) });
}

const numbers = { zh: new Intl.NumberFormat("zh-CN"), en: new Intl.NumberFormat("en-GB") };
export const number = (value: number) => numbers[language.value].format(value);
export const percent = (part: number, total: number) => (total ? `${((100 * part) / total).toFixed(1)} %` : "—");

/** The number as the device wrote it; its whole text only where that is not a number and none could be read. */
export function valueText(value: number | null | undefined, written: string | null | undefined): string {
  const isNumber = /^[+-]?\d+(\.\d+)?$/.test(written ?? "");
  return isNumber || value === null || value === undefined ? written || "—" : String(value);
}

const itemNames = new Map<string, string>();
export const noteItemName = (item: string, name: string) => name && itemNames.set(item, name);
/** Our own word for an item that we know, else what the station calls it. */
export const itemName = (item: string, given = "") => word("item", item, word("quantity", item, given || itemNames.get(item) || item));
