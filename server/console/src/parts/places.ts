// The places of the console, as the rail and the phone's bar show them.
import type { Key } from "../words/words";

export interface Place { name: string; title: Key; icon: string; permission?: string }
export const PLACES = [
  { name: "overview", title: "overview", icon: "M3 12l9-8 9 8M6 10v10h12V10" },
  { name: "alerts", title: "alerts", icon: "M12 3l10 18H2zM12 10v5M12 17.5v1" },
  { name: "results", title: "results", icon: "M4 5h16M4 10h16M4 15h16M4 20h10" },
  { name: "cameras", title: "cameras", icon: "M3 7h12v10H3zM15 11l6-3v8l-6-3" },
  { name: "probes", title: "cold_rooms", icon: "M10 14V5a2 2 0 014 0v9a4 4 0 11-4 0zM12 9v8" },
  { name: "stations", title: "stations", icon: "M12 21s-7-6.5-7-12a7 7 0 0114 0c0 5.500-7 12-7 12zM12 11.500a2.500 2.500 0 100-5 2.500 2.500 0 000 5z" },
  { name: "reports", title: "reports", icon: "M4 20V4h11l5 5v11zM8 16v-4M12 16V9M16 16v-2" },
  { name: "proposals", title: "proposals", icon: "M4 12l4 4 8-9M12 16l1 1 8-9", permission: "proposals.read" },
  { name: "system", title: "administration", icon: "M12 15a3 3 0 100-6 3 3 0 000 6zM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M19 5l-2 2M7 17l-2 2" },
  { name: "mine", title: "mine", icon: "M12 12a4 4 0 100-8 4 4 0 000 8zM4 21c0-4 3.600-6 8-6s8 2 8 6" },
] as const satisfies Place[];
export type PlaceName = (typeof PLACES)[number]["name"];

/** On a phone four stand at the thumb; the last one leads to all others. */
export const AT_THE_THUMB: PlaceName[] = ["alerts", "results", "cameras", "mine"];

/** Returns where a place is; the system has tabs, of which one may be closed to whoever asks. */
export const wayTo = (name: PlaceName, may: (permission: string) => boolean) =>
  name === "system" ? { name, params: { tab: may("accounts.read") ? "accounts" : "subscriptions" } } : { name };

/** Returns whether a place is open to whoever asks. */
export const isOpen = (place: Place, may: (permission: string) => boolean) => !place.permission || may(place.permission);
