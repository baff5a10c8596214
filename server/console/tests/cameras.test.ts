import { describe, expect, it } from "vitest";
import { freeName, layoutOf, moved, rectangle, shapesOf, without, withOneMore, type Shape } from "../src/pages/cameras/shapes";
import { dayOf, part, placeOf, ticks } from "../src/pages/cameras/strip";
import { dayAt, daysLater } from "../src/words/zone";

const HOUR = 3_600_000;
const event = (at: number, last: number, phase = "end") => ({ at: new Date(at).toISOString(), last_at: new Date(last).toISOString(), last_phase: phase });

describe("the strip of a day", () => {
  const day = dayOf("2026-03-10");
  it("is a day of the calendar, and its neighbours are days too", () => {
    expect(day.to - day.from).toBe(24 * HOUR);
    expect([daysLater("2026-03-01", -1), daysLater("2026-12-31", 1), dayAt(day.from)]).toEqual(["2026-02-28", "2027-01-01", "2026-03-10"]);
  });
  it("shows a part of it that never leaves it", () => {
    expect(part(day, 6, 8)).toEqual({ from: day.from + 8 * HOUR, to: day.from + 14 * HOUR });
    expect(part(day, 6, 23).to).toBe(day.to);
    expect(part(day, 24, 3)).toEqual(day);
  });
  it("places what lies in it, cut at its ends, and nothing else", () => {
    const seen = part(day, 6, 6);
    expect(placeOf(event(seen.from - HOUR, seen.from + 3 * HOUR), seen, 0)).toEqual({ x: 0, width: 500 });
    expect(placeOf(event(seen.to, seen.to + HOUR), seen, 0)).toBeNull();
    expect(placeOf(event(seen.from + 3 * HOUR, 0, "update"), seen, seen.from + 6 * HOUR)).toEqual({ x: 500, width: 500 });
    expect(placeOf(event(seen.from, seen.from), seen, 0)?.width).toBeGreaterThan(1);
    expect(ticks(day).length).toBe(8);
    expect(ticks(part(day, 1, 3)).length).toBe(4);
  });
});

describe("zones and masks", () => {
  const box = rectangle([0.5, 0.6], [0.1, 0.2]);
  it("is drawn from any corner, and a click without a way is one in the middle", () => {
    expect(box).toEqual([[0.1, 0.2], [0.5, 0.2], [0.5, 0.6], [0.1, 0.6]]);
    expect(rectangle([0.5, 0.5], [0.5, 0.5])[0]).toEqual([0.35, 0.35]);
  });
  it("keeps corners within the picture, and three of them", () => {
    expect(moved(box, 0, [-1, 2])[0]).toEqual([0, 1]);
    expect(withOneMore(box, 3).at(-1)).toEqual([0.1, 0.4]);
    expect(without(without(box, 0), 0)).toHaveLength(3);
  });
  it("sends the zones of the centre, or says that those of the station stay", () => {
    const shapes: Shape[] = [{ id: 1, kind: "zone", name: "zone-1", motion: "open", corners: box }, { id: 2, kind: "mask", name: "", motion: "always", corners: box }];
    expect(freeName(shapes)).toBe("zone-2");
    expect(layoutOf(shapes, true)).toEqual({ zones: null, masks: [box] });
    const sent = layoutOf(shapes, false);
    expect(sent.zones).toEqual([{ name: "zone-1", motion: "open", polygon: box }]);
    const row = { layout: sent, own_zones: [], own_masks: [] } as unknown as Parameters<typeof shapesOf>[0];
    expect(shapesOf(row).isOwn).toBe(false);
    expect(layoutOf(shapesOf(row).shapes, false)).toEqual(sent);
  });
});
