// The live feed: one WebSocket that comes back by itself and goes on from its cursor, so that nothing is missed.
const QUIET_MS = 35_000; // the server says something every 10 s
const FIRST_MS = 500;
const LONGEST_MS = 10_000;

export class Live {
  #cursor = "";
  #socket = null;
  #wait = FIRST_MS;
  #retry = 0;
  #watchdog = 0;
  #on;
  #held = null; // items that came while the lists are being loaded

  /** `on`: { load(), items(list), state("live" | "connecting" | "stale") }. load() may throw; it is tried again. */
  constructor(on) {
    this.#on = on;
    addEventListener("online", () => this.#again(0));
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#again(0));
  }

  start() {
    this.#connect();
  }

  #connect() {
    clearTimeout(this.#retry);
    this.#retry = 0;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const query = this.#cursor ? `?cursor=${encodeURIComponent(this.#cursor)}` : "";
    const socket = new WebSocket(`${scheme}//${location.host}/api/v1/live${query}`);
    this.#socket = socket;
    socket.addEventListener("message", (event) => this.#socket === socket && this.#heard(JSON.parse(event.data)));
    socket.addEventListener("close", () => this.#socket === socket && this.#lost());
    this.#watch();
  }

  #heard(message) {
    this.#wait = FIRST_MS;
    this.#watch();
    if (message.reload) {
      this.#cursor = "";
      return; // the server closes; the next connection starts anew and loads the lists
    }
    if (message.stale) {
      this.#on.state("stale");
      return;
    }
    const isNew = this.#cursor === "";
    this.#cursor = message.cursor;
    if (isNew) this.#load(message.items ?? []);
    else if (this.#held) this.#held.push(...(message.items ?? []));
    else {
      if (message.items) this.#on.items(message.items);
      this.#on.state("live");
    }
  }

  /** The cursor is older than the lists: what changes while they are loaded comes twice rather than never. */
  async #load(first) {
    const socket = this.#socket;
    this.#held = first;
    try {
      await this.#on.load();
      if (this.#socket !== socket) return;
      const held = this.#held;
      this.#held = null;
      this.#on.items(held);
      this.#on.state("live");
    } catch (problem) {
      if (this.#socket !== socket) return;
      this.#cursor = "";
      this.#lost();
    }
  }

  #lost() {
    if (this.#held) this.#cursor = "";
    this.#held = null;
    this.#socket?.close();
    this.#socket = null;
    clearTimeout(this.#watchdog);
    this.#on.state("stale");
    this.#again(this.#wait * (0.5 + Math.random() / 2));
    this.#wait = Math.min(this.#wait * 2, LONGEST_MS);
  }

  #again(afterMs) {
    if (this.#socket) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#connect(), afterMs);
  }

  #watch() {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#lost(), QUIET_MS);
  }
}
