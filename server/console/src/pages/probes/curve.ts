// What a series of the API looks like as points: a gap is a null, never a line across it.
import type { Schemas } from "../../api/client";

export type Series = Schemas["Series"];
export type Line = Schemas["Line"];
export type Point = [time: number, value: number | null];

/** Returns the points of `values` (one a place of the line), milliseconds since 1970, with a null wherever more steps
    are empty than `bridge` allows. */
export function points(series: Series, line: Line, values: number[]): Point[] {
  const start = Date.parse(series.from);
  const at = (place: number) => start + place * series.step_s * 1000;
  const found: Point[] = [];
  line.place.forEach((place, index) => {
    const before = line.place[index - 1];
    if (before !== undefined && place - before > series.bridge) found.push([at(before + 1), null]);
    found.push([at(place), values[index] ?? null]);
  });
  return found;
}

/** Returns the path of a small drawing, 100 wide and 24 high; gaps are gaps. */
export function spark(series: Series, line: Line): string {
  const low = Math.min(...line.mean);
  const high = Math.max(...line.mean);
  const from = Date.parse(series.from);
  const span = Date.parse(series.to) - from || 1;
  let isDown = false;
  return points(series, line, line.mean)
    .map(([time, value]) => {
      if (value === null) {
        isDown = false;
        return "";
      }
      const x = (100 * (time - from)) / span;
      const y = high > low ? 22 - (20 * (value - low)) / (high - low) : 12;
      const step = `${isDown ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
      isDown = true;
      return step;
    })
    .join("");
}
