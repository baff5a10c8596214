// The items of the feed (wire/feed.py and wire/kinds): the WebSocket is outside of OpenAPI.
import type { Probe, Result, Severity } from "../api/client";

export interface ResultItem
  extends Pick<
    Result,
    | "station" | "device" | "item" | "item_name" | "sample" | "commodity" | "role" | "value" | "value_text" | "unit"
    | "verdict" | "device_verdict" | "measured_at" | "recorded_at" | "received_at" | "flags"
  > {
  kind: "result";
  id: string;
}
export interface AlertItem {
  kind: "alert";
  id: string;
  rule: string;
  severity: Severity;
  state: "open" | "acknowledged" | "in_progress" | "resolved" | "closed";
  station: string;
  subject: string;
  opened_at: string;
}
export interface StationItem { kind: "station"; station: string; state: "online" | "offline"; at: string }
export interface DeviceItem { kind: "device"; station: string; device: string; state: string; at: string }
export interface CameraItem {
  kind: "camera";
  id: string;
  station: string;
  device: string;
  key: string;
  phase: string;
  what: string;
  zone: string;
  media: string[];
  recorded_at: string;
}
export interface MediaItem { kind: "media"; station: string; device: string; key: string; hash: string; type: string }
export interface ReadingItem {
  kind: "reading";
  station: string;
  device: string;
  quantity: string;
  channel: number | null;
  value: number;
  unit: string;
  recorded_at: string;
}
export interface ProbeItem { kind: "probe"; station: string; device: string; quantity: string; channel: number | null; state: Probe["state"]; at: string }
export type Item = ResultItem | AlertItem | StationItem | DeviceItem | CameraItem | MediaItem | ReadingItem | ProbeItem;
