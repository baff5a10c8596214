// The events of a day with what people found them to be; marks in bulk, and back again.
import { computed, onUnmounted, ref, shallowRef, watch } from "vue";
import { body, client, messageOf, type CameraEvent, type Schemas } from "../../api/client";
import { serverNow } from "../../live/clock";
import { useLive } from "../../live/live";
import { soon } from "../../live/soon";
import { useSession } from "../../sign_in/session";
import type { Range } from "./strip";

const MOST = 3000;
const PAGE = 500;
const BULK = 200; // marks that the server takes at once
const AGAIN_MS = 5000;
const UNDO_MS = 10_000;
export type Review = "real" | "false" | "unclear";
export const REVIEWS: readonly Review[] = ["real", "false", "unclear"];
export interface Asked { range: Range; station?: string; device?: string; kind?: string; review?: string }
type Mark = Schemas["CameraMark"];

export function useReviews(asked: () => Asked) {
  const events = shallowRef<CameraEvent[]>([]);
  const isCut = ref(false);
  const isLoading = ref(true);
  const problem = ref("");
  const last = shallowRef<{ before: Mark[]; count: number; what: Review | null } | null>(null);
  let turn = 0;
  let ending: ReturnType<typeof setTimeout> | undefined;

  async function load(): Promise<void> {
    const mine = ++turn;
    const { range, station, device, kind, review } = asked();
    const found: CameraEvent[] = [];
    let cursor: string | undefined;
    try {
      do {
        const query = { from: new Date(range.from).toISOString(), to: new Date(range.to).toISOString(), limit: PAGE, cursor, station, device, kind: kind ? [kind] : undefined, review: review ? [review as Review | "none"] : undefined };
        const page = await body(client.GET("/api/v1/camera-events", { params: { query } }));
        if (mine !== turn) return;
        found.push(...page.items);
        cursor = page.next ?? undefined;
      } while (cursor && found.length < MOST);
      events.value = found;
      isCut.value = Boolean(cursor);
      problem.value = "";
    } catch (refusal) {
      problem.value = messageOf(refusal);
    } finally {
      if (mine === turn) isLoading.value = false;
    }
  }
  watch(() => JSON.stringify(asked()), () => { isLoading.value = true; void load(); }, { immediate: true });
  const again = soon(load, AGAIN_MS);
  onUnmounted(useLive().hear((items) => serverNow() < asked().range.to && items.some((one) => one.kind === "camera" || one.kind === "media") && again()));

  /** Gives marks, and puts what was there before into `last`. */
  async function give(marks: Mark[]): Promise<Mark[]> {
    const before: Mark[] = [];
    const now = new Map<string, Review | null>();
    for (let from = 0; from < marks.length; from += BULK) {
      const answer = await body(client.POST("/api/v1/camera-events/reviews", { body: { marks: marks.slice(from, from + BULK) } }));
      for (const one of answer.marked) {
        before.push({ station: one.station, key: one.key, review: one.before });
        now.set(`${one.station}/${one.key}`, one.review);
      }
    }
    const { name } = useSession();
    const at = new Date(serverNow()).toISOString();
    events.value = events.value.map((one) => {
      const review = now.get(`${one.station}/${one.key}`);
      return review === undefined ? one : { ...one, review, reviewed_by: review ? name : "", reviewed_at: review ? at : null };
    });
    return before;
  }
  async function mark(keys: string[], review: Review | null): Promise<void> {
    const marks = events.value.filter((one) => keys.includes(one.key)).map((one) => ({ station: one.station, key: one.key, review }));
    if (!marks.length) return;
    try {
      const before = await give(marks);
      last.value = { before, count: before.length, what: review };
      clearTimeout(ending);
      ending = setTimeout(() => (last.value = null), UNDO_MS);
    } catch (refusal) {
      problem.value = messageOf(refusal);
    }
  }
  async function undo(): Promise<number> {
    const step = last.value;
    if (!step) return 0;
    last.value = null;
    try {
      return (await give(step.before)).length;
    } catch (refusal) {
      problem.value = messageOf(refusal);
      return 0;
    }
  }
  onUnmounted(() => clearTimeout(ending));
  return { events, isCut, isLoading, problem, last: computed(() => last.value), load, mark, undo };
}
