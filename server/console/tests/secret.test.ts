import { expect, it } from "vitest";
import { takeSecret } from "../src/sign_in/secret";

it("takes the secret out of the address and leaves the rest", () => {
  history.replaceState(null, "", "/alerts?state=resolved#link=abc");
  expect(takeSecret()).toEqual({ way: "link", text: "abc" });
  expect(location.hash).toBe("");
  expect(location.search).toBe("?state=resolved");
  history.replaceState(null, "", "/#elsewhere");
  expect(takeSecret()).toBeNull();
});
