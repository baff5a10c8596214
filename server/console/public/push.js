// The service worker that shows what the office pushes (server/delivery/channels/web_push/payload.py). It lies below
// /static/ and controls no page: it keeps nothing, answers no request, and asks for nothing from elsewhere.
const ALERTS = "/alerts";
const SUBSCRIPTIONS = "/system/subscriptions";

self.addEventListener("install", () => self.skipWaiting());

/** Returns the text in the browser's own language; the first where there is none. */
function own(texts) {
  const language = self.navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
  return texts.find((text) => text.language === language) ?? texts[0];
}

async function show(said) {
  const text = own(said.texts);
  await self.registration.showNotification(text.title, {
    body: text.body,
    lang: text.language,
    icon: "/static/icon.svg",
    tag: said.alert || said.id, // news of an alert takes the place of what was shown of it
    renotify: true,
    requireInteraction: said.is_urgent,
    data: { answer: said.answer, opens: said.is_test ? said.answer || SUBSCRIPTIONS : said.alert ? `${ALERTS}?open=${said.alert}` : ALERTS },
    actions: said.answer ? [{ action: "answer", title: text.button }] : [],
  });
}

self.addEventListener("push", (event) => event.waitUntil(show(event.data.json())));

/** Opens what was clicked, in a page that is open already where the page is ours. */
async function open(address) {
  const there = new URL(address, self.location.origin);
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find((one) => new URL(one.url).origin === self.location.origin && !new URL(one.url).pathname.startsWith("/a/"));
  if (!page || there.origin !== self.location.origin || there.pathname.startsWith("/a/")) return self.clients.openWindow(there.href);
  page.postMessage({ open: there.pathname + there.search });
  return page.focus();
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { answer, opens } = event.notification.data;
  event.waitUntil(open(event.action === "answer" && answer ? answer : opens));
});
