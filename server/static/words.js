// The page's own texts in both languages. The words of the field (verdicts, rules, states, items) come from the server.
import { TERMS } from "/static/terms.js";

const WORDS = {
  en: {
    name: "Food test monitoring", skip: "Skip to the content", alerts: "Alerts", results: "Live results", stations: "Stations",
    time: "Recorded", no_food: "food not named", station: "Station", sample: "Sample", item: "Item", value: "Value", verdict: "Verdict",
    export: "Export 31 days (CSV)", no_alerts: "No open alerts.", no_results: "No results yet.", no_stations: "No station is enrolled yet.",
    samples_today: "Samples today", tests_today: "Item-tests today", failed_today: "Failed samples", open_alerts: "Open alerts",
    stations_online: "Stations online",
    live: "Live", connecting: "Connecting…", stale: "Not live",
    stale_since: "Not live since {at}: what is shown may be old. Reconnecting…",
    acknowledge: "Acknowledge", resolve: "Resolve", note: "Note", cancel: "Cancel",
    acknowledge_title: "Acknowledge this alert", resolve_title: "Resolve this alert",
    sign_in: "Sign in", sign_out: "Sign out", account_name: "User name", password: "Password", code: "Code of the second factor",
    sign_in_elsewhere: "By the district's own sign-in", set_up: "First start: make the first administrator",
    set_up_about: "The secret is printed where the server was started. Choose a name and a password of 10 characters or more.",
    setup_secret: "Secret of the first start", sessions: "Signed in at", this_session: "this browser", end_session: "End",
    old_password: "Present password", new_password: "New password", set_password: "Set password",
    password_set: "The password is set; other sessions have ended.",
    language: "中文", details: "Details", sample_no: "No. {number}",
    not_delivered: "Notices not delivered: {count}", unreachable: "The server cannot be reached.",
    attempts: "attempts: {count}", system: "system", the_centre: "The centre", waiting_events: "{count} events waiting at the station",
    repeats: "{count} repeats folded at the station",
    tests_of_day: "{samples} samples, {tests} item-tests", failed_of_day: "{count} failed", gap: "events missing",
    broken: "chain broken", never: "nothing yet", last_news: "last news {at}", since: "since {at}", shown: "{shown} shown",
    of_total: "{part} of {total} online", retest: "retest", opened_at: "opened {at}",
    last_result: "last result {age} ago", last_value: "last value {age} ago", clock_ahead: "clock {age} ahead",
    clock_behind: "clock {age} behind", hours: "{count} h", days: "{count} d",
    cameras: "Cameras", camera_events: "What the cameras saw", under_way: "under way", under_way_count: "{count} under way",
    seconds: "{count} s", minutes: "{count} min", clip: "Play the clip", close: "Close",
    picture_comes: "picture still at the station", no_picture: "no picture", snapshot_of: "Snapshot: {what}, {at}",
    no_frame: "No picture yet", live_off: "The live view is switched off",
    seconds_ago: "{count} s old", waiting_for_picture: "Waiting for the picture…",
  },
  zh: {
    name: "食品快检监控", skip: "跳到内容", alerts: "预警", results: "实时结果", stations: "检测点",
    time: "记录时间", no_food: "未填品名", station: "检测点", sample: "样品", item: "项目", value: "检测值", verdict: "结论",
    export: "导出近 31 天（CSV）", no_alerts: "没有待处置的预警。", no_results: "暂无结果。", no_stations: "尚未登记检测点。",
    samples_today: "今日样品批次", tests_today: "今日检测项次", failed_today: "初筛不合格批次", open_alerts: "待处置预警",
    stations_online: "在线检测点",
    live: "实时", connecting: "连接中…", stale: "已断开",
    stale_since: "自 {at} 起连接中断，所示内容可能已过时，正在重连…",
    acknowledge: "签收", resolve: "办结", note: "备注", cancel: "取消",
    acknowledge_title: "签收此预警", resolve_title: "办结此预警",
    sign_in: "登录", sign_out: "退出登录", account_name: "用户名", password: "密码", code: "动态验证码",
    sign_in_elsewhere: "使用统一身份认证登录", set_up: "首次启动：创建首个系统管理员",
    set_up_about: "一次性口令显示在启动服务的终端中。请自选用户名和密码（至少 10 个字符）。",
    setup_secret: "首次启动口令", sessions: "已登录的设备", this_session: "本浏览器", end_session: "结束",
    old_password: "当前密码", new_password: "新密码", set_password: "设置密码", password_set: "密码已设置，其他会话已结束。",
    language: "English", details: "详情", sample_no: "编号 {number}",
    not_delivered: "{count} 条通知未能送达", unreachable: "无法连接服务器。",
    attempts: "尝试 {count} 次", system: "系统", the_centre: "中心", waiting_events: "待上传数据 {count} 条",
    repeats: "检测点已合并重复结果 {count} 条",
    tests_of_day: "{samples} 批次，{tests} 项次", failed_of_day: "初筛不合格 {count}", gap: "数据缺失", broken: "数据校验不通过",
    never: "暂无", last_news: "最近上报 {at}", since: "自 {at}", shown: "显示 {shown} 条", of_total: "{part} / {total} 在线",
    retest: "复测", opened_at: "{at} 发生",
    last_result: "最近结果 {age}前", last_value: "最近数据 {age}前", clock_ahead: "时钟快 {age}", clock_behind: "时钟慢 {age}", hours: "{count} 小时", days: "{count} 天",
    cameras: "摄像头", camera_events: "摄像头事件", under_way: "进行中", under_way_count: "{count} 件进行中",
    seconds: "{count} 秒", minutes: "{count} 分钟", clip: "播放录像", close: "关闭",
    picture_comes: "图片待上传", no_picture: "无图片", snapshot_of: "快照：{what}，{at}",
    no_frame: "暂无画面", live_off: "实时画面未启用",
    seconds_ago: "{count} 秒前", waiting_for_picture: "正在等待画面…",
  },
};

