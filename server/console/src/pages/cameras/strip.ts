// A day of camera events as strips: what part of it is seen, and where in it an event lies. Pure.
import type { CameraEvent } from "../../api/client";
import { daysLater, midnight } from "../../words/zone";

export const SPANS = [24, 6, 1] as const;
const HOUR_MS = 3_600_000;
const LEAST = 0.0015; // of the strip: a moment is still seen

export interface Range { from: number; to: number }

/** The day, from its midnight to the next one, which a change of the clock may bring nearer. */
export function dayOf(day: string): Range {
  return { from: midnight(day), to: midnight(daysLater(day, 1)) };
}

/** The part of a day that is seen: `hours` of it from `start` on, within the day. */
export function part(day: Range, hours: number, start: number): Range {
  const length = Math.min(hours * HOUR_MS, day.to - day.from);
  const from = Math.min(Math.max(day.from + start * HOUR_MS, day.from), day.to - length);
  return { from, to: from + length };
}

/** Where an event lies in what is seen, in thousandths of its width; null: outside of it. */
export function placeOf(event: Pick<CameraEvent, "at" | "last_at" | "last_phase">, seen: Range, now: number): { x: number; width: number } | null {
  const from = Date.parse(event.at);
  const to = event.last_phase === "end" ? Date.parse(event.last_at) : Math.max(now, from);
  if (to < seen.from || from >= seen.to) return null;
  const length = seen.to - seen.from;
  const begin = Math.max(from, seen.from);
  const width = Math.max((Math.min(to, seen.to) - begin) / length, LEAST);
  return { x: (1000 * (begin - seen.from)) / length, width: 1000 * width };
}

/** The moments at which the axis is labelled, with their places. */
export function ticks(seen: Range): { at: number; x: number }[] {
  const hours = (seen.to - seen.from) / HOUR_MS;
  const step = (hours > 12 ? 3 : hours > 2 ? 1 : 0.25) * HOUR_MS;
  const found = [];
  for (let at = seen.from; at < seen.to - step / 2; at += step) found.push({ at, x: (1000 * (at - seen.from)) / (seen.to - seen.from) });
  return found;
}
