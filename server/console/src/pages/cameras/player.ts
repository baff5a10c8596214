// One camera's fragmented MP4 in a <video>, by Media Source Extensions, close to now.
const BEHIND_S = 1.5; // further behind than this, it jumps
const EDGE_S = 0.3;
const KEEP_S = 20;
const MOST_WAITING = 100;

export class Player {
  readonly #video: HTMLVideoElement;
  readonly #onUnfit: () => void;
  #source: MediaSource | null = null;
  #buffer: SourceBuffer | null = null;
  #waiting: ArrayBuffer[] = [];
  #address = "";

  /** `onUnfit()`: this browser does not play it. */
  constructor(video: HTMLVideoElement, onUnfit: () => void) {
    this.#video = video;
    this.#onUnfit = onUnfit;
  }

  /** An init segment: the stream begins, or its shape has changed. */
  begin(codec: string, bytes: ArrayBuffer): void {
    const type = `video/mp4; codecs="${codec}"`;
    if (!("MediaSource" in window) || !MediaSource.isTypeSupported(type)) {
      this.#onUnfit();
      return;
    }
    this.end();
    const source = new MediaSource();
    this.#source = source;
    this.#waiting = [bytes];
    this.#address = URL.createObjectURL(source);
    source.addEventListener("sourceopen", () => this.#source === source && this.#open(source, type), { once: true });
    this.#video.src = this.#address;
  }

  add(bytes: ArrayBuffer): void {
    if (!this.#source) return;
    if (this.#waiting.length > MOST_WAITING) this.#waiting.length = 1;
    this.#waiting.push(bytes);
    this.#next();
  }

  end(): void {
    this.#source = null;
    this.#buffer = null;
    this.#waiting = [];
    this.#video.removeAttribute("src");
    this.#video.load();
    if (this.#address) URL.revokeObjectURL(this.#address);
    this.#address = "";
  }

  #open(source: MediaSource, type: string): void {
    const buffer = source.addSourceBuffer(type);
    // One after the other, whatever their times say: the station's clock begins anew when its stream does.
    buffer.mode = "sequence";
    buffer.addEventListener("updateend", () => this.#buffer === buffer && this.#next());
    buffer.addEventListener("error", () => this.#buffer === buffer && this.#onUnfit());
    this.#buffer = buffer;
    this.#next();
  }

  #next(): void {
    const buffer = this.#buffer;
    if (!buffer || buffer.updating || this.#source?.readyState !== "open") return;
    this.#follow(buffer.buffered);
    if (this.#video.error) {
      this.#onUnfit();
      return;
    }
    const first = buffer.buffered.length ? buffer.buffered.start(0) : 0;
    const bytes = this.#waiting[0];
    if (this.#video.currentTime - first > KEEP_S) buffer.remove(first, this.#video.currentTime - KEEP_S / 2);
    else if (bytes) {
      this.#waiting.shift();
      buffer.appendBuffer(bytes);
    }
  }

  #follow(ranges: TimeRanges): void {
    if (!ranges.length) return;
    const end = ranges.end(ranges.length - 1);
    if (end - this.#video.currentTime > BEHIND_S) this.#video.currentTime = Math.max(end - EDGE_S, ranges.start(ranges.length - 1));
    if (this.#video.paused) this.#video.play().catch((problem: unknown) => console.info(String(problem)));
  }
}
