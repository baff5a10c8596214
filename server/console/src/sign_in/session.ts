// Who is at the screen, and what the account may do. The server decides; the console only hides what would be refused.
import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { body, client, messageOf, type Schemas } from "../api/client";
import { useZone } from "../words/zone";
import { secret } from "./secret";

export const useSession = defineStore("session", () => {
  const told = ref<Schemas["Session"] | null>(null);
  const isAsked = ref(false);
  const problem = ref("");
  const setup = ref("");
  const name = computed(() => told.value?.title || told.value?.name || "");
  const isIn = computed(() => Boolean(told.value?.is_required && told.value.is_signed_in));
  const isKnown = ref(false); // whether anything may be asked for yet
  const mustSign = computed(() => Boolean(told.value?.is_required && !told.value.is_signed_in));
  const may = (permission: string) => !told.value?.is_signed_in || (told.value.permissions ?? []).includes(permission);

  async function load(): Promise<void> {
    try {
      told.value = await body(client.GET("/api/v1/session"));
      useZone(told.value.zone ?? "");
    } catch (refusal) {
      console.info(messageOf(refusal));
    }
    isAsked.value = mustSign.value;
    isKnown.value = !mustSign.value;
  }

  async function signIn(given: Schemas["GivenSignIn"]): Promise<void> {
    await client.POST("/api/v1/session", { body: given });
  }

  /** Signs in by what the page was opened with. */
  async function enter(): Promise<void> {
    if (secret?.way === "setup") setup.value = secret.text;
    if (!secret || secret.way === "setup") return;
    try {
      await signIn({ [secret.way]: secret.text, code: "" });
    } catch (refusal) {
      problem.value = messageOf(refusal);
    }
  }

  async function signOut(): Promise<void> {
    await client.DELETE("/api/v1/session").catch((refusal: unknown) => console.info(messageOf(refusal)));
    location.assign("/");
  }

  return { told, name, isAsked, isIn, isKnown, mustSign, problem, setup, may, load, enter, signIn, signOut };
});
