// What every tab does: something is asked of the server, a refusal is said in its words, and then it is shown anew.
import { ref } from "vue";
import { messageOf } from "../../api/client";

export function useActing(load: () => Promise<void>) {
  const problem = ref("");
  async function act(work: () => Promise<unknown> = async () => undefined): Promise<void> {
    try {
      problem.value = "";
      await work();
      await load();
    } catch (refusal) {
      problem.value = messageOf(refusal);
    }
  }
  return { problem, act };
}
