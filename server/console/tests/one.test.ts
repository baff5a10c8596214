import { expect, test } from "vitest";
import { bytesOf, limitText, marksIn } from "../src/pages/results/one";

const bytes = (text: string) => new TextEncoder().encode(text);

test("what was decoded is found where it is written, each byte once", () => {
  const marks = marksIn(bytes("17,7,2026-03-01,63.1,7"), { value_text: "63.1", measured_at_text: "2026-03-01", sample: { number: "7" }, record: "7" });
  expect(marks.map((one) => [one.field, one.from, one.to])).toEqual([
    ["sample", 3, 4],
    ["measured", 5, 15],
    ["value", 16, 20],
    ["record", 21, 22],
  ]);
});

test("a binary device writes nothing so, and bytes without a field have no marks", () => {
  expect(marksIn(bytesOf("AQID"), { value_text: "63.1", sample: {} })).toEqual([]);
});

test("a limit says when it is violated", () => {
  expect(limitText({ comparison: ">=", value: 50 }, "%")).toBe("≥ 50 %");
});
