// Who there is: stations, devices and the last reading of each probe, as lists had them and news changed them.
import { defineStore } from "pinia";
import { computed, shallowRef, triggerRef } from "vue";
import { body, client, type Device, type Probe, type Station } from "../api/client";
import { language } from "../words/words";
import type { Item } from "./items";
import { area } from "./area";
import { weightOf } from "./kinds";
import { useSession } from "../sign_in/session";
import { serverNow } from "./clock";
import { useLive } from "./live";
import { soon } from "./soon";
import { walk } from "./walk";

const AGAIN_MS = 5000;
export type HeldProbe = Omit<Probe, "name" | "reason"> & { toldAt: number };
/** Names a probe: in a map, and in an address. */
export const probeKey = (one: { station: string; device: string; quantity: string; channel: number | null }) => `${one.station}/${one.device}/${one.quantity}/${one.channel ?? ""}`;
/** A camera event that is under way. */
interface Happening { key: string; station: string; device: string; kind: string; at: string }
export type HeldDevice = Device & { toldAt: number };

/** Returns `before` where it says the same: whatever shows a title would be drawn anew with each list that is loaded. */
function kept(before: Map<string, string> | undefined, found: Map<string, string>): Map<string, string> {
  return before?.size === found.size && [...found].every(([key, text]) => before.get(key) === text) ? before : found;
}

export const useDistrict = defineStore("district", () => {
  const stations = shallowRef(new Map<string, Station>());
  const devices = shallowRef<HeldDevice[]>([]);
  const probes = shallowRef(new Map<string, HeldProbe>());
  const happening = shallowRef(new Map<string, Happening>());
  const live = useLive();

  const list = computed(() => [...stations.value.values()]);
  const online = computed(() => list.value.filter((one) => one.state === "online").length);
  /** The cameras that cannot be trusted now. */
  const troubles = computed(() => [...happening.value.values()].filter((one) => weightOf(one.kind) === "trouble"));
  const cameras = computed(() => devices.value.filter((one) => one.adapter === "camera"));
  const titles = computed<Map<string, string>>((before) => {
    const isChinese = language.value === "zh";
    return kept(before, new Map(list.value.map((one) => [one.name, (isChinese ? one.title : one.title_en || one.title) || one.name])));
  });
  const title = (name: string) => titles.value.get(name) ?? name;
  const deviceTitles = computed<Map<string, string>>((before) => {
    const isChinese = language.value === "zh";
    return kept(before, new Map(devices.value.map((one) => [`${one.station}/${one.name}`, (isChinese ? one.title || one.title_en : one.title_en || one.title) || one.name])));
  });
  const deviceTitle = (station: string, name: string) => deviceTitles.value.get(`${station}/${name}`) ?? name;
  const isOnline = (name: string) => stations.value.get(name)?.state === "online";

  async function load(): Promise<void> {
    const mayLook = useSession().may("cameras.read");
    const [found, parts, looks, seen, blind] = await Promise.all([
      walk((after) => body(client.GET("/api/v1/stations", { params: { query: { limit: 1000, after } } }))),
      walk((after) => body(client.GET("/api/v1/devices", { params: { query: { limit: 1000, after } } }))),
      walk((after) => body(client.GET("/api/v1/probes", { params: { query: { limit: 1000, after } } }))),
      mayLook ? body(client.GET("/api/v1/camera-events", { params: { query: { limit: 200 } } })).then((page) => page.items) : [],
      // A camera may be away for weeks, in which the others see a great deal.
      mayLook ? walk((cursor) => body(client.GET("/api/v1/camera-events", { params: { query: { trouble: "now", limit: 500, cursor } } }))) : [],
    ]);
    stations.value = new Map(found.map((one) => [one.name, one]));
    devices.value = parts.map((one) => ({ ...one, toldAt: performance.now() }));
    probes.value = new Map(looks.map((one) => [probeKey(one), { ...one, toldAt: performance.now() }]));
    const others = seen.filter((one) => one.last_phase !== "end" && weightOf(one.kind) !== "trouble");
    happening.value = new Map([...others, ...blind].map((one) => [one.key, one]));
  }
  const loadAgain = soon(load, AGAIN_MS);

  function take(items: Item[]): void {
    for (const item of items) {
      if (item.kind === "result") loadAgain();
      else if (item.kind === "station") {
        const known = stations.value.get(item.station);
        if (known) {
          stations.value.set(item.station, { ...known, state: item.state, state_at: item.at });
          triggerRef(stations);
        } else loadAgain();
      } else if (item.kind === "device") {
        const at = devices.value.findIndex((one) => one.station === item.station && one.name === item.device);
        const known = devices.value[at];
        if (known) devices.value = devices.value.with(at, { ...known, state: item.state, state_at: item.at });
        else loadAgain();
      } else if (item.kind === "reading") {
        const known = probes.value.get(probeKey(item));
        if (known?.at && Date.parse(known.at) > Date.parse(item.recorded_at)) continue;
        const { station, device, quantity, channel, value, unit, recorded_at: at } = item;
        // One of a backlog is as old as it says.
        const age_s = Math.max(0, (serverNow() - Date.parse(at)) / 1000);
        const bounds = known ?? { state: "ok" as const, above: null, below: null, limit_unit: null, for_s: null };
        if (!known) loadAgain();
        probes.value.set(probeKey(item), { ...bounds, station, device, quantity, channel, value, unit, at, age_s, toldAt: performance.now() });
        triggerRef(probes);
      } else if (item.kind === "probe") {
        const known = probes.value.get(probeKey(item));
        if (known) probes.value.set(probeKey(item), { ...known, state: item.state });
        else loadAgain();
        triggerRef(probes);
      } else if (item.kind === "camera") {
        if (item.phase === "end") happening.value.delete(item.key);
        else happening.value.set(item.key, { at: item.recorded_at, ...happening.value.get(item.key), key: item.key, station: item.station, device: item.device, kind: item.what });
        triggerRef(happening);
        if (!cameras.value.some((one) => one.station === item.station && one.name === item.device)) loadAgain();
      }
    }
  }

  // Of another area nothing is shown; what is of no station (the centre's own alerts) is for everybody.
  if (area.value) live.want((item) => !("station" in item) || !item.station || stations.value.has(item.station));
  live.onLoad(load);
  live.hear(take);
  setInterval(loadAgain, 60_000);
  return { stations, list, online, devices, cameras, probes, happening, troubles, title, deviceTitle, isOnline, load };
});
