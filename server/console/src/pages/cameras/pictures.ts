// Camera events with their pictures and clips, for the list and for whoever names one by its key.
import { defineStore } from "pinia";
import { shallowRef, triggerRef } from "vue";
import { body, client, type CameraEvent } from "../../api/client";
import type { Item } from "../../live/items";
import { useLive } from "../../live/live";
import { useSession } from "../../sign_in/session";

export const usePictures = defineStore("pictures", () => {
  const events = shallowRef(new Map<string, CameraEvent>());
  const asked = new Set<string>();
  let isListed = false;

  async function load(): Promise<void> {
    if (!isListed || !useSession().may("cameras.read")) return;
    const page = await body(client.GET("/api/v1/camera-events", { params: { query: { limit: 100 } } }));
    for (const one of page.items) events.value.set(one.key, one);
    triggerRef(events);
  }
  /** The newest events, kept up from now on. */
  async function list(): Promise<void> {
    isListed = true;
    await load();
  }

  async function fetchOne(key: string): Promise<void> {
    if (!useSession().may("cameras.read") || asked.has(key) || events.value.has(key)) return;
    asked.add(key);
    const page = await body(client.GET("/api/v1/camera-events", { params: { query: { key } } })).catch((refusal: unknown) => {
      asked.delete(key);
      throw refusal;
    });
    for (const one of page.items) events.value.set(one.key, one);
    triggerRef(events);
  }

  function addMedia(event: CameraEvent, hash: string, type: string, isStored: boolean): CameraEvent {
    const known = event.media.find((one) => one.hash === hash);
    if (known && !isStored) return event;
    const media = { hash, type, size: known?.size ?? null, is_stored: isStored };
    return { ...event, media: [...event.media.filter((one) => one.hash !== hash), media] };
  }

  function take(items: Item[]): void {
    let isChanged = false;
    for (const item of items) {
      if (item.kind !== "camera" && item.kind !== "media") continue;
      isChanged = true;
      let event = events.value.get(item.key);
      if (item.kind === "media") {
        if (event) events.value.set(item.key, addMedia(event, item.hash, item.type, true));
        continue;
      }
      if (!event) {
        if (item.phase !== "start") continue;
        const { key, id, station, device, what, zone, recorded_at } = item;
        event = { key, id, station, device, kind: what, zone, at: recorded_at, last_at: recorded_at, last_phase: "start", flags: "", evidence: {}, media: [], review: null, reviewed_by: "", reviewed_at: null };
      } else if (item.recorded_at >= event.last_at) event = { ...event, last_at: item.recorded_at, last_phase: item.phase };
      for (const hash of item.media) event = addMedia(event, hash, "", false);
      events.value.set(item.key, event);
    }
    if (isChanged) triggerRef(events);
  }
  const live = useLive();
  live.onLoad(load);
  live.hear(take);
  return { events, list, fetchOne };
});

export const stored = (event: CameraEvent | undefined, type: string) => (useSession().may("media.view") ? event : undefined)?.media.find((one) => one.is_stored && one.type === type);
export const mediaAddress = (hash: string) => `/api/v1/media/${hash}`;
