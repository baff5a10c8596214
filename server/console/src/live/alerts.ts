// The alerts that somebody must look after, all of them, and how many there are by the server's count.
import { defineStore } from "pinia";
import { computed, ref, shallowRef, triggerRef } from "vue";
import { body, client, mayPass, messageOf, type Alert, type AlertInFull, type Schemas } from "../api/client";
import type { Item } from "./items";
import { useLive } from "./live";
import { useSession } from "../sign_in/session";
import { soon } from "./soon";
import { ring } from "./sound";
import { walk } from "./walk";
import { noteTerm } from "../words/words";

const RANK = { critical: 0, warning: 1, info: 2 } as const;
const AGAIN_MS = 1000;
const A_PAGE = 500;
const AT_ONCE = 200;

/** By state, severity, then age: the oldest of the worst first. */
export const byUrgency = (a: Alert, b: Alert) =>
  (a.state === "open" ? 0 : 1) - (b.state === "open" ? 0 : 1) || RANK[a.severity] - RANK[b.severity] || Date.parse(a.opened_at) - Date.parse(b.opened_at);

/** The states of alerts that somebody must look after (wire/life.py). */
export const LIVE: Alert["state"][] = ["open", "acknowledged", "in_progress"];
const isLive = (state: Alert["state"]) => LIVE.includes(state);

export type Verb = Schemas["ManySteps"]["step"];
export type Measure = NonNullable<Schemas["Measured"]["measure"]>;
/** What a person says with a step; a step has no other words than its own. */
export type Words = Partial<Pick<Schemas["ManySteps"], "note" | "until" | "assignee" | "measure" | "destroyed_kg">>;

export const useAlerts = defineStore("alerts", () => {
  const held = shallowRef(new Map<string, Alert>());
  const counts = ref<Schemas["AlertCount"][]>([]);
  const live = useLive();
  const list = computed(() => [...held.value.values()].sort(byUrgency));
  const count = (state: string, severity?: string) =>
    counts.value.filter((one) => one.state === state && (!severity || one.severity === severity)).reduce((sum, one) => sum + one.count, 0);
  const open = computed(() => count("open"));
  const urgent = computed(() => count("open", "critical"));

  async function loadCounts(): Promise<void> {
    counts.value = (await body(client.GET("/api/v1/alerts/counts"))).items;
  }

  const noteTitle = (alert: Alert) => noteTerm("rule", alert.rule, alert.facts.title);

  async function loadTitles(): Promise<void> {
    for (const one of await body(client.GET("/api/v1/rules/titles"))) noteTerm("rule", one.name, one.title);
  }

  async function load(): Promise<void> {
    if (!useSession().may("alerts.read")) return;
    await loadTitles();
    const found = await walk((cursor) => body(client.GET("/api/v1/alerts", { params: { query: { state: LIVE, limit: A_PAGE, cursor } } })));
    found.forEach(noteTitle);
    held.value = new Map(found.map((one) => [one.id, one]));
    await loadCounts();
  }

  function keep(alert: Alert): void {
    noteTitle(alert);
    if (isLive(alert.state)) held.value.set(alert.id, alert);
    else held.value.delete(alert.id);
    triggerRef(held);
    countAgain();
  }

  async function fetchOne(id: string): Promise<AlertInFull> {
    const alert = await body(client.GET("/api/v1/alerts/{alert}", { params: { path: { alert: id } } }));
    keep(alert);
    return alert;
  }

  /** Takes a step for each of the alerts, and returns the answers: some may be refused while the others are taken. */
  async function step(ids: string[], verb: Verb, words: Words = {}): Promise<Schemas["StepAnswer"][]> {
    const given = Object.fromEntries(Object.entries(words).filter(([, value]) => value !== null && value !== "")) as Words;
    const answers: Schemas["StepAnswer"][] = [];
    for (let first = 0; first < ids.length; first += AT_ONCE) {
      const alerts = ids.slice(first, first + AT_ONCE);
      answers.push(...(await body(client.POST("/api/v1/alerts/steps", { body: { note: "", ...given, alerts, step: verb } }))).items);
    }
    if (ids.length > 20) await load();
    else await Promise.all(ids.map((id) => fetchOne(id).catch((gone: unknown) => console.info(messageOf(gone)))));
    return answers;
  }

  const countAgain = soon(loadCounts, AGAIN_MS);
  const changed = new Set<string>();
  // Of a few the rows are asked for one by one, of many the list.
  const fetchChanged = soon(async () => {
    const ids = [...changed];
    changed.clear();
    const refused: unknown[] = [];
    const missing = (among: string[]) => (refusal: unknown) => {
      if (!mayPass(refusal)) return console.info(messageOf(refusal)); // it is gone, or not to be seen
      refused.push(refusal);
      among.forEach((id) => changed.add(id));
    };
    if (ids.length > 20) await load().catch(missing(ids));
    else await Promise.all(ids.map((id) => fetchOne(id).catch(missing([id]))));
    if (refused.length) throw refused[0];
  }, 200);

  function take(items: Item[]): void {
    let isCritical = false;
    for (const item of items) {
      if (item.kind !== "alert") continue;
      if (!isLive(item.state)) held.value.delete(item.id);
      else {
        if (item.state === "open" && item.severity === "critical" && !held.value.has(item.id)) isCritical = true;
        changed.add(item.id);
      }
    }
    if (!items.some((item) => item.kind === "alert")) return;
    triggerRef(held);
    if (changed.size) fetchChanged();
    countAgain();
    if (isCritical) ring();
  }

  live.onLoad(load);
  live.hear(take);
  return { held, list, counts, count, open, urgent, load, fetchOne, step };
});
