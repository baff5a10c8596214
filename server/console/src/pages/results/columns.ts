// The columns of the table: which there are, which somebody chose, and the choice that is kept for the next visit.
import { ref, watch } from "vue";
import type { Key } from "../../words/words";

export interface Column {
  key: string;
  word: Key;
  width: string;
  isNumber?: boolean;
  isAlways?: boolean;
}
export const COLUMNS: Column[] = [
  { key: "time", word: "test_time", width: "8.5rem", isAlways: true },
  { key: "food", word: "food", width: "minmax(6rem,1.5fr)", isAlways: true },
  { key: "item", word: "item", width: "minmax(6rem,1.5fr)", isAlways: true },
  { key: "value", word: "value", width: "8rem", isNumber: true, isAlways: true },
  { key: "verdict", word: "verdict", width: "9.5rem", isAlways: true },
  { key: "station", word: "station", width: "minmax(7rem,1.3fr)", isAlways: true },
  { key: "sample", word: "sample", width: "8rem" },
  { key: "stall", word: "stall", width: "6rem" },
  { key: "vendor", word: "vendor", width: "minmax(6rem,1fr)" },
  { key: "supplier", word: "supplier", width: "minmax(6rem,1fr)" },
  { key: "lot", word: "lot", width: "7rem" },
  { key: "device", word: "device", width: "8rem" },
  { key: "operator", word: "operator", width: "6rem" },
];
const FIRST = ["time", "food", "item", "value", "verdict", "station", "sample"];
const KEPT = "shian.result-columns";

/** Returns what was kept, without columns that there are no longer. */
export function kept(text: string | null): string[] {
  let found: unknown;
  try {
    found = JSON.parse(text ?? "null");
  } catch {
    found = null;
  }
  const known = Array.isArray(found) ? COLUMNS.map((one) => one.key).filter((key) => found.includes(key)) : [];
  return known.length ? known : FIRST;
}

export const chosen = ref<string[]>(kept(localStorage.getItem(KEPT)));
watch(chosen, (keys) => localStorage.setItem(KEPT, JSON.stringify(keys)));
