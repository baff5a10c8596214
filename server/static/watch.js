// Pictures of cameras: one WebSocket, open only while something is to be seen. It comes back by itself.
const FIRST_MS = 500;
const LONGEST_MS = 15_000;
const decoder = new TextDecoder();

export class Watch {
  #on;
  #wanted = [];
  #socket = null;
  #wait = FIRST_MS;
  #retry = 0;
  #isOff = false;

  /** `on`: { picture(head, bytes), refused(key, reason), off() } */
  constructor(on) {
    this.#on = on;
  }

  /** `list`: [{ station, camera, mode, fps }], all that is to be seen from now on. */
  want(list) {
    const isSame = JSON.stringify(list) === JSON.stringify(this.#wanted);
    this.#wanted = list;
    if (this.#isOff) return;
    if (!list.length) this.#close();
    else if (!this.#socket) this.#connect();
    else if (!isSame && this.#socket.readyState === WebSocket.OPEN) this.#say();
  }

  #say() {
    this.#socket.send(JSON.stringify({ watch: this.#wanted }));
  }

  #connect() {
    clearTimeout(this.#retry);
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/api/v1/watch`);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    socket.addEventListener("open", () => this.#socket === socket && this.#say());
    socket.addEventListener("message", (event) => this.#socket === socket && this.#heard(event.data));
    socket.addEventListener("close", () => this.#socket === socket && this.#lost());
  }

  #heard(data) {
    if (typeof data !== "string") {
      const end = 2 + new DataView(data).getUint16(0);
      this.#on.picture(JSON.parse(decoder.decode(data.slice(2, end))), data.slice(end));
      this.#wait = FIRST_MS;
      return;
    }
    const said = JSON.parse(data);
    if (said.off) {
      this.#isOff = true;
      this.#on.off();
    } else if (said.refused) this.#on.refused(said.refused, said.reason);
  }

  #lost() {
    this.#socket = null;
    if (this.#isOff || !this.#wanted.length) return;
    this.#retry = setTimeout(() => this.#wanted.length && !this.#socket && this.#connect(), this.#wait * (0.5 + Math.random() / 2));
    this.#wait = Math.min(this.#wait * 2, LONGEST_MS);
  }

  #close() {
    clearTimeout(this.#retry);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }
}
