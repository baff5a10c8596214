import { describe, expect, it } from "vitest";
import { kept } from "../src/pages/results/columns";
import { nameOf, spanOf } from "../src/pages/results/period";
import { isAskedOfServer } from "../src/pages/results/rows";

const NOW = new Date(2026, 10, 29, 14, 30);

describe("filters of results", () => {
  it("a period has the name that it was chosen by, also when it is read from an address", () => {
    const { from, to } = spanOf("yesterday", NOW);
    expect([from, to]).toEqual([new Date(2026, 10, 28).toISOString(), new Date(2026, 10, 29).toISOString()]);
    expect(nameOf(from, to, NOW)).toBe("yesterday");
    expect(nameOf(spanOf("last_week", NOW).from, undefined, NOW)).toBe("last_week");
    expect(nameOf(from, undefined, NOW)).toBeUndefined();
  });

  it("kept columns are those that there are, in their order; without any, the first ones", () => {
    expect(kept('["vendor","gone","time"]')).toEqual(["time", "vendor"]);
    for (const odd of [null, "", "{", "7", "[]", '["gone"]']) expect(kept(odd)).toContain("food");
  });

  it("what is registered of a sample is asked of the server, for the feed does not say it", () => {
    expect([isAskedOfServer({ stall: "A-1" }), isAskedOfServer({ search: "x" }), isAskedOfServer({ verdict: "fail" })]).toEqual([true, true, false]);
  });
});
