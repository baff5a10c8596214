// Zones and masks while they are drawn. Corners are shares of the picture's width and height. Pure.
import type { Schemas } from "../../api/client";

export type Corner = [number, number];
export type Motion = Schemas["Zone"]["motion"];
export interface Shape { id: number; kind: "zone" | "mask"; name: string; motion: NonNullable<Motion>; corners: Corner[] }
export const MOST_CORNERS = 64;
const DIGITS = 4;

const within = (value: number) => Number(Math.min(1, Math.max(0, value)).toFixed(DIGITS));
export const corner = (x: number, y: number): Corner => [within(x), within(y)];

/** A rectangle between two corners; one without a size becomes one in the middle of the picture. */
export function rectangle(a: Corner, b: Corner): Corner[] {
  const [left, right] = [Math.min(a[0], b[0]), Math.max(a[0], b[0])];
  const [top, bottom] = [Math.min(a[1], b[1]), Math.max(a[1], b[1])];
  if (right - left < 0.01 || bottom - top < 0.01) return rectangle([0.35, 0.35], [0.65, 0.65]);
  return [corner(left, top), corner(right, top), corner(right, bottom), corner(left, bottom)];
}

export const moved = (corners: Corner[], at: number, to: Corner): Corner[] => corners.with(at, corner(to[0], to[1]));

/** One more corner in the middle of the side that follows corner `at`. */
export function withOneMore(corners: Corner[], at: number): Corner[] {
  const [one, next] = [corners[at] as Corner, corners[(at + 1) % corners.length] as Corner];
  return corners.toSpliced(at + 1, 0, corner((one[0] + next[0]) / 2, (one[1] + next[1]) / 2));
}

export const without = (corners: Corner[], at: number): Corner[] => (corners.length > 3 ? corners.toSpliced(at, 1) : corners);

/** A name for a zone that none of the others has. */
export function freeName(shapes: Shape[]): string {
  const names = new Set(shapes.map((one) => one.name));
  for (let number = 1; ; number++) if (!names.has(`zone-${number}`)) return `zone-${number}`;
}

/** What is sent. `isOwn`: the zones of the station's settings stay. */
export function layoutOf(shapes: Shape[], isOwn: boolean): Schemas["Layout"] {
  const of = (kind: Shape["kind"]) => shapes.filter((one) => one.kind === kind);
  return {
    zones: isOwn ? null : of("zone").map((one) => ({ name: one.name, motion: one.motion, polygon: one.corners })),
    masks: of("mask").map((one) => one.corners),
  };
}

let last = 0;
export const newId = () => ++last;
/** What is drawn of a camera: the centre's newest, else what the station has of its own. */
export function shapesOf(one: Schemas["CameraLayout"]): { shapes: Shape[]; isOwn: boolean } {
  const zones = one.layout ? one.layout.zones : null;
  const shown = zones ?? one.own_zones;
  return {
    isOwn: !zones,
    shapes: [
      ...shown.map((zone): Shape => ({ id: newId(), kind: "zone", name: zone.name, motion: zone.motion ?? "always", corners: zone.polygon as Corner[] })),
      ...(one.layout?.masks ?? []).map((mask): Shape => ({ id: newId(), kind: "mask", name: "", motion: "always", corners: mask as Corner[] })),
    ],
  };
}
