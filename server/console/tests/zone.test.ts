import { afterEach, describe, expect, it } from "vitest";
import { dayOfText, monthsLater, timeOfText, weeksOf } from "../src/parts/written";
import { clock, speak, zoneName } from "../src/words/words";
import { dayAt, daysLater, instantOf, midnight, minuteAt, useZone, zone } from "../src/words/zone";

afterEach(() => useZone(""));

describe("the district's time, whatever the browser's is", () => {
  it("a day begins at the district's midnight", () => {
    useZone("Asia/Shanghai");
    expect(dayAt(Date.parse("2026-11-29T16:00:00Z"))).toBe("2026-11-30");
    expect(new Date(midnight("2026-11-30")).toISOString()).toBe("2026-11-29T16:00:00.000Z");
    expect(clock("2026-03-01T23:30:00Z")).toContain("07:30:00");
    useZone("America/St_Johns");
    expect(clock("2026-03-01T23:30:00Z")).toContain("20:00:00");
    expect(midnight("nonsense")).toBeNaN();
  });

  it("a day of a changed clock has 23 or 25 hours", () => {
    useZone("Europe/Berlin");
    const hours = (day: string) => (midnight(daysLater(day, 1)) - midnight(day)) / 3_600_000;
    expect(["2026-03-28", "2026-03-29", "2026-10-25"].map(hours)).toEqual([24, 23, 25]);
  });

  it("a minute gives back the moment that it was made of; nonsense of an address is empty", () => {
    useZone("Asia/Kathmandu");
    const at = "2026-11-29T06:30:00.000Z";
    expect(minuteAt(at)).toBe("2026-11-29T12:15");
    expect(instantOf(minuteAt(at))).toBe(at);
    expect([minuteAt("nonsense"), minuteAt(undefined), instantOf("")]).toEqual(["", "", undefined]);
  });

  it("a zone that this browser does not know leaves it its own", () => {
    useZone("Mars/Olympus");
    expect(zone.value).toBeUndefined();
    expect(clock("2026-03-01T12:30:00Z")).not.toBe("");
  });

  it("is named in the language of the page", () => {
    useZone("Asia/Shanghai");
    speak("zh");
    expect(zoneName.value).toBe("中国标准时间");
    speak("en");
    expect(zoneName.value).toBe("China Standard Time");
  });
});

describe("days and times as they are written", () => {
  it("takes what means a day or a time, and nothing else", () => {
    expect(["2026-1-5", "2026/01/05", "20260105", "2026年1月5日", "2026.01.05"].map(dayOfText)).toEqual(Array(5).fill("2026-01-05"));
    expect(["2026-02-30", "01/05/2026", "tomorrow", "", "2026-13-01"].map(dayOfText)).toEqual(Array(5).fill(""));
    expect(["8:00", "0800", "08：00", "23:59"].map(timeOfText)).toEqual(["08:00", "08:00", "08:00", "23:59"]);
    expect(["24:00", "8", "noon", "12:60", ""].map(timeOfText)).toEqual(Array(5).fill(""));
  });

  it("a month has its weeks from Monday on", () => {
    expect(weeksOf("2026-11-29").map((week) => week[0])).toEqual(["2026-10-26", "2026-11-02", "2026-11-09", "2026-11-16", "2026-11-23", "2026-11-30"]);
    expect(weeksOf("2027-02-01").length).toBe(4);
    expect([monthsLater("2026-01-31", 1), monthsLater("2026-01-31", -1), monthsLater("2026-12-15", 1)]).toEqual(["2026-02-28", "2025-12-31", "2027-01-15"]);
  });
});
