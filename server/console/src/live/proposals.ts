// Deeds that wait for a second person. The feed does not tell of them, so they are asked for now and then.
import { defineStore } from "pinia";
import { computed, shallowRef } from "vue";
import { body, client, messageOf, type Schemas } from "../api/client";
import { useSession } from "../sign_in/session";
import { useLive } from "./live";
import { walk } from "./walk";

const AGAIN_MS = 30_000;
export type Proposal = Schemas["Proposal"];

export const useProposals = defineStore("proposals", () => {
  const waiting = shallowRef<Proposal[]>([]);
  const session = useSession();
  /** How many of them somebody else has asked for: these wait for whoever is at the screen. */
  const forMe = computed(() => (session.may("proposals.decide") ? waiting.value.filter((one) => one.is_mine === false).length : 0));

  async function load(): Promise<void> {
    if (!session.isIn || !session.may("proposals.read")) return;
    waiting.value = await walk((cursor) => body(client.GET("/api/v1/proposals", { params: { query: { state: ["waiting"], limit: 500, cursor } } })));
  }
  const loadQuietly = () => load().catch((refusal: unknown) => console.info(messageOf(refusal)));
  useLive().onLoad(loadQuietly);
  setInterval(() => void loadQuietly(), AGAIN_MS);
  return { waiting, forMe, load };
});
