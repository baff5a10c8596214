import { mount } from "@vue/test-utils";
import { expect, it, vi } from "vitest";
import { h, nextTick, ref, shallowRef, withCtx } from "vue";
import RowList from "../src/parts/RowList.vue";

interface Row { id: string }
const word = ref("at first");
const made: string[] = [];
const cells = ({ row }: { row: Row }) => {
  made.push(row.id);
  return [h("span", { role: "cell" }, `${row.id} ${word.value}`)];
};
const rows = shallowRef<Row[]>([]);
const props = { height: 20, columns: "1fr", heads: [{ key: "id", text: "Id" }], label: "Rows", at: null };
/** A page as it is compiled: its slot stays the same whatever it draws. */
const page = () => {
  let slots: object | undefined;
  return () => h(RowList as never, { ...props, rows: rows.value }, (slots ??= { default: withCtx(cells), _: 1 }));
};

async function settled(): Promise<void> {
  await nextTick();
  await nextTick();
}
async function shown(ids: string[]) {
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(400);
  rows.value = ids.map((id) => ({ id }));
  const list = mount(page(), { attachTo: document.body });
  await settled();
  return list;
}

it("makes the cells of a row that comes, and those of no other", async () => {
  const list = await shown(["a", "b", "c"]);
  expect(made.splice(0)).toEqual(["a", "b", "c"]);
  rows.value = [{ id: "new" }, ...rows.value];
  await settled();
  expect(made.splice(0)).toEqual(["new"]);
  const lines = list.findAll(".scroll .line");
  expect(lines.map((one) => one.text())).toEqual(["new at first", "a at first", "b at first", "c at first"]);
  expect(lines.map((one) => one.attributes("data-id"))).toEqual(["new", "a", "b", "c"]);
  expect(lines.map((one) => one.attributes("aria-rowindex"))).toEqual(["2", "3", "4", "5"]);
});

it("makes the cells anew when a word in them changes", async () => {
  const list = await shown(["a"]);
  word.value = "in another language";
  await nextTick();
  expect(list.find(".scroll .line").text()).toBe("a in another language");
});
