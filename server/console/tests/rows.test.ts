import { expect, it } from "vitest";
import { byUrgency } from "../src/live/alerts";
import { fits, merge, ofFeed, type Row } from "../src/pages/results/rows";
import type { Alert } from "../src/api/client";
import { noteServerTime, serverNow } from "../src/live/clock";

const row = (id: string, minute: number, more: object = {}): Row =>
  ofFeed({ kind: "result", id, station: "m1", item: "lead", verdict: "pass", recorded_at: new Date(minute * 60_000).toISOString(), ...more } as never);

it("keeps each result once, the last recorded first, and no more than asked for", () => {
  const rows = merge([row("b", 2), row("a", 1)], [row("b", 2), row("c", 3), row("c", 3)], 2);
  expect(rows.map((one) => one.id)).toEqual(["c", "b"]);
  const same = [row("a", 1)];
  expect(merge(same, [row("a", 1)], 5)).toBe(same);
});

it("shows of the news what the filters let through", () => {
  const one = row("a", 10);
  expect(fits(one, { station: "m1", verdict: "pass" })).toBe(true);
  expect(fits(one, { verdict: "fail" })).toBe(false);
  expect(fits(one, { from: new Date(11 * 60_000).toISOString() })).toBe(false);
  expect(fits(one, { to: one.recorded_at })).toBe(false);
});

it("puts the oldest of the worst that nobody has signed for first", () => {
  const alert = (id: string, state: string, severity: string, minute: number) => ({ id, state, severity, opened_at: new Date(minute * 60_000).toISOString() }) as Alert;
  const list = [alert("signed", "acknowledged", "critical", 1), alert("warning", "open", "warning", 1), alert("new", "open", "critical", 9), alert("old", "open", "critical", 2)];
  expect(list.sort(byUrgency).map((one) => one.id)).toEqual(["old", "new", "warning", "signed"]);
});

it("takes the centre's time for the time, not the browser's", () => {
  const now = Date.now();
  noteServerTime(new Date(now + 3_600_000).toUTCString(), now, now);
  expect(Math.abs(serverNow() - now - 3_600_000)).toBeLessThan(2_000);
});
