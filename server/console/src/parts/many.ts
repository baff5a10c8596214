// One deed for several things: each is asked for, and what was refused is told with the number that was done.
import { messageOf } from "../api/client";
import { t } from "../words/words";

/** Does the work for each; raises an error that says how many were refused, and why the first one was. */
export async function forEach<One>(ones: readonly One[], work: (one: One) => Promise<unknown>): Promise<void> {
  let why = "";
  let failed = 0;
  for (const one of ones) {
    try {
      await work(one);
    } catch (refusal) {
      failed += 1;
      why ||= messageOf(refusal);
    }
  }
  if (failed) throw new Error(ones.length === 1 ? why : t("left_over", { done: ones.length - failed, failed, why }));
}
