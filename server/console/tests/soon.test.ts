import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Problem } from "../src/api/client";
import { soon } from "../src/live/soon";

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, "info").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it("does the work once for all that ask within the time", async () => {
  const work = vi.fn(() => Promise.resolve());
  const ask = soon(work, 200);
  ask();
  ask();
  await vi.advanceTimersByTimeAsync(200);
  expect(work).toHaveBeenCalledTimes(1);
  ask();
  await vi.advanceTimersByTimeAsync(200);
  expect(work).toHaveBeenCalledTimes(2);
});

it("does it again, ever more slowly, until the centre answers", async () => {
  const refusals: unknown[] = [new Problem(0, "away"), new Problem(503, "busy"), new Problem(429, "too often"), new TypeError("broken")];
  const work = vi.fn(() => (refusals.length ? Promise.reject(refusals.shift()) : Promise.resolve()));
  soon(work, 0)();
  await vi.advanceTimersByTimeAsync(0);
  for (const [wait, calls] of [[2000, 2], [4000, 3], [8000, 4], [16_000, 5], [100_000, 5]] as const) {
    await vi.advanceTimersByTimeAsync(wait);
    expect(work).toHaveBeenCalledTimes(calls);
  }
});

it("takes no for an answer", async () => {
  const work = vi.fn(() => Promise.reject(new Problem(403, "not yours")));
  soon(work, 0)();
  await vi.advanceTimersByTimeAsync(100_000);
  expect(work).toHaveBeenCalledTimes(1);
});
