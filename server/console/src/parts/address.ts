// What a page shows stands in its address.
import { useRoute, useRouter, type LocationQueryRaw } from "vue-router";

/** Returns how to change the address. Two changes at once are both kept: the way to the first is not over at the second. */
export function useAddress(): (changes: Record<string, string | undefined>) => void {
  const route = useRoute();
  const router = useRouter();
  let wanted: LocationQueryRaw | null = null;
  return (changes) => {
    const mine = (wanted = { ...(wanted ?? route.query), ...changes });
    void router.replace({ query: mine }).finally(() => {
      if (wanted === mine) wanted = null;
    });
  };
}
