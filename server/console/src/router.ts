import { createRouter, createWebHistory, START_LOCATION } from "vue-router";
import { area } from "./live/area";
import { renew } from "./live/upgrade";
import { isNarrow } from "./parts/narrow";
import type { Key } from "./words/words";

declare module "vue-router" {
  interface RouteMeta {
    title?: Key;
  }
}

export const router = createRouter({
  history: createWebHistory("/"),
  routes: [
    { path: "/", name: "overview", meta: { title: "overview" }, component: () => import("./pages/overview/OverviewPage.vue") },
    { path: "/alerts", name: "alerts", meta: { title: "alerts" }, component: () => import("./pages/alerts/AlertsPage.vue") },
    { path: "/results", name: "results", meta: { title: "results" }, component: () => import("./pages/results/ResultsPage.vue") },
    { path: "/results/:event", name: "result", meta: { title: "results" }, component: () => import("./pages/results/ResultPage.vue"), props: true },
    { path: "/cameras", name: "cameras", meta: { title: "cameras" }, component: () => import("./pages/cameras/CamerasPage.vue") },
    { path: "/probes", name: "probes", meta: { title: "cold_rooms" }, component: () => import("./pages/probes/ProbesPage.vue") },
    { path: "/stations", name: "stations", meta: { title: "stations" }, component: () => import("./pages/stations/StationsPage.vue") },
    { path: "/proposals", name: "proposals", meta: { title: "proposals" }, component: () => import("./pages/proposals/ProposalsPage.vue") },
    { path: "/system/:tab", name: "system", meta: { title: "administration" }, component: () => import("./pages/system/SystemPage.vue") },
    { path: "/reports", name: "reports", meta: { title: "reports" }, component: () => import("./pages/reports/ReportsPage.vue") },
    { path: "/mine", name: "mine", meta: { title: "mine" }, component: () => import("./pages/mine/MinePage.vue") },
    { path: "/:other(.*)*", name: "nothing", meta: { title: "not_found" }, component: () => import("./parts/NotFound.vue") },
  ],
});

/** The area stays in the address on the way from page to page. */
router.beforeEach((to) => (area.value && to.query.area === undefined ? { ...to, query: { ...to.query, area: area.value } } : true));

/** Whoever opens the console on a phone sees the alerts first. */
router.beforeEach((to, from) => (isNarrow.value && from === START_LOCATION && to.name === "overview" && !to.query.screen && !to.hash ? { name: "alerts", query: to.query } : true));

/** Links in messages of an older version led to the only page that there was. */
router.beforeEach((to) => {
  const alert = to.path === "/" && /^#alert=([0-9a-f-]{36})$/.exec(to.hash)?.[1];
  return alert ? { path: "/alerts", query: { open: alert }, hash: "" } : true;
});

/** An old tab after an upgrade asks for files that are gone: it says so and goes where it was to go, in the new console. */
router.onError((problem, to) => {
  if (/dynamically imported module|preload/i.test(String(problem))) renew(to.fullPath, () => to.fullPath);
});
