import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Connection, type Said } from "../src/live/connection";

class Socket extends EventTarget {
  static made: Socket[] = [];
  constructor(readonly url: string) {
    super();
    Socket.made.push(this);
  }
  say(message: object): void {
    this.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(message) }));
  }
  close(): void {}
  drop(): void {
    this.dispatchEvent(new Event("close"));
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  Socket.made = [];
  vi.stubGlobal("WebSocket", Socket);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function started() {
  const items: string[] = [];
  const states: Said[] = [];
  let [loads, ways] = [0, 0];
  const on = { load: async () => void loads++, items: (list: string[]) => void items.push(...list), state: (said: Said) => void states.push(said), back: () => void ways++ };
  new Connection<string>(on, "ws://here/api/v1/live").start();
  return { items, states, loads: () => loads, ways: () => ways };
}
const last = () => Socket.made.at(-1)!;

it("resumes from its cursor after a loss and loads the lists once", async () => {
  const heard = started();
  last().say({ cursor: "1-1" });
  await vi.advanceTimersByTimeAsync(0);
  last().say({ cursor: "1-2", items: ["a"] });
  last().drop();
  await vi.advanceTimersByTimeAsync(300);
  last().drop();
  expect(heard.states.at(-1)).toBe("lost");
  await vi.advanceTimersByTimeAsync(600);
  expect(last().url).toBe("ws://here/api/v1/live?cursor=1-2");
  last().say({ cursor: "1-3", items: ["b"] });
  expect(heard.items).toEqual(["a", "b"]);
  expect(heard.states.at(-1)).toBe("live");
  expect(heard.loads()).toBe(1);
});

it("takes what came while the lists were loaded", async () => {
  const heard = started();
  last().say({ cursor: "1-1", items: ["a"] });
  last().say({ cursor: "1-2", items: ["b"] });
  await vi.advanceTimersByTimeAsync(0);
  expect(heard.items).toEqual(["a", "b"]);
});

it("begins anew when the feed says so, and is lost when it says nothing", async () => {
  const heard = started();
  last().say({ cursor: "1-1" });
  await vi.advanceTimersByTimeAsync(0);
  last().say({ reload: true });
  last().drop();
  await vi.advanceTimersByTimeAsync(600);
  expect(last().url).toBe("ws://here/api/v1/live");
  last().say({ cursor: "2-1" });
  await vi.advanceTimersByTimeAsync(0);
  expect(heard.loads()).toBe(2);
  expect(heard.states.at(-1)).toBe("live");
  await vi.advanceTimersByTimeAsync(14_000);
  expect(heard.states).toContain("lost");
});

it("is never lost while a proxy cuts the line every minute, and misses nothing", async () => {
  const heard = started();
  last().say({ cursor: "1-0" });
  await vi.advanceTimersByTimeAsync(0);
  for (let minute = 1; minute <= 5; minute++) {
    for (let tens = 0; tens < 6; tens++) {
      await vi.advanceTimersByTimeAsync(10_000);
      last().say({ cursor: `1-${minute}`, items: tens === 3 ? [`of ${minute}`] : [] });
    }
    last().drop();
    await vi.advanceTimersByTimeAsync(250);
    expect(last().url).toBe(`ws://here/api/v1/live?cursor=1-${minute}`);
    last().say({ cursor: `1-${minute}` });
  }
  expect(heard.states).not.toContain("lost");
  expect(heard.items).toEqual(["of 1", "of 2", "of 3", "of 4", "of 5"]);
  expect([heard.loads(), heard.ways()]).toEqual([1, 5]);
});

it("is lost a second after a cut whose way back hangs", async () => {
  const heard = started();
  last().say({ cursor: "1-0" });
  await vi.advanceTimersByTimeAsync(0);
  last().drop();
  await vi.advanceTimersByTimeAsync(999);
  expect(heard.states).not.toContain("lost");
  await vi.advanceTimersByTimeAsync(2);
  expect(heard.states.at(-1)).toBe("lost");
});
