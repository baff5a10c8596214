import { mount } from "@vue/test-utils";
import { describe, expect, it } from "vitest";
import { defineComponent, h, withDirectives } from "vue";
import { vShown } from "../src/parts/shown";

const Field = defineComponent({
  props: { said: { type: String, default: "" }, news: { type: Number, default: 0 } },
  setup: (props) => () => h("p", [String(props.news), withDirectives(h("input"), [[vShown, props.said]])]),
});
const type = (field: Element, text: string) => {
  (field as HTMLInputElement).value = text;
  field.dispatchEvent(new Event("input"));
};
const valueOf = (field: Element) => (field as HTMLInputElement).value;

describe("a field that shows what holds", () => {
  it("keeps what is typed while news come, and shows another value when one holds", async () => {
    const page = mount(Field, { props: { said: "A-12" } });
    const field = page.find("input").element;
    expect(valueOf(field)).toBe("A-12");
    type(field, "B-");
    await page.setProps({ news: 1 });
    expect(valueOf(field)).toBe("B-");
    await page.setProps({ said: "" });
    expect(valueOf(field)).toBe("");
  });

  it("shows what holds again once what was typed is taken", async () => {
    const page = mount(Field, { props: { said: "A-12" } });
    const field = page.find("input").element;
    type(field, "");
    field.dispatchEvent(new Event("change"));
    await page.setProps({ news: 1 });
    expect(valueOf(field)).toBe("A-12");
  });
});
