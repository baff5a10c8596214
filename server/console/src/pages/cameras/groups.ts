// Sets of cameras for the wall, one's own and shared ones.
import { ref, shallowRef } from "vue";
import { body, client, messageOf, type Schemas } from "../../api/client";
import { walk } from "../../live/walk";
import { useSession } from "../../sign_in/session";

export type CameraGroup = Schemas["CameraGroup"];
export type NewCameraGroup = Schemas["NewCameraGroup"];

export function useGroups() {
  const groups = shallowRef<CameraGroup[]>([]);
  const problem = ref("");
  const isLoaded = ref(false);

  async function load(): Promise<void> {
    if (!useSession().may("cameras.read")) return;
    groups.value = await walk((cursor) => body(client.GET("/api/v1/camera-groups", { params: { query: { limit: 500, cursor } } })));
    isLoaded.value = true;
  }
  /** Does something with a set, and shows how it is now. Returns the set; null: it was refused. */
  async function act(work: () => Promise<CameraGroup | undefined>): Promise<CameraGroup | null | undefined> {
    try {
      problem.value = "";
      const done = await work();
      await load();
      return done;
    } catch (refusal) {
      problem.value = messageOf(refusal);
      return null;
    }
  }
  const save = (group: CameraGroup | null, said: NewCameraGroup) =>
    act(() =>
      group
        ? body(client.PUT("/api/v1/camera-groups/{group}", { params: { path: { group: group.id } }, body: said }))
        : body(client.POST("/api/v1/camera-groups", { body: said })),
    );
  const end = (group: CameraGroup) =>
    act(async () => {
      await client.POST("/api/v1/camera-groups/{group}/end", { params: { path: { group: group.id } } });
      return undefined;
    });
  load().catch((refusal: unknown) => (problem.value = messageOf(refusal)));
  return { groups, problem, isLoaded, save, end };
}
