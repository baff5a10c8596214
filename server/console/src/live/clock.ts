// The centre's clock, as its answers tell it: this browser's own may be wrong by hours.
import { ref } from "vue";

let offsetMs = 0;
let isKnown = false;

/** Takes the `Date` of an answer; the second that it was cut to, and half the way, are the error. */
export function noteServerTime(header: string | null, sentMs: number, nowMs = Date.now()): void {
  const at = header ? Date.parse(header) : NaN;
  if (Number.isNaN(at)) return;
  const found = at + 500 - (sentMs + nowMs) / 2;
  if (!isKnown || Math.abs(found - offsetMs) > 1500) offsetMs = found;
  isKnown = true;
}

export const serverNow = () => Date.now() + offsetMs;

/** Ticks each second: what shows seconds reads it. */
export const now = ref(serverNow());
const SLOW_MS = 10_000;
const YOUNG_MS = 60_000;
const slow = ref(now.value);
const ticking = new Set<() => void>();
setInterval(() => {
  now.value = serverNow();
  if (Math.abs(now.value - slow.value) >= SLOW_MS) slow.value = now.value;
  for (const call of ticking) call();
}, 1000);

/** Calls `call` with each tick of the clock, so that what it changes is drawn with the seconds, in one frame. */
export const onTick = (call: () => void) => void ticking.add(call);

/** The age of `at` in seconds. A list of minutes, hours and days is not made anew each second: only the young tick. */
export function secondsSince(at: string): number {
  const then = Date.parse(at);
  return ((slow.value - then < YOUNG_MS ? now.value : slow.value) - then) / 1000;
}
