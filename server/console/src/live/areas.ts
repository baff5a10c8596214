// The areas that one may see, as a tree.
import { defineStore } from "pinia";
import { computed, shallowRef } from "vue";
import { body, client, type Schemas } from "../api/client";
import { language } from "../words/words";
import { walk } from "./walk";

export type Area = Schemas["Area"];
export interface Branch { area: Area; depth: number }

/** Returns the areas in the order of the tree. One whose parent is not there stands at the top: it may not be seen. */
export function branches(areas: Area[]): Branch[] {
  const known = new Set(areas.map((one) => one.code));
  const parentOf = (one: Area) => (one.parent !== null && known.has(one.parent) ? one.parent : "");
  const below = (parent: string, depth: number): Branch[] =>
    areas.filter((one) => parentOf(one) === parent).flatMap((area) => [{ area, depth }, ...below(area.code, depth + 1)]);
  return below("", 0);
}

export const useAreas = defineStore("areas", () => {
  const areas = shallowRef<Area[]>([]);
  const tree = computed(() => branches(areas.value));
  const title = (code: string | null | undefined) => {
    const found = areas.value.find((one) => one.code === code);
    return (language.value === "zh" ? found?.name : found?.name_en || found?.name) ?? code ?? "";
  };
  async function load(): Promise<void> {
    areas.value = await walk((after) => body(client.GET("/api/v1/areas", { params: { query: { limit: 1000, after } } })));
  }
  return { areas, tree, title, load };
});
