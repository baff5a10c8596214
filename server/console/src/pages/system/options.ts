// What forms let one choose from, in the words of the field.
import { computed } from "vue";
import { en, zh } from "virtual:field-words";
import { useAreas } from "../../live/areas";
import { useDistrict } from "../../live/district";
import { language, ownTerms, word } from "../../words/words";

/** Returns the codes of a vocabulary with their words. */
export function termsOf(vocabulary: string): { value: string; text: string }[] {
  const words = language.value === "zh" ? zh : en;
  const start = `${vocabulary}.`;
  return Object.entries(words).filter(([key]) => key.startsWith(start)).map(([key, text]) => ({ value: key.slice(start.length), text }));
}

export function useOptions() {
  const areas = useAreas();
  const district = useDistrict();
  return {
    areas: computed(() => areas.tree.map(({ area, depth }) => ({ value: area.code, text: `${"　".repeat(depth)}${areas.title(area.code)}` }))),
    stations: computed(() => district.list.map((one) => ({ value: one.name, text: district.title(one.name) }))),
    rules: computed(() => [...termsOf("rule"), ...ownTerms("rule")]),
    severities: computed(() => ["critical", "warning", "info"].map((value) => ({ value, text: word("severity", value) }))),
    // Nobody chooses whether he is told that a result he was told of is void.
    occasions: computed(() => termsOf("occasion").filter(({ value }) => value !== "result_voided")),
  };
}
