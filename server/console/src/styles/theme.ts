// Light or dark: as the browser is set, until somebody chooses.
import { ref } from "vue";

const KEPT = "shian.theme";
const asked = matchMedia("(prefers-color-scheme: dark)");
const kept = () => localStorage.getItem(KEPT);
export const isDark = ref(kept() ? kept() === "dark" : asked.matches);

function show(): void {
  document.documentElement.classList.toggle("dark", isDark.value);
}

asked.addEventListener("change", () => {
  if (kept()) return;
  isDark.value = asked.matches;
  show();
});

export function switchTheme(): void {
  isDark.value = !isDark.value;
  localStorage.setItem(KEPT, isDark.value ? "dark" : "light");
  show();
}

/** The wall is dark whatever was chosen, and keeps nothing. */
export function goDark(): void {
  isDark.value = true;
  show();
}

show();
