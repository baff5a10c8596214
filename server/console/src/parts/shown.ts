// A field that shows what holds, and takes what is typed when it is left or Enter is pressed.
import type { ObjectDirective } from "vue";

const typed = new WeakSet<HTMLInputElement>();

/** Shows a value as `:value` does, but leaves alone what somebody types while the page is drawn again for other reasons. */
export const vShown: ObjectDirective<HTMLInputElement, string | undefined> = {
  created(field) {
    field.addEventListener("input", () => typed.add(field));
    field.addEventListener("change", () => typed.delete(field));
  },
  beforeMount(field, { value }) {
    field.value = value ?? "";
  },
  updated(field, { value, oldValue }) {
    if (typed.has(field) && value === oldValue) return;
    typed.delete(field);
    if (field.value !== (value ?? "")) field.value = value ?? "";
  },
};
