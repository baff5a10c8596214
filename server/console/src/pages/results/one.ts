// One result by its event, with everything that stands behind it.
import { body, client, type Schemas } from "../../api/client";

export type One = Schemas["ResultInFull"];
export type Place = Schemas["Place"];

export const fetchOne = (event: string): Promise<One> => body(client.GET("/api/v1/results/{event}", { params: { path: { event } } }));

const COMPARED: Record<string, string> = { ">": ">", ">=": "≥", "<": "<", "<=": "≤" };
/** A limit as people write it: when it is violated. */
export const limitText = (limit: { comparison: string; value: number }, unit: string) => `${COMPARED[limit.comparison] ?? limit.comparison} ${limit.value} ${unit}`;

export interface Mark {
  field: string;
  from: number;
  to: number;
}
/** The places in the bytes at which what was decoded stands as it is written; a binary device writes nothing so. */
export function marksIn(bytes: Uint8Array, said: Record<string, unknown>): Mark[] {
  const sample = (said.sample ?? {}) as Record<string, unknown>;
  const fields: [string, unknown][] = [
    ["value", said.value_text],
    ["measured", said.measured_at_text],
    ["sample", sample.number],
    ["food", sample.commodity],
    ["record", said.record],
    ["operator", said.operator],
  ];
  const marks: Mark[] = [];
  for (const [field, text] of fields) {
    if (typeof text !== "string" || text.length < 1) continue;
    const wanted = new TextEncoder().encode(text);
    const from = find(bytes, wanted, marks);
    if (from >= 0) marks.push({ field, from, to: from + wanted.length });
  }
  return marks.sort((a, b) => a.from - b.from);
}

function find(bytes: Uint8Array, wanted: Uint8Array, taken: Mark[]): number {
  const isDigit = (at: number) => at >= 0 && at < bytes.length && bytes[at]! >= 0x30 && bytes[at]! <= 0x39;
  for (let from = 0; from + wanted.length <= bytes.length; from++) {
    const to = from + wanted.length;
    if (!wanted.every((byte, place) => bytes[from + place] === byte)) continue;
    // "7" is not the 7 of "17", and no byte is two fields.
    if (isDigit(from) && isDigit(from - 1)) continue;
    if (isDigit(to - 1) && isDigit(to)) continue;
    if (taken.some((mark) => from < mark.to && mark.from < to)) continue;
    return from;
  }
  return -1;
}

export const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
