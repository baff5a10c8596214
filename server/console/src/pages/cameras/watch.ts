// Pictures of cameras: one WebSocket, open only while something is to be seen. It comes back by itself.
import { socketAddress } from "../../live/connection";

const FIRST_MS = 500;
const LONGEST_MS = 15_000;
const decoder = new TextDecoder();

export interface Wanted { station: string; camera: string; mode: "preview" | "video"; fps: number }
export interface Head { station: string; camera: string; part: "preview" | "init" | "fragment"; at: number; codec: string; key: boolean }
export interface Sees {
  picture(head: Head, bytes: ArrayBuffer): void;
  refused(key: Wanted, reason: string): void;
  off(): void;
}

export class Watch {
  readonly #on: Sees;
  #wanted: Wanted[] = [];
  #socket: WebSocket | null = null;
  #wait = FIRST_MS;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #isOff = false;

  constructor(on: Sees) {
    this.#on = on;
  }

  /** Takes all that is to be seen from now on. */
  want(list: Wanted[]): void {
    const isSame = JSON.stringify(list) === JSON.stringify(this.#wanted);
    this.#wanted = list;
    if (this.#isOff) return;
    if (!list.length) this.#close();
    else if (!this.#socket) this.#connect();
    else if (!isSame && this.#socket.readyState === WebSocket.OPEN) this.#say();
  }

  #say(): void {
    this.#socket?.send(JSON.stringify({ watch: this.#wanted }));
  }

  #connect(): void {
    clearTimeout(this.#retry);
    const socket = new WebSocket(socketAddress("/api/v1/watch"));
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    socket.addEventListener("open", () => this.#socket === socket && this.#say());
    socket.addEventListener("message", (event) => this.#socket === socket && this.#heard(event.data as string | ArrayBuffer));
    socket.addEventListener("close", () => this.#socket === socket && this.#lost());
  }

  #heard(data: string | ArrayBuffer): void {
    if (typeof data !== "string") {
      const end = 2 + new DataView(data).getUint16(0);
      this.#on.picture(JSON.parse(decoder.decode(data.slice(2, end))) as Head, data.slice(end));
      this.#wait = FIRST_MS;
      return;
    }
    const said = JSON.parse(data) as { off?: string; refused?: Wanted; reason?: string };
    if (said.off) {
      this.#isOff = true;
      this.#on.off();
    } else if (said.refused) this.#on.refused(said.refused, said.reason ?? "");
  }

  #lost(): void {
    this.#socket = null;
    if (this.#isOff || !this.#wanted.length) return;
    this.#retry = setTimeout(() => this.#wanted.length && !this.#socket && this.#connect(), this.#wait * (0.5 + Math.random() / 2));
    this.#wait = Math.min(this.#wait * 2, LONGEST_MS);
  }

  #close(): void {
    clearTimeout(this.#retry);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }
}
