// The day's numbers, as the server counts them.
import { defineStore } from "pinia";
import { ref } from "vue";
import { body, client } from "../api/client";
import { useLive } from "./live";
import { useSession } from "../sign_in/session";
import { soon } from "./soon";

const AGAIN_MS = 2000;

export const useDay = defineStore("day", () => {
  const samples = ref(0);
  const failed = ref(0);
  const tests = ref(0);
  const passed = ref(0);
  const judged = ref(0);
  const live = useLive();

  async function load(): Promise<void> {
    if (!useSession().may("counts.read")) return;
    const answer = await body(client.GET("/api/v1/counts", { params: { query: { by: ["verdict"] } } }));
    samples.value = answer.samples.reduce((sum, one) => sum + one.samples, 0);
    failed.value = answer.samples.reduce((sum, one) => sum + one.failed, 0);
    tests.value = answer.tests.reduce((sum, one) => sum + one.tests, 0);
    const of = (verdicts: string[]) => answer.tests.filter((one) => verdicts.includes(one.verdict ?? "")).reduce((sum, one) => sum + one.tests, 0);
    passed.value = of(["pass"]);
    judged.value = of(["pass", "fail"]);
  }
  const again = soon(load, AGAIN_MS);
  live.onLoad(load);
  live.hear((items) => items.some((one) => one.kind === "result") && again());
  setInterval(again, 60_000);
  return { samples, failed, tests, passed, judged };
});
