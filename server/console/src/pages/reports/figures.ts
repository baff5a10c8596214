// How the figures of a report are written, and which periods the head asks for.
import type { Schemas } from "../../api/client";
import { number } from "../../words/words";

export type Report = Schemas["PeriodReport"];
export type Figures = Schemas["Figures"];
export const BY = ["station", "commodity", "item", "area"] as const;
export type By = (typeof BY)[number];
const FEW = 30;

/** A pass rate: none without a judged test, with its denominator where that is small, rounded down. */
export function rate(passed: number, failed: number): string {
  const judged = passed + failed;
  if (!judged) return "—";
  const text = `${(Math.floor((passed * 1000) / judged) / 10).toFixed(1)} %`;
  return judged < FEW ? `(${number(passed)}/${number(judged)}) ${text}` : text;
}

export const counted = (count: number | null | undefined) => (count === null || count === undefined ? "—" : number(count));

/** How long something took: h:mm:ss. */
export function lasted(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return "—";
  const whole = Math.max(0, Math.round(seconds));
  const two = (part: number) => String(part).padStart(2, "0");
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

export interface Period {
  from: string;
  to: string;
}
const iso = (year: number, month: number, day: number) => new Date(Date.UTC(year, month, day)).toISOString().slice(0, 10);

/** The months that end with the one of `today` (YYYY-MM-DD), the newest first; `to` is the day after the last. */
export function months(today: string, count: number): Period[] {
  const [year, month] = today.split("-").map(Number) as [number, number];
  return Array.from({ length: count }, (_, back) => ({ from: iso(year, month - 1 - back, 1), to: iso(year, month - back, 1) }));
}

export const dayAfter = (day: string, by = 1) => {
  const [year, month, date] = day.split("-").map(Number) as [number, number, number];
  return iso(year, month - 1, date + by);
};
