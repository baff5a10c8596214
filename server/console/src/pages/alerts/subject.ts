import type { Alert } from "../../api/client";
import { useDistrict } from "../../live/district";
import { itemName, sentence, t, valueText, word } from "../../words/words";

/** The words for what a camera saw and where in its picture. */
export const seen = (kind: string, zone: string) => [word("kind", kind), zone ? word("zone", zone) : ""].filter(Boolean).join(" · ");

/** What an alert says beside its rule: of which food, camera or device, and how it is. 
    `isShort`: where there is no room; what may be cut stands last. */
export function subjectOf(alert: Alert & { subject?: string }, isShort = false): string {
  const facts = alert.facts;
  const told = (name: string) => (facts[name] === undefined || facts[name] === null ? "" : String(facts[name]));
  if (facts.folded) return sentence("notice.together", { count: facts.folded });
  const device = alert.device && useDistrict().deviceTitle(alert.station, alert.device);
  if (alert.rule.startsWith("camera_") && facts.kind) return `${seen(told("kind"), told("zone"))} · ${device}`;
  const value = told("value_text") ? `${valueText(facts.value as number | null, told("value_text"))}\u00a0${word("unit", told("unit"))}`.trim() : "";
  const number = alert.sample ? t("sample_no", { number: alert.sample }) : "";
  const item = alert.item ? itemName(alert.item) : "";
  const ofSample = isShort ? [alert.commodity || number, value, item] : [alert.commodity, number, item, value];
  const detail = [device, sentence(`detail.${alert.rule}`, facts)].filter(Boolean).join(" · ");
  return ofSample.filter(Boolean).join(" · ") || detail || alert.subject || "";
}
