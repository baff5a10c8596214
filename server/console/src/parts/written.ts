// Days and times as people write them. Pure.

const two = (text: string) => text.padStart(2, "0");

/** Returns the day of a text as YYYY-MM-DD: 2026-1-5, 2026/01/05, 20260105 and 2026年1月5日 are the same; "" of nonsense. */
export function dayOfText(text: string): string {
  const found = /^(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?$/.exec(text.trim());
  const [year = "", month = "", date = ""] = found?.slice(1) ?? [];
  const day = `${year}-${two(month)}-${two(date)}`;
  const at = Date.parse(`${day}T00:00:00Z`);
  return !found || Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== day ? "" : day;
}

/** Returns the time of a text as hh:mm: 8:00, 0800 and 08：00 are the same; "" of nonsense. */
export function timeOfText(text: string): string {
  const found = /^(\d{1,2})[:：.]?(\d\d)$/.exec(text.trim());
  const [hour = "", minute = ""] = found?.slice(1) ?? [];
  return found && Number(hour) < 24 && Number(minute) < 60 ? `${two(hour)}:${minute}` : "";
}

/** Returns the weeks of a day's month, from Monday on, with the days of its neighbours that fill them. */
export function weeksOf(day: string): string[][] {
  const first = Date.parse(`${day.slice(0, 7)}-01T00:00:00Z`);
  const begin = first - ((new Date(first).getUTCDay() + 6) % 7) * 86_400_000;
  const weeks = Array.from({ length: 6 }, (_, week) => Array.from({ length: 7 }, (_, at) => new Date(begin + (7 * week + at) * 86_400_000).toISOString().slice(0, 10)));
  return weeks.filter((week) => week.some((one) => one.slice(0, 7) === day.slice(0, 7)));
}

/** Returns the same day of a month so many later, or that month's last. */
export function monthsLater(day: string, by: number): string {
  const [year, month, date] = day.split("-").map(Number) as [number, number, number];
  const last = new Date(Date.UTC(year, month + by, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + by, Math.min(date, last))).toISOString().slice(0, 10);
}
