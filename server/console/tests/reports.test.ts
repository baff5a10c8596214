import { expect, test } from "vitest";
import { dayAfter, lasted, months, rate } from "../src/pages/reports/figures";

test("a rate is rounded down, and says its denominator where that is small", () => {
  expect(rate(9999, 1)).toBe("99.9 %");
  expect(rate(26, 1)).toBe("(26/27) 96.2 %");
  expect(rate(0, 0)).toBe("—");
});

test("months end with the one of today, and go over the year", () => {
  expect(months("2026-01-15", 2)).toEqual([
    { from: "2026-01-01", to: "2026-02-01" },
    { from: "2025-12-01", to: "2026-01-01" },
  ]);
  expect(dayAfter("2026-12-31")).toBe("2027-01-01");
  expect(dayAfter("2026-03-01", -1)).toBe("2026-02-28");
});

test("a time is hours, minutes and seconds", () => {
  expect(lasted(3661.4)).toBe("1:01:01");
  expect(lasted(null)).toBe("—");
});
