// A row of the table, whether a list or the feed brought it.
import type { Result } from "../../api/client";
import type { ResultItem } from "../../live/items";
import { word } from "../../words/words";

export interface Row extends ResultItem {
  at: number;
  is_retest: boolean;
  stall: string;
  vendor: string;
  supplier: string;
  lot: string;
  operator: string;
}

export const ofList = (one: Result): Row => ({ ...one, kind: "result", id: one.event, at: Date.parse(one.recorded_at) });
export const ofFeed = (one: ResultItem): Row => ({ ...one, at: Date.parse(one.recorded_at), is_retest: false, stall: "", vendor: "", supplier: "", lot: "", operator: "" });

export const FILTERS = ["search", "station", "device", "item", "verdict", "role", "commodity", "sample", "stall", "vendor", "supplier", "lot", "from", "to"] as const;
export type Filters = Partial<Record<(typeof FILTERS)[number], string>>;

// What is registered of a sample is not in the feed: whether a row belongs there is for the server to say.
const REGISTERED = ["search", "stall", "vendor", "supplier", "lot", "commodity", "sample"] as const;
export const isAskedOfServer = (filters: Filters) => REGISTERED.some((name) => filters[name]);

/** True when the feed's item belongs into a list with these filters. */
export function fits(row: Row, filters: Filters): boolean {
  const { from, to, ...equal } = filters;
  if (from && row.at < Date.parse(from)) return false;
  if (to && row.at >= Date.parse(to)) return false;
  return Object.entries(equal).every(([name, value]) => !value || row[name as keyof Row] === value);
}

/** Puts news among the rows, the last recorded first, each once, `most` at most. */
export function merge(rows: Row[], news: Row[], most: number): Row[] {
  const known = new Set(rows.map((row) => row.id));
  const added: Row[] = [];
  for (const one of news) {
    if (known.has(one.id)) continue;
    known.add(one.id);
    added.push(one);
  }
  if (!added.length) return rows;
  return [...added, ...rows].sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1)).slice(0, most);
}

/** What a person must know of the row, in words; codes that have none are for machines. */
export const marksOf = (flags: string | undefined) => (flags ?? "").split(" ").map((code) => word("flag", code, "")).filter(Boolean).join(" · ");
