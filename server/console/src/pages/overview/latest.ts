// The newest results, for the ticker and the wall.
import { defineStore } from "pinia";
import { shallowRef } from "vue";
import { body, client } from "../../api/client";
import { useLive } from "../../live/live";
import { noteItemName } from "../../words/words";
import { merge, ofFeed, ofList, type Row } from "../results/rows";

const MOST = 40;

export const useLatest = defineStore("latest", () => {
  const rows = shallowRef<Row[]>([]);
  const failed = shallowRef<Row | null>(null);
  const live = useLive();

  async function load(): Promise<void> {
    const [newest, fails] = await Promise.all([
      body(client.GET("/api/v1/results", { params: { query: { limit: MOST } } })),
      body(client.GET("/api/v1/results", { params: { query: { verdict: "fail", role: "sample", limit: 1 } } })),
    ]);
    for (const one of newest.items) noteItemName(one.item, one.item_name);
    rows.value = newest.items.map(ofList);
    failed.value = fails.items[0] ? ofList(fails.items[0]) : null;
  }
  live.onLoad(load);
  live.hear((items) => {
    const news = items.filter((one) => one.kind === "result").map(ofFeed);
    if (!news.length) return;
    for (const one of news) noteItemName(one.item, one.item_name);
    rows.value = merge(rows.value, news, MOST);
    for (const one of news) if (one.verdict === "fail" && one.role === "sample" && one.at >= (failed.value?.at ?? 0)) failed.value = one;
  });
  void load().catch((problem: unknown) => console.info(String(problem)));
  return { rows, failed };
});
