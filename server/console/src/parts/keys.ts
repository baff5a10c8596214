// Keys of a page: not while somebody types, and not while a dialog is open.
import { onMounted, onUnmounted } from "vue";

const isTyping = (target: EventTarget | null) => target instanceof HTMLElement && Boolean(target.closest("input, textarea, select, [contenteditable]"));

export function useKeys(keys: Record<string, (event: KeyboardEvent) => void>): void {
  function pressed(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const act = keys[event.key];
    if (!act) return;
    if (event.key === "Enter" && event.target instanceof HTMLElement && event.target.closest("button, a")) return;
    event.preventDefault();
    act(event);
  }
  onMounted(() => document.addEventListener("keydown", pressed));
  onUnmounted(() => document.removeEventListener("keydown", pressed));
}
