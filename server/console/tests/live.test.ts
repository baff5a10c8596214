import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Item } from "../src/live/items";

const { judge } = await import("../src/live/live");

describe("the state of the data", () => {
  it("is live only while the feed speaks and the newest item came within ten seconds", () => {
    expect(judge("", null, 0, 0)).toBe("connecting");
    expect(judge("live", null, 9_999, 0)).toBe("live");
    expect(judge("live", null, 298_000, 0)).toBe("stale");
    expect(judge("stale", null, 0, 0)).toBe("stale");
  });

  it("is stale at once when the line is lost, and offline when it stays so", () => {
    expect(judge("lost", 1_000, 0, 2_000)).toBe("stale");
    expect(judge("lost", 1_000, 0, 17_000)).toBe("offline");
  });
});

describe("the news", () => {
  class Socket extends EventTarget {
    static made: Socket[] = [];
    constructor() {
      super();
      Socket.made.push(this);
    }
    say(items?: object[]): void {
      this.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify({ cursor: "1", items }) }));
    }
  }
  const result = (id: string) => ({ kind: "result", id, received_at: new Date().toISOString() });

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("WebSocket", Socket);
    vi.resetModules();
    setActivePinia(createPinia());
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  async function heard() {
    const { useLive } = await import("../src/live/live");
    const batches: string[][] = [];
    const live = useLive();
    live.start();
    const socket = Socket.made.at(-1)!;
    socket.say();
    await vi.advanceTimersByTimeAsync(1500);
    live.hear((items: Item[]) => void batches.push(items.map((one) => ("id" in one ? one.id : ""))));
    return { socket, batches };
  }

  it("is shown at once after a pause, and with the seconds while it flows", async () => {
    const { socket, batches } = await heard();
    socket.say([result("a")]);
    await vi.advanceTimersByTimeAsync(300);
    expect(batches).toEqual([["a"]]);
    for (const id of ["b", "c", "d", "e", "f"]) {
      socket.say([result(id)]);
      await vi.advanceTimersByTimeAsync(300);
    }
    await vi.advanceTimersByTimeAsync(1000);
    expect(batches.flat()).toEqual(["a", "b", "c", "d", "e", "f"]);
    expect(batches.length).toBeLessThanOrEqual(4);
  });

  it("does not let an alert wait for a second", async () => {
    const { socket, batches } = await heard();
    await vi.advanceTimersByTimeAsync(550); // past a tick by 50 ms
    socket.say([result("a")]);
    await vi.advanceTimersByTimeAsync(260);
    socket.say([{ kind: "alert", id: "b" }]);
    await vi.advanceTimersByTimeAsync(260);
    expect(batches).toEqual([["a"], ["b"]]);
  });
});
