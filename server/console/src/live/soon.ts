import { mayPass, messageOf } from "../api/client";

const AGAIN_MS = 2000;
const SLOWEST_MS = 30_000;

/** Returns `work` that is done once, `ms` after it was first asked for, and again, ever more slowly, until it is done:
    what the centre could not answer just now would otherwise never be shown. A refusal is told on the console only. */
export function soon(work: () => Promise<void>, ms: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wait = AGAIN_MS;
  async function run(): Promise<void> {
    timer = undefined;
    try {
      await work();
      wait = AGAIN_MS;
    } catch (refusal) {
      console.info(messageOf(refusal));
      if (!mayPass(refusal)) return;
      timer ??= setTimeout(run, wait);
      wait = Math.min(2 * wait, SLOWEST_MS);
    }
  }
  return () => void (timer ??= setTimeout(run, ms));
}
