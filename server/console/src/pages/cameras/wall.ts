// What the wall shows: which cameras are on the screen, the newest picture of each, the one that is large.
import { computed, onUnmounted, reactive, ref, watch, type Ref } from "vue";
import { useDistrict } from "../../live/district";
import { Watch, type Head, type Wanted } from "./watch";

const MOST = 16; // cameras a page may watch at once, the enlarged one included
const WALL_FPS = 1;
const LARGE_FPS = 5;
export const OLD_MS = 6000;
const SETTLE_MS = 250; // a tile that only passes by while scrolling is not asked for

export interface Tile { key: string; station: string; camera: string; address: string; at: number; problem: string; isSeen: boolean }
export interface Large { key: string; mode: "video" | "preview"; problem: string; at: number }

export function useWall(media: (head: Head, bytes: ArrayBuffer) => void, endVideo: () => void) {
  const district = useDistrict();
  const tiles = reactive(new Map<string, Tile>());
  const large = ref(null) as Ref<Large | null>;
  const isOff = ref(false);
  const now = ref(Date.now());
  let settling: ReturnType<typeof setTimeout> | undefined;
  const old = new Map<string, string>();

  const cameras = computed(() =>
    district.cameras.map((one) => ({ ...one, key: `${one.station}/${one.name}` })).sort((a, b) => `${district.title(a.station)}/${a.name}`.localeCompare(`${district.title(b.station)}/${b.name}`)),
  );
  watch(
    cameras,
    (list) => {
      for (const one of list) if (!tiles.has(one.key)) tiles.set(one.key, { key: one.key, station: one.station, camera: one.name, address: "", at: 0, problem: "", isSeen: false });
      const known = new Set(list.map((one) => one.key));
      for (const key of tiles.keys()) if (!known.has(key)) tiles.delete(key);
      askSoon();
    },
    { immediate: true },
  );

  function ask(): void {
    if (document.visibilityState !== "visible" || isOff.value) return feed.want([]);
    const of = large.value && tiles.get(large.value.key);
    if (of && large.value) return feed.want([{ station: of.station, camera: of.camera, mode: large.value.mode, fps: LARGE_FPS }]);
    const list: Wanted[] = [];
    for (const one of tiles.values())
      if (one.isSeen && district.isOnline(one.station) && list.length < MOST) list.push({ station: one.station, camera: one.camera, mode: "preview", fps: WALL_FPS });
    feed.want(list);
  }
  function askSoon(): void {
    clearTimeout(settling);
    settling = setTimeout(ask, SETTLE_MS);
  }
  watch(() => district.list.map((one) => `${one.name}${one.state}`).join(), askSoon);

  function picture(head: Head, bytes: ArrayBuffer): void {
    const tile = tiles.get(`${head.station}/${head.camera}`);
    if (!tile) return;
    if (head.part === "preview") {
      // Revoked only when the next one is shown: an address that is still loading must live.
      const before = old.get(tile.key);
      if (before) URL.revokeObjectURL(before);
      if (tile.address) old.set(tile.key, tile.address);
      tile.address = URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
      tile.at = Date.now();
    }
    if (large.value?.key !== tile.key) return;
    large.value.at = Date.now();
    if (head.part !== "preview") media(head, bytes);
  }

  /** This browser does not play it, or the site does not allow it: pictures instead. */
  function usePreview(reason: string): void {
    if (!large.value || large.value.mode === "preview") return;
    large.value = { ...large.value, mode: "preview", problem: reason };
    endVideo();
    ask();
  }

  const feed = new Watch({
    picture,
    refused(key, reason) {
      const tile = tiles.get(`${key.station}/${key.camera}`);
      if (!tile) return;
      if (large.value?.key === tile.key && key.mode === "video") usePreview(reason);
      else tile.problem = reason;
    },
    off: () => (isOff.value = true),
  });

  function openLarge(key: string): void {
    large.value = { key, mode: "MediaSource" in window ? "video" : "preview", problem: "", at: 0 };
    ask();
  }
  function closeLarge(): void {
    large.value = null;
    endVideo();
    ask();
  }

  const observer = new IntersectionObserver((entries) => {
    for (const one of entries) {
      const tile = tiles.get((one.target as HTMLElement).dataset.key ?? "");
      if (tile) tile.isSeen = one.isIntersecting;
    }
    askSoon();
  });
  const vSeen = { mounted: (node: HTMLElement) => observer.observe(node), unmounted: (node: HTMLElement) => { observer.unobserve(node); const tile = tiles.get(node.dataset.key ?? ""); if (tile) tile.isSeen = false; askSoon(); } };
  document.addEventListener("visibilitychange", askSoon);
  const ticking = setInterval(() => (now.value = Date.now()), 1000);
  onUnmounted(() => {
    clearInterval(ticking);
    clearTimeout(settling);
    document.removeEventListener("visibilitychange", askSoon);
    observer.disconnect();
    feed.want([]);
    for (const one of tiles.values()) if (one.address) URL.revokeObjectURL(one.address);
    for (const address of old.values()) URL.revokeObjectURL(address);
  });
  return { cameras, tiles, large, isOff, now, openLarge, closeLarge, usePreview, vSeen };
}
