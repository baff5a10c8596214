import { describe, expect, test } from "vitest";
import { points, spark, type Line, type Series } from "../src/pages/probes/curve";

const line = (place: number[], mean: number[]): Line => ({ station: "a", device: "b", quantity: "temperature", channel: 1, unit: "degC", place, mean, low: mean, high: mean });
const series = (one: Line): Series => ({ from: "2026-11-29T00:00:00Z", to: "2026-11-29T00:10:00Z", step_s: 60, bridge: 3, left_out: 0, probes: [one] });

describe("a curve", () => {
  test("has a hole where more steps are empty than may be", () => {
    const one = line([0, 1, 3, 7], [4, 5, 6, 7]);
    const found = points(series(one), one, one.mean).map(([time, value]) => [(time - Date.parse("2026-11-29T00:00:00Z")) / 60_000, value]);
    expect(found).toEqual([[0, 4], [1, 5], [3, 6], [4, null], [7, 7]]);
  });

  test("of a small drawing begins anew behind a hole", () => {
    const one = line([0, 1, 9], [4, 5, 6]);
    expect(spark(series(one), one).match(/M/g)?.length).toBe(2);
    expect(spark(series(line([2], [4])), line([2], [4]))).toBe("M20.0 12.0");
  });
});
