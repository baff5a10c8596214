// Signing in and out, and the own account: who one is, where one has signed in, the password.
import { get, post, remove } from "/static/api.js";
import { button, byId, el } from "/static/dom.js";
import { clock, t, word } from "/static/words.js";

let me = null;

/** Whether the account may do this somewhere. The server decides; the page only hides what would be refused. */
export const may = (permission) => !me || me.permissions.includes(permission);

/** Signs in by the one-time link that the page was opened with. The secret stands behind `#`: no server logs it. */
export async function enter() {
  const given = new URLSearchParams(location.hash.slice(1));
  if (!given.has("link") && !given.has("setup") && !given.has("token")) return;
  history.replaceState(null, "", location.pathname);
  if (given.has("setup")) byId("sign-in-setup").value = given.get("setup");
  const way = ["link", "token"].find((one) => given.has(one));
  if (way) await post("/session", { [way]: given.get(way) }).catch((problem) => {
    byId("sign-in-problem").textContent = problem.message;
  });
}

/** Asks who one is, and for a sign-in when the server wants one. */
export async function isSignedIn() {
  const session = await get("/session").catch(() => null);
  me = session?.is_signed_in ? session : me;
  const isMissing = Boolean(session?.is_required && !session.is_signed_in);
  if (isMissing) showSignIn(session);
  redrawAccount();
  return !isMissing;
}

export function showSignIn(session = null) {
  const isFirst = Boolean(session?.needs_setup);
  byId("sign-in-title").textContent = t(isFirst ? "set_up" : "sign_in");
  byId("sign-in-about").textContent = isFirst ? t("set_up_about") : "";
  byId("sign-in-setup-row").hidden = !isFirst;
  byId("sign-in-setup").required = isFirst;
  byId("sign-in-password").autocomplete = isFirst ? "new-password" : "current-password";
  byId("sign-in-oidc").hidden = !session?.has_oidc;
  if (!byId("sign-in").open) byId("sign-in").showModal();
}

async function signIn(event) {
  event.preventDefault();
  const given = { name: byId("sign-in-name").value, password: byId("sign-in-password").value };
  if (!byId("sign-in-setup-row").hidden) given.setup = byId("sign-in-setup").value;
  if (byId("sign-in-code").value) given.code = byId("sign-in-code").value;
  try {
    await post("/session", given);
    location.reload();
  } catch (problem) {
    if (problem.type === "code-needed") {
      byId("sign-in-code-row").hidden = false;
      byId("sign-in-code").focus();
    }
    byId("sign-in-problem").textContent = problem.message;
  }
}

async function signOut() {
  await remove("/session").catch(() => null);
  location.reload();
}

export function redrawAccount() {
  byId("me").hidden = !me?.is_required;
  byId("me").textContent = me ? me.title || me.name : "";
}

async function showAccount() {
  byId("account-title").textContent = me.title ? `${me.title} (${me.name})` : me.name;
  byId("account-roles").textContent = me.roles.map((role) => word("account_role", role)).join(" · ");
  byId("account-problem").textContent = "";
  if (!byId("account").open) byId("account").showModal();
  const sessions = await get("/account/sessions").catch(() => []);
  byId("account-sessions").replaceChildren(
    ...sessions.map((one) =>
      el("li", "", el("span", "small", `${clock(one.seen_at)} · ${one.address} · ${one.agent}`), " ",
        one.is_this_one ? el("strong", "small", t("this_session")) : button(t("end_session"), "plain", () => endSession(one.id))),
    ),
  );
}

async function endSession(id) {
  await remove(`/account/sessions/${id}`).catch((problem) => {
    byId("account-problem").textContent = problem.message;
  });
  await showAccount();
}

async function setPassword() {
  const given = { old: byId("account-old").value, new: byId("account-new").value };
  let said = t("password_set");
  await post("/account/password", given).catch((problem) => {
    said = problem.message;
  });
  await showAccount();
  byId("account-problem").textContent = said;
}

export function startAccount() {
  byId("sign-in-form").addEventListener("submit", signIn);
  byId("sign-in").addEventListener("cancel", (event) => event.preventDefault());
  byId("me").addEventListener("click", showAccount);
  byId("account-sign-out").addEventListener("click", signOut);
  byId("account-password").addEventListener("click", setPassword);
}
