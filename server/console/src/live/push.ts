// Web Push in this browser: asked for, ended, and what a click on a notification opens.
import type { Router } from "vue-router";
import { t } from "../words/words";

const WORKER = "/static/push.js";

/** Tells whether this browser can be pushed to: it needs https (or this very machine) and the means. */
export const isPushPossible = () => window.isSecureContext && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

/** Returns the subscription of this browser, null without one. */
export async function pushHere(): Promise<PushSubscription | null> {
  if (!isPushPossible()) return null;
  const known = await navigator.serviceWorker.getRegistration(WORKER);
  return (await known?.pushManager.getSubscription()) ?? null;
}

/** Subscribes this browser to the office's key and returns its address for a subscription. Raises an Error in words. */
export async function askForPush(key: string | null): Promise<string> {
  if (!key) throw new Error(t("push_not_set_up"));
  if (!isPushPossible()) throw new Error(t("push_impossible"));
  if ((await Notification.requestPermission()) !== "granted") throw new Error(t("push_refused"));
  await navigator.serviceWorker.register(WORKER);
  const known = await navigator.serviceWorker.getRegistration(WORKER);
  const ready = known && (await active(known));
  if (!ready) throw new Error(t("push_impossible"));
  const wanted = { userVisibleOnly: true, applicationServerKey: key };
  const before = await ready.pushManager.getSubscription();
  // One for another key (another office, or a new one) would be refused for ever.
  if (before && keyOf(before) !== key) await before.unsubscribe();
  return JSON.stringify(await ready.pushManager.subscribe(wanted));
}

/** Ends what this browser has at the push service, where `address` is its own. */
export async function endPush(address: string): Promise<void> {
  const here = await pushHere();
  if (here && endpointOf(address) === here.endpoint) await here.unsubscribe();
}

/** Returns the endpoint in the address of a subscription; "" for none. */
export function endpointOf(address: string): string {
  try {
    return String((JSON.parse(address) as { endpoint?: string }).endpoint ?? "");
  } catch {
    return "";
  }
}

/** Lets a click on a notification lead this page to its alert. */
export function followPushes(router: Router): void {
  if (!("serviceWorker" in navigator)) return;
  navigator.serviceWorker.addEventListener("message", (said: MessageEvent<{ open?: string }>) => {
    if (said.data.open?.startsWith("/")) void router.push(said.data.open);
  });
}

function keyOf(one: PushSubscription): string {
  const raw = new Uint8Array(one.options.applicationServerKey ?? new ArrayBuffer(0));
  return btoa(String.fromCharCode(...raw)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Waits until the worker runs: a browser subscribes no other. */
function active(known: ServiceWorkerRegistration): Promise<ServiceWorkerRegistration> {
  const coming = known.installing ?? known.waiting;
  if (known.active || !coming) return Promise.resolve(known);
  return new Promise((resolve) => coming.addEventListener("statechange", () => ["activated", "redundant"].includes(coming.state) && resolve(known)));
}
