// A tab that is older than its server: it says so and loads itself anew, but not while somebody writes in it.
import { ref } from "vue";

const LOOK_MS = 4000;
const KEPT = "shian.reloaded";
const ENTRY = /<script type="module"[^>]*\ssrc="([^"]+)"/;

export const isOld = ref(false);
let waiting: ReturnType<typeof setInterval> | undefined;

/** Returns the program that a document of the console begins with; its name holds its contents. */
export const entryOf = (html: string): string => ENTRY.exec(html)?.[1] ?? "";
const own = () => document.querySelector('script[type="module"][src]')?.getAttribute("src") ?? "";

const isWriting = () => document.querySelector("dialog[open], .sheet") !== null || (document.activeElement?.matches("input, textarea, select") ?? false);

/** Says that the console is old, and loads `path` as soon as nobody writes; for one and the same program only once. */
export function renew(entry: string, path: () => string): void {
  isOld.value = true;
  if (waiting || sessionStorage.getItem(KEPT) === entry) return;
  waiting = setInterval(() => {
    if (isWriting()) return;
    sessionStorage.setItem(KEPT, entry);
    clearInterval(waiting);
    location.assign(path());
  }, LOOK_MS);
}

/** Looks whether the server gives another console than this one. */
export async function lookForUpgrade(): Promise<void> {
  try {
    const answer = await fetch("/", { cache: "no-store" });
    const entry = answer.ok ? entryOf(await answer.text()) : "";
    if (entry && own() && entry !== own()) renew(entry, () => location.href);
  } catch {
    // The line is gone again: the next way back looks once more.
  }
}
