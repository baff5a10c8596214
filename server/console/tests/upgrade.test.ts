import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { entryOf, isOld, lookForUpgrade } from "../src/live/upgrade";

const page = (name: string) => `<!doctype html><script type="module" crossorigin src="/static/assets/${name}.js"></script>`;
const assign = vi.fn();

beforeEach(() => {
  vi.useFakeTimers();
  sessionStorage.clear();
  document.head.innerHTML = '<script type="module" src="/static/assets/old.js"></script>';
  vi.stubGlobal("location", { href: "http://here/alerts?open=1", assign });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  assign.mockClear();
});
const gives = (html: string, ok = true) => vi.stubGlobal("fetch", async () => ({ ok, text: async () => html }));

it("stays while the server gives the same console, or none", async () => {
  gives(page("old"));
  await lookForUpgrade();
  gives("bad gateway", false);
  await lookForUpgrade();
  vi.stubGlobal("fetch", async () => Promise.reject(new Error("away")));
  await lookForUpgrade();
  expect(isOld.value).toBe(false);
  expect(entryOf(page("old"))).toBe("/static/assets/old.js");
});

it("says that it is old and loads anew when nobody writes, once for a console", async () => {
  gives(page("new"));
  document.body.innerHTML = "<input>";
  document.querySelector("input")!.focus();
  await lookForUpgrade();
  expect(isOld.value).toBe(true);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(assign).not.toHaveBeenCalled();
  document.querySelector("input")!.blur();
  await vi.advanceTimersByTimeAsync(5000);
  await lookForUpgrade();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(assign.mock.calls).toEqual([["http://here/alerts?open=1"]]);
});