const saved = localStorage.getItem("shian.language");
let language = saved === "zh" || saved === "en" ? saved : navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";

export const isChinese = () => language === "zh";
export const locale = () => (isChinese() ? "zh-CN" : "en-GB");

/** Return the text for `key`, of the page or `vocabulary.code` of the field; `{name}` is replaced from `values`. A key
    that is not known is shown as it is. */
export function t(key, values = {}) {
  const text = WORDS[language][key] ?? TERMS[language][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/** Return a sentence of the field, as wire/said.py fills it: `{name}` is a fact, `{name:vocabulary}` its word. A time is
    shown as a time, a list with commas, and a fact that is missing not at all: without any there is no sentence. */
export function sentence(key, facts) {
  const text = TERMS[language][key] ?? "";
  const names = [...text.matchAll(/\{(\w+)/g)].map(([, name]) => name);
  if (names.length && names.every((name) => [null, undefined, ""].includes(facts[name]))) return "";
  const shown = (fact, vocabulary) => {
    if (fact === null || fact === undefined) return "";
    if (Array.isArray(fact)) return fact.map((one) => shown(one, vocabulary)).join(isChinese() ? "、" : ", ");
    if (vocabulary) return word(vocabulary, fact);
    return typeof fact === "string" && /^\d{4}-\d\d-\d\dT/.test(fact) ? clock(fact) : String(fact);
  };
  return text.replace(/\{(\w+)(?::(\w+))?\}/g, (_, name, vocabulary) => shown(facts[name], vocabulary)).trim();
}

/** Return the word of the field for a code, or `otherwise`. */
export function word(vocabulary, code, otherwise = code) {
  return TERMS[language][`${vocabulary}.${code}`] ?? otherwise;
}

/** Return the word for a code as it stands alone: with a capital. */
export function label(vocabulary, code) {
  const text = word(vocabulary, code);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Writes the words of the static page; switches when asked. */
export function applyWords() {
  document.documentElement.lang = isChinese() ? "zh-CN" : "en";
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = t(node.dataset.word);
  const other = document.getElementById("language");
  other.textContent = t("language");
  other.lang = isChinese() ? "en" : "zh-CN";
}

export function switchLanguage() {
  language = isChinese() ? "en" : "zh";
  localStorage.setItem("shian.language", language);
  applyWords();
}

/** Hours, minutes and seconds; with the day when it is not today. */
export function clock(text) {
  if (!text) return "";
  const at = new Date(text);
  const time = { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false };
  const isToday = at.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(locale(), isToday ? time : { month: "2-digit", day: "2-digit", ...time }).format(at);
}

/** A span of seconds in its largest whole unit. */
export function age(seconds) {
  const units = [["days", 86_400], ["hours", 3600], ["minutes", 60]];
  const [unit, length] = units.find(([, it]) => seconds >= it) ?? ["seconds", 1];
  return t(unit, { count: number(Math.floor(seconds / length)) });
}

/** The number as the device wrote it; its whole text only where that is not a number and none could be read. */
export function valueText(value, written) {
  const isNumber = /^[+-]?\d+(\.\d+)?$/.test(written ?? "");
  return isNumber || value === null || value === undefined ? written || "—" : String(value);
}

export const number = (value) => new Intl.NumberFormat(locale()).format(value);
