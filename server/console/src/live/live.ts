// What the console knows of its own freshness, and who hears the news. The state is measured on the data's receipt.
import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { now, onTick, serverNow } from "./clock";
import { Connection, socketAddress, type Said } from "./connection";
import type { Item } from "./items";
import { lookForUpgrade } from "./upgrade";

export const LATE_MS = 10_000;
const BATCH_MS = 250;
const FLOW_MS = 1000;
const OFFLINE_MS = 15_000;

export type LiveState = "connecting" | "live" | "stale" | "offline";
type Hearer = (items: Item[]) => void;

/** What comes all day long. The first after a pause is shown at once, what follows with each second: somebody who reads
    a list cannot follow more, and each drawing costs the page as much as a second of standing still. */
const flows = (item: Item) => item.kind === "result" || item.kind === "reading";

/** Tells how the data stands. `receivedMs`: when the centre received the newest item; `toldMs`: when it came here. */
export function judge(said: Said | "", lostSinceMs: number | null, behindMs: number, nowMs: number): LiveState {
  if (said === "") return "connecting";
  if (said === "lost" && lostSinceMs !== null && nowMs - lostSinceMs > OFFLINE_MS) return "offline";
  if (said !== "live" || behindMs > LATE_MS) return "stale";
  return "live";
}

export const useLive = defineStore("live", () => {
  const said = ref<Said | "">("");
  const goodAt = ref<number | null>(null); // when all was well last
  const lostAt = ref<number | null>(null);
  const behind = ref(0); // how late the newest item came, in ms
  const newest = ref<number | null>(null); // receipt of the newest item
  const loaders = new Set<() => Promise<void>>();
  const hearers = new Set<Hearer>();
  let waiting: Item[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let flushedAt = -Infinity;

  const state = computed<LiveState>(() => judge(said.value, lostAt.value, behind.value, now.value));
  const staleSince = computed(() => (state.value === "live" || state.value === "connecting" ? null : goodAt.value));

  /** Takes the news of the stations that it says yes to, of all others none. */
  let isWanted: (item: Item) => boolean = () => true;
  const want = (is: (item: Item) => boolean) => void (isWanted = is);

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (!waiting.length) return;
    flushedAt = performance.now();
    const items = waiting.filter(isWanted);
    waiting = [];
    for (const hear of hearers) hear(items);
  }

  function take(items: Item[]): void {
    let received = 0;
    for (const item of items) if (item.kind === "result") received = Math.max(received, Date.parse(item.received_at));
    if (received) {
      newest.value = Math.max(newest.value ?? 0, received);
      behind.value = serverNow() - received;
    }
    if (behind.value <= LATE_MS) goodAt.value = serverNow();
    waiting.push(...items);
    if (performance.now() - flushedAt > FLOW_MS || !items.every(flows)) timer ??= setTimeout(flush, BATCH_MS);
  }

  function tell(next: Said): void {
    if (next === "live") {
      goodAt.value = serverNow();
      lostAt.value = null;
      behind.value = 0; // the server's word that nothing waits; an item that is late says otherwise
    } else if (next === "lost" && said.value !== "lost") lostAt.value = serverNow();
    said.value = said.value === "" && next === "lost" ? "" : next;
  }

  /** Calls `hearer` with the news, in batches; returns how to stop. */
  function hear(hearer: Hearer): () => void {
    hearers.add(hearer);
    return () => hearers.delete(hearer);
  }

  /** Calls `load` whenever the lists must be loaded anew; returns how to stop. */
  function onLoad(load: () => Promise<void>): () => void {
    loaders.add(load);
    return () => loaders.delete(load);
  }

  onTick(flush);

  function start(): void {
    const load = async () => {
      await Promise.all([...loaders].map((one) => one()));
    };
    new Connection<Item>({ load, items: take, state: tell, back: () => void lookForUpgrade() }, socketAddress("/api/v1/live")).start();
  }

  return { state, staleSince, newest, hear, onLoad, want, start };
});
