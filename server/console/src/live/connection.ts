// The live feed: one WebSocket that comes back by itself and goes on from its cursor, so that nothing is missed.
const QUIET_MS = 13_000; // the server says something every 10 s
const FIRST_MS = 500;
const LONGEST_MS = 10_000;
// A proxy that cuts its connections every minute is no loss: the way back is tried at once, and takes no longer than this.
const BACK_MS = 200;
const GRACE_MS = 1000;

export type Said = "live" | "stale" | "lost";
export interface Hears<Item> {
  /** Loads the lists; may throw, and is tried again. */
  load(): Promise<void>;
  items(list: Item[]): void;
  state(state: Said): void;
  /** Called at each way back after a loss. */
  back?(): void;
}

interface Message<Item> {
  cursor?: string;
  items?: Item[];
  reload?: boolean;
  stale?: boolean;
}

export class Connection<Item> {
  #cursor = "";
  #socket: WebSocket | null = null;
  #wait = FIRST_MS;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #watchdog: ReturnType<typeof setTimeout> | undefined;
  #hasHeard = false; // something over this connection
  #isBack = false; // whether one was there before
  #grace: ReturnType<typeof setTimeout> | undefined;
  #held: Item[] | null = null; // items that came while the lists are being loaded
  readonly #on: Hears<Item>;
  readonly #address: string;

  constructor(on: Hears<Item>, address: string) {
    this.#on = on;
    this.#address = address;
  }

  start(): void {
    addEventListener("online", () => this.#again(0));
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#again(0));
    this.#connect();
  }

  #connect(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    const query = this.#cursor ? `?cursor=${encodeURIComponent(this.#cursor)}` : "";
    const socket = new WebSocket(this.#address + query);
    this.#hasHeard = false;
    this.#socket = socket;
    socket.addEventListener("message", (event) => this.#socket === socket && this.#heard(JSON.parse(event.data as string)));
    socket.addEventListener("close", () => this.#socket === socket && this.#lost());
    this.#watch();
  }

  #heard(message: Message<Item>): void {
    this.#wait = FIRST_MS;
    if (!this.#hasHeard && this.#isBack) this.#on.back?.();
    [this.#hasHeard, this.#isBack] = [true, true];
    clearTimeout(this.#grace);
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
    this.#cursor = message.cursor ?? "";
    if (isNew) void this.#load(message.items ?? []);
    else if (this.#held) this.#held.push(...(message.items ?? []));
    else {
      this.#on.state("live");
      if (message.items) this.#on.items(message.items);
    }
  }

  /** The cursor is older than the lists: what changes while they are loaded comes twice rather than never. */
  async #load(first: Item[]): Promise<void> {
    const socket = this.#socket;
    this.#held = first;
    try {
      await this.#on.load();
    } catch {
      if (this.#socket !== socket) return;
      this.#cursor = "";
      this.#lost();
      return;
    }
    if (this.#socket !== socket) return;
    const held = this.#held ?? [];
    this.#held = null;
    this.#on.state("live");
    this.#on.items(held);
  }

  /** `isSilent`: nothing was heard for too long, so that this is no mere cut. */
  #lost(isSilent = false): void {
    const isCut = !isSilent && this.#hasHeard && this.#cursor !== "" && this.#held === null;
    this.#hasHeard = false;
    if (this.#held) this.#cursor = "";
    this.#held = null;
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    clearTimeout(this.#watchdog);
    clearTimeout(this.#grace);
    if (isCut) {
      this.#grace = setTimeout(() => this.#on.state("lost"), GRACE_MS);
      this.#again(BACK_MS * Math.random());
      return;
    }
    this.#on.state("lost");
    this.#again(this.#wait * (0.5 + Math.random() / 2));
    this.#wait = Math.min(this.#wait * 2, LONGEST_MS);
  }

  #again(afterMs: number): void {
    if (this.#socket) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#connect(), afterMs);
  }

  #watch(): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#lost(true), QUIET_MS);
  }
}

export const socketAddress = (path: string) => `${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}${path}`;
