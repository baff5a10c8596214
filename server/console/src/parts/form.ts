// What every form does: it is sent once, and what the server does not take is said at its field.
import { nextTick, ref } from "vue";
import { messageOf, Problem } from "../api/client";
import { language, t } from "../words/words";


/** Returns the state of a form. `names`: its fields, by their names in the request. */
export function useForm(names: readonly string[] = []) {
  const problem = ref("");
  const faults = ref<Record<string, string>>({});
  const isBusy = ref(false);

  function say(refusal: unknown): void {
    const found: Record<string, string> = {};
    const others: string[] = [];
    for (const one of refusal instanceof Problem ? refusal.faults : []) {
      const text = (language.value === "zh" && one.message_zh) || one.message;
      const name = names.find((known) => one.where === known || one.where.endsWith(`.${known}`) || one.where.includes(`.${known}.`));
      if (name) found[name] ??= text;
      else others.push(`${one.where.replace(/^(body|query)\./, "")}: ${text}`);
    }
    faults.value = found;
    const isSaid = refusal instanceof Problem && !others.length && Object.keys(found).length > 0;
    problem.value = isSaid ? t("see_fields") : [messageOf(refusal), ...others].join(" ");
    void nextTick(() => document.querySelector<HTMLElement>(".entry.is-wrong :is(input, select, textarea)")?.focus());
  }

  /** Does the work; false: it was refused, and the form says why. */
  async function send(work: () => Promise<unknown>): Promise<boolean> {
    if (isBusy.value) return false;
    isBusy.value = true;
    problem.value = "";
    faults.value = {};
    try {
      await work();
      return true;
    } catch (refusal) {
      say(refusal);
      return false;
    } finally {
      isBusy.value = false;
    }
  }
  return { problem, faults, isBusy, send };
}
