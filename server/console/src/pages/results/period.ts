// Periods that people ask for by name. A day is the district's.
import { serverNow } from "../../live/clock";
import { dayAt, daysLater, midnight } from "../../words/zone";

export const SPANS = ["today", "yesterday", "last_week", "last_month"] as const;
export type Span = (typeof SPANS)[number];

const beginning = (now: Date, days: number) => new Date(midnight(daysLater(dayAt(now.getTime()), days))).toISOString();

/** Returns the beginning and the end (which is left out; none: until now and on) of a period. */
export function spanOf(span: Span, now = new Date(serverNow())): { from: string; to?: string } {
  if (span === "yesterday") return { from: beginning(now, -1), to: beginning(now, 0) };
  return { from: beginning(now, { today: 0, last_week: -6, last_month: -29 }[span]) };
}

/** Returns the name of a period; none: it has no name. */
export const nameOf = (from: string | undefined, to: string | undefined, now = new Date(serverNow())): Span | undefined =>
  SPANS.find((span) => spanOf(span, now).from === from && spanOf(span, now).to === to);
