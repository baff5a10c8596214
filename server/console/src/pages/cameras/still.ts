// One picture of a camera to draw on: from the live view, else the last snapshot of an event, else none.
import { onUnmounted, ref } from "vue";
import { body, client } from "../../api/client";
import { useSession } from "../../sign_in/session";
import { mediaAddress, stored } from "./pictures";
import { Watch } from "./watch";

const PATIENCE_MS = 6000;

export function useStill() {
  const address = ref("");
  const isLooking = ref(false);
  let asked = { station: "", camera: "" };
  let timer: ReturnType<typeof setTimeout> | undefined;

  function show(next: string): void {
    clearTimeout(timer);
    isLooking.value = false;
    if (address.value.startsWith("blob:")) URL.revokeObjectURL(address.value);
    address.value = next;
  }
  async function fallBack(): Promise<void> {
    feed.want([]);
    const { station, camera } = asked;
    if (!useSession().may("media.view")) return show("");
    const page = await body(client.GET("/api/v1/camera-events", { params: { query: { station, device: camera, limit: 50 } } })).catch(() => ({ items: [] }));
    const found = page.items.map((one) => stored(one, "image/jpeg")).find(Boolean);
    if (asked.station === station && asked.camera === camera) show(found ? mediaAddress(found.hash) : "");
  }
  const feed = new Watch({
    picture(head, bytes) {
      if (head.part !== "preview" || head.station !== asked.station || head.camera !== asked.camera) return;
      feed.want([]); // one is enough: nobody watches while somebody draws
      show(URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" })));
    },
    refused: () => void fallBack(),
    off: () => void fallBack(),
  });
  /** Asks for a picture of this camera. */
  function look(station: string, camera: string): void {
    show("");
    asked = { station, camera };
    isLooking.value = true;
    if (!useSession().may("cameras.watch")) return void fallBack();
    feed.want([{ station, camera, mode: "preview", fps: 1 }]);
    timer = setTimeout(() => void fallBack(), PATIENCE_MS);
  }
  onUnmounted(() => {
    feed.want([]);
    show("");
  });
  return { address, isLooking, look };
}
