// What is said of a probe in the list and beside it.
import { now } from "../../live/clock";
import { useDistrict, type HeldProbe } from "../../live/district";
import { age, number, t, word } from "../../words/words";

const STALE_S = 180; // a value comes at least once a minute

export const probeName = (one: HeldProbe) => `${word("quantity", one.quantity)}${one.channel === null ? "" : ` ${one.channel}`}`;

/** How old the last value is, s: by the centre's clock when it was told, and by this browser's only since then. */
export function secondsOld(one: HeldProbe): number {
  return one.age_s === null ? Infinity : one.age_s + (now.value && (performance.now() - one.toldAt) / 1000);
}

/** Whether what a probe shows can no longer be so. */
export function isStale(one: HeldProbe): boolean {
  return now.value > 0 && (!useDistrict().isOnline(one.station) || secondsOld(one) > STALE_S || one.state === "failing" || one.state === "silent");
}

/** The range of a probe in words: `2 to 8 °C for 10 min`. */
export function rangeText(one: HeldProbe): string {
  if (one.above === null && one.below === null) return "";
  const unit = word("unit", one.limit_unit ?? one.unit);
  const range = one.above === null ? `≥ ${number(one.below ?? 0)}` : one.below === null ? `≤ ${number(one.above)}` : `${number(one.below)} – ${number(one.above)}`;
  return `${range} ${unit}${one.for_s ? ` · ${t("lasting", { age: age(one.for_s) })}` : ""}`;
}
