// The district's time zone: every time and every day of the console is in it, whatever the browser's own is.
import { ref } from "vue";

const DAY_MS = 86_400_000;
/** Until the server has named it, and where this browser does not know it, the browser's own. */
export const zone = ref<string | undefined>(undefined);

export function useZone(name: string): void {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    zone.value = name || undefined;
  } catch {
    zone.value = undefined;
  }
}

const PARTS = { year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric", hourCycle: "h23" } as const;
let parts: { of: string | undefined; format: Intl.DateTimeFormat } | undefined;

/** Returns what the district's clocks show at a moment, as though they were those of UTC. */
function shown(at: number): number {
  if (!parts || parts.of !== zone.value) parts = { of: zone.value, format: new Intl.DateTimeFormat("en", { ...PARTS, timeZone: zone.value }) };
  const found = Object.fromEntries(parts.format.formatToParts(at).map(({ type, value }) => [type, Number(value)])) as Record<keyof typeof PARTS, number>;
  return Date.UTC(found.year, found.month - 1, found.day, found.hour, found.minute, found.second);
}

/** Returns the moment at which the district's clocks show this. One that a change of the clock leaves out is just after. */
function momentOf(wall: number): number {
  const first = wall - (shown(wall) - wall);
  return wall - (shown(first) - first);
}

/** Returns the day of a moment, YYYY-MM-DD. */
export const dayAt = (at: number): string => new Date(shown(at)).toISOString().slice(0, 10);

/** Returns the moment at which a day begins; NaN for what is no day. */
export const midnight = (day: string): number => {
  const wall = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(wall) ? NaN : momentOf(wall);
};

/** Returns the moment at which a day begins, as the API is asked; none of what is no day. */
export const dayStart = (day: string | undefined): string | undefined => {
  const at = midnight(day ?? "");
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
};

/** Returns the day that is so many days later. */
export const daysLater = (day: string, by: number): string => new Date(Date.parse(`${day}T00:00:00Z`) + by * DAY_MS).toISOString().slice(0, 10);

/** Returns day and minute of a moment, YYYY-MM-DDThh:mm, and the moment of such a text; none of nonsense. */
export const minuteAt = (at: string | undefined): string => {
  const when = Date.parse(at ?? "");
  return Number.isNaN(when) ? "" : new Date(shown(when)).toISOString().slice(0, 16);
};
export const instantOf = (minute: string): string | undefined => {
  const wall = minute ? Date.parse(`${minute}:00Z`) : NaN;
  return Number.isNaN(wall) ? undefined : new Date(momentOf(wall)).toISOString();
};
