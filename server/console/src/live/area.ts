// The area that somebody looks at: it filters every page, is remembered, and stands in the address.
import { ref } from "vue";

const KEPT = "shian.area";
const given = new URLSearchParams(location.search).get("area");

/** Its code; empty: all that one may see. */
export const area = ref(given ?? localStorage.getItem(KEPT) ?? "");

/** Keeps the area for the next visit when there is one of this code; one that is gone would leave every list empty. */
export function keep(isKnown: boolean): void {
  if (isKnown) localStorage.setItem(KEPT, area.value);
  else localStorage.removeItem(KEPT);
}

/** Loads the page anew for another area: every list and number is of one area, never of two. */
export function choose(code: string): void {
  localStorage.setItem(KEPT, code);
  const there = new URL(location.href);
  if (code) there.searchParams.set("area", code);
  else there.searchParams.delete("area");
  there.searchParams.delete("open");
  location.assign(there);
}

/** The routes that can be asked for one area alone (a test compares them with the API). */
export const BY_AREA = [
  "/api/v1/alerts",
  "/api/v1/alerts/counts",
  "/api/v1/alerts/response-times",
  "/api/v1/camera-events",
  "/api/v1/camera-events/counts",
  "/api/v1/camera-health",
  "/api/v1/camera-layouts",
  "/api/v1/counts",
  "/api/v1/devices",
  "/api/v1/overview/hours",
  "/api/v1/overview/worst",
  "/api/v1/probe-events",
  "/api/v1/probes",
  "/api/v1/readings",
  "/api/v1/reports",
  "/api/v1/results",
  "/api/v1/samples",
  "/api/v1/stations",
  "/api/v1/streams",
  "/api/v1/told",
];
