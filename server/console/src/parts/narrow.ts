import { ref } from "vue";

function matches(query: string) {
  const asked = matchMedia(query);
  const is = ref(asked.matches);
  asked.addEventListener("change", () => (is.value = asked.matches));
  return is;
}
/** True on a phone: rows of several lines, the drawer as a page. */
export const isNarrow = matches("(max-width: 760px)");
/** True where three columns stand beside each other. */
export const isWide = matches("(min-width: 1700px)");
