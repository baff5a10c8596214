// Every word of the page in both languages. Codes of the server (verdicts, rules, states) are looked up here as well.
const WORDS = {
  en: {
    name: "Food test monitoring", skip: "Skip to the content", alerts: "Alerts", results: "Live results", stations: "Stations",
    time: "Recorded", station: "Station", sample: "Sample", item: "Item", value: "Value", verdict: "Verdict",
    export: "Export 31 days (CSV)", no_alerts: "No open alerts.", no_results: "No results yet.", no_stations: "No station is enrolled yet.",
    screening: "A rapid test is a screening: only a confirmed laboratory result is a finding.",
    samples_today: "Samples today", tests_today: "Item-tests today", failed_today: "Failed samples", open_alerts: "Open alerts",
    stations_online: "Stations online",
    live: "Live", connecting: "Connecting…", stale: "Not live",
    stale_since: "Not live since {at}: what is shown may be old. Reconnecting…",
    acknowledge: "Acknowledge", resolve: "Resolve", your_name: "Your name", note: "Note", cancel: "Cancel",
    acknowledge_title: "Acknowledge this alert", resolve_title: "Resolve this alert",
    sign_in: "Sign in", token: "Access token", language: "中文", details: "Details", sample_no: "No. {number}",
    not_delivered: "Notices not delivered: {count}", unreachable: "The server cannot be reached.",
    attempts: "attempts: {count}", system: "system", the_centre: "The centre", waiting_events: "{count} events waiting at the station",
    repeats: "{count} repeats folded at the station",
    tests_of_day: "{samples} samples, {tests} item-tests", failed_of_day: "{count} failed", gap: "events missing",
    broken: "chain broken", never: "nothing yet", last_news: "last news {at}", since: "since {at}", shown: "{shown} shown",
    of_total: "{part} of {total} online", retest: "retest", opened_at: "opened {at}",
    "verdict.pass": "Pass", "verdict.fail": "Fail", "verdict.suspect": "Suspect", "verdict.invalid": "Invalid",
    "verdict.undetermined": "Undetermined",
    "role.control": "control", "role.blank": "blank",
    "state.open": "Open", "state.acknowledged": "Acknowledged", "state.resolved": "Resolved", "state.closed": "Closed",
    "station.online": "Online", "station.offline": "Offline", "station.never_seen": "Never seen",
    "device.online": "online", "device.offline": "offline", "device.fault": "fault", "device.unknown": "unknown",
    "device.clock_skew": "clock wrong", last_result: "last result {age} ago", clock_ahead: "clock {age} ahead",
    clock_behind: "clock {age} behind", hours: "{count} h", days: "{count} d",
    "rule.failed_test": "Failed rapid test", "rule.verdicts_disagree": "Device and centre disagree",
    "rule.stream_gap": "Events are missing", "rule.stream_broken": "Chain of events broken",
    "rule.stream_forked": "Two events with one number", "rule.stream_replayed": "Events replayed",
    "rule.spool_damaged": "The station's disk has damaged recorded events",
    "rule.stream_replaced": "The station's record was begun anew", "rule.station_clock": "The station's clock is wrong",
    "rule.spool_older_copy": "The station's spool is an older copy", "rule.two_boxes": "Two boxes are this station",
    "flag.possible_repeat": "possible repeat",
    "flag.clock_not_believed": "time of receipt: the station's clock is wrong",
    cameras: "Cameras", camera_events: "What the cameras saw", under_way: "under way", under_way_count: "{count} under way",
    seconds: "{count} s", minutes: "{count} min", clip: "Play the clip", close: "Close",
    picture_comes: "picture still at the station", no_picture: "no picture", snapshot_of: "Snapshot: {what}, {at}",
    "zone.preparation": "preparation area", "zone.counter": "counter", "zone.sink": "sink", "zone.stove": "stove",
    "zone.floor": "floor", "zone.door": "door",
    "action.opened": "opened", "action.joined": "again", "action.acknowledged": "acknowledged", "action.resolved": "resolved",
    "action.delivery_failed": "notice not delivered",
    "delivery.waiting": "on its way", "delivery.delivered": "delivered", "delivery.failed": "not delivered",
    no_frame: "No picture yet", live_off: "The live view is switched off",
    seconds_ago: "{count} s old", waiting_for_picture: "Waiting for the picture…",
    "refused.privacy": "The station does not allow unblurred video: pictures instead",
    "refused.codec": "This video cannot be played here: pictures instead",
    "refused.unknown_camera": "The station has no such camera", "refused.too_many": "Watched by too many",
    "item.pesticide_inhibition": "Pesticide residue (inhibition)",
    "item.clenbuterol": "Clenbuterol",
    "item.ractopamine": "Ractopamine",
    "item.salbutamol": "Salbutamol",
    "item.malachite_green": "Malachite green",
    "item.chloramphenicol": "Chloramphenicol",
    "item.nitrite": "Nitrite",
    "item.formaldehyde": "Formaldehyde",
    "item.sulfur_dioxide": "Sulfur dioxide",
    "item.polar_compounds": "Polar compounds (frying oil)",
    "item.beta_agonists": "Beta agonists",
    "item.nitrofuran_metabolites": "Nitrofuran metabolites",
    "item.aflatoxin_b1": "Aflatoxin B1",
    "item.aflatoxin_m1": "Aflatoxin M1",
    "item.nitrate": "Nitrate",
    "item.borax": "Borax",
    "item.hydrogen_peroxide": "Hydrogen peroxide",
    "item.lead": "Lead",
    "item.protein": "Protein",
    "item.atp": "Surface hygiene (ATP)",
    "item.temperature": "Temperature", "item.air_temperature": "Air temperature", "item.core_temperature": "Core temperature",
    "item.humidity": "Humidity", "item.ph": "pH",
    "rule.camera_untrusted": "A camera cannot be trusted",
    "rule.camera_finding": "Seen by a camera",
    "rule.station_offline": "A station is offline",
    "rule.station_waiting": "Events wait at a station",
    "rule.station_full": "A station's disk is full",
    "rule.events_refused": "The centre refused events of a station",
    "rule.dead_letters": "A device sends what cannot be decoded",
    "rule.repeats": "A device repeats its results",
    "rule.device_offline": "A device's link is down",
    "rule.device_silent": "A device brings nothing new",
    "rule.ingest_silent": "The centre takes in nothing",
    "rule.broker_away": "The message broker is away",
    folded: "{count} more within an hour, told together",
    "rule.over_budget": "More than a station may bring",
    "rule.filling_up": "The centre fills up",
    "detail.station_offline": "no word since {since}",
    "detail.station_waiting": "{count} events, the oldest for {oldest_s} s",
    "detail.station_full": "since {since}",
    "detail.events_refused": "{count} events",
    "detail.dead_letters": "{count} pieces within an hour, {results} results: cable, profile, baud rate?",
    "detail.repeats": "{count} within an hour",
    "detail.device_silent": "last result {last_result_at}",
    "detail.ingest_silent": "{worker} {since}",
    "detail.over_budget": "{en}",
    "detail.filling_up": "{en}",
    "kind.offline": "offline",
    "kind.frozen": "picture frozen",
    "kind.dark": "too dark",
    "kind.covered": "covered",
    "kind.defocused": "out of focus",
    "kind.moved": "moved",
    "kind.motion": "motion",
    "kind.intrusion": "somebody there out of hours",
    "kind.unattended": "unattended in hours",
    "kind.rodent": "something small and fast (a rodent?)",
    "kind.person": "a person",
    "kind.too_many": "too many people",
    "kind.nobody": "nobody there",
    "kind.no_mask": "no mask",
    "kind.no_hat": "no hat",
    "kind.phone": "phone in use",
    "kind.cigarette": "smoking",
  },
  zh: {
    name: "食品快检监控", skip: "跳到内容", alerts: "告警", results: "实时结果", stations: "检测站",
    time: "记录时间", station: "检测站", sample: "样品", item: "项目", value: "检测值", verdict: "结论",
    export: "导出近 31 天（CSV）", no_alerts: "没有待处理的告警。", no_results: "暂无结果。", no_stations: "尚未登记检测站。",
    screening: "快检结果为初筛结果，不作为认定违法的依据，须以实验室复检为准。",
    samples_today: "今日样品批次", tests_today: "今日检测项次", failed_today: "初筛不合格批次", open_alerts: "待处理告警",
    stations_online: "在线检测站",
    live: "实时", connecting: "连接中…", stale: "已断开",
    stale_since: "自 {at} 起连接中断，所示内容可能已过时，正在重连…",
    acknowledge: "确认", resolve: "解决", your_name: "姓名", note: "备注", cancel: "取消",
    acknowledge_title: "确认此告警", resolve_title: "解决此告警",
    sign_in: "登录", token: "访问口令", language: "English", details: "详情", sample_no: "编号 {number}",
    not_delivered: "{count} 条通知未能送达", unreachable: "无法连接服务器。",
    attempts: "尝试 {count} 次", system: "系统", the_centre: "中心", waiting_events: "站内待传事件 {count} 条",
    repeats: "站点已合并重复结果 {count} 条",
    tests_of_day: "{samples} 批次，{tests} 项次", failed_of_day: "不合格 {count}", gap: "事件缺失", broken: "事件链断裂",
    never: "暂无", last_news: "最近消息 {at}", since: "自 {at}", shown: "显示 {shown} 条", of_total: "{part} / {total} 在线",
    retest: "复检", opened_at: "{at} 发生",
    "verdict.pass": "合格", "verdict.fail": "初筛不合格", "verdict.suspect": "可疑", "verdict.invalid": "无效",
    "verdict.undetermined": "未判定",
    "role.control": "质控", "role.blank": "空白",
    "state.open": "待处理", "state.acknowledged": "已确认", "state.resolved": "已解决", "state.closed": "已关闭",
    "station.online": "在线", "station.offline": "离线", "station.never_seen": "未上线",
    "device.online": "在线", "device.offline": "离线", "device.fault": "故障", "device.unknown": "未知", "device.clock_skew": "时钟偏差",
    last_result: "最近结果 {age}前", clock_ahead: "时钟快 {age}", clock_behind: "时钟慢 {age}", hours: "{count} 小时", days: "{count} 天",
    "rule.failed_test": "快检初筛不合格", "rule.verdicts_disagree": "仪器与中心判定不一致",
    "rule.stream_gap": "事件缺失", "rule.stream_broken": "事件链断裂", "rule.stream_forked": "同一序号出现两条事件",
    "rule.stream_replayed": "事件被重放", "rule.stream_replaced": "站点记录被重新建立", "rule.spool_damaged": "站点存储损坏了已记录的数据", "rule.station_clock": "站点时钟不可信",
    "rule.spool_older_copy": "站点本地队列是旧副本", "rule.two_boxes": "两台设备在使用同一站点身份",
    "flag.possible_repeat": "疑似重复",
    "flag.clock_not_believed": "为接收时间：站点时钟不可信",
    cameras: "摄像头", camera_events: "摄像头事件", under_way: "进行中", under_way_count: "{count} 件进行中",
    seconds: "{count} 秒", minutes: "{count} 分钟", clip: "播放录像", close: "关闭",
    picture_comes: "图片尚在站内", no_picture: "无图片", snapshot_of: "快照：{what}，{at}",
    "zone.preparation": "备餐区", "zone.counter": "操作台", "zone.sink": "水池", "zone.stove": "灶台", "zone.floor": "地面",
    "zone.door": "门口",
    "action.opened": "发生", "action.joined": "再次出现", "action.acknowledged": "已确认", "action.resolved": "已解决",
    "action.delivery_failed": "通知未送达",
    "delivery.waiting": "发送中", "delivery.delivered": "已送达", "delivery.failed": "未送达",
    no_frame: "暂无画面", live_off: "实时画面未启用",
    seconds_ago: "{count} 秒前", waiting_for_picture: "正在等待画面…",
    "refused.privacy": "该站点不允许未模糊的视频，改为显示图片",
    "refused.codec": "此处无法播放该视频，改为显示图片",
    "refused.unknown_camera": "该站点没有此摄像头", "refused.too_many": "观看者过多",
    "item.pesticide_inhibition": "农药残留（抑制率）",
    "item.clenbuterol": "克伦特罗",
    "item.ractopamine": "莱克多巴胺",
    "item.salbutamol": "沙丁胺醇",
    "item.malachite_green": "孔雀石绿",
    "item.chloramphenicol": "氯霉素",
    "item.nitrite": "亚硝酸盐",
    "item.formaldehyde": "甲醛",
    "item.sulfur_dioxide": "二氧化硫",
    "item.polar_compounds": "极性组分（煎炸油）",
    "item.beta_agonists": "β-受体激动剂（瘦肉精）",
    "item.nitrofuran_metabolites": "硝基呋喃代谢物",
    "item.aflatoxin_b1": "黄曲霉毒素B1",
    "item.aflatoxin_m1": "黄曲霉毒素M1",
    "item.nitrate": "硝酸盐",
    "item.borax": "硼砂",
    "item.hydrogen_peroxide": "过氧化氢",
    "item.lead": "铅",
    "item.protein": "蛋白质",
    "item.atp": "表面洁净度（ATP）",
    "item.temperature": "温度", "item.air_temperature": "库温", "item.core_temperature": "中心温度",
    "item.humidity": "相对湿度", "item.ph": "pH",
    "rule.camera_untrusted": "摄像头画面不可信",
    "rule.camera_finding": "摄像头发现异常",
    "rule.station_offline": "检测点离线",
    "rule.station_waiting": "检测点数据积压",
    "rule.station_full": "检测点磁盘已满",
    "rule.events_refused": "中心拒收检测点数据",
    "rule.dead_letters": "仪器数据无法解码",
    "rule.repeats": "仪器大量重复上传",
    "rule.device_offline": "仪器连接中断",
    "rule.device_silent": "仪器长时间无数据",
    "rule.ingest_silent": "中心接收服务无响应",
    "rule.broker_away": "消息代理连接中断",
    folded: "一小时内另有 {count} 项，合并提示",
    "rule.over_budget": "检测点数据量超出限额",
    "rule.filling_up": "中心存储空间将满",
    "detail.station_offline": "自 {since} 起无消息",
    "detail.station_waiting": "{count} 条，最早已等待 {oldest_s} 秒",
    "detail.station_full": "自 {since} 起",
    "detail.events_refused": "{count} 条",
    "detail.dead_letters": "一小时内 {count} 段无法解码，{results} 条结果，请检查接线、配置与波特率",
    "detail.repeats": "一小时内 {count} 次",
    "detail.device_silent": "最近结果 {last_result_at}",
    "detail.ingest_silent": "{worker} {since}",
    "detail.over_budget": "{zh}",
    "detail.filling_up": "{zh}",
    "kind.offline": "离线",
    "kind.frozen": "画面冻结",
    "kind.dark": "画面过暗",
    "kind.covered": "镜头被遮挡",
    "kind.defocused": "画面失焦",
    "kind.moved": "摄像头被移动",
    "kind.motion": "画面有活动",
    "kind.intrusion": "非营业时间有人活动",
    "kind.unattended": "营业时间无人在岗",
    "kind.rodent": "疑似鼠类活动",
    "kind.person": "有人",
    "kind.too_many": "人数过多",
    "kind.nobody": "无人",
    "kind.no_mask": "未戴口罩",
    "kind.no_hat": "未戴工作帽",
    "kind.phone": "使用手机",
    "kind.cigarette": "吸烟",
  },
};

const saved = localStorage.getItem("shian.language");
let language = saved === "zh" || saved === "en" ? saved : navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";

export const isChinese = () => language === "zh";
export const locale = () => (isChinese() ? "zh-CN" : "en-GB");

/** The text for `key`; `{name}` is replaced from `values`. A key that is not known is shown as it is. */
export function t(key, values = {}) {
  const text = WORDS[language][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/** The word for a code of the server, or `otherwise`. */
export function word(kind, code, otherwise = code) {
  return WORDS[language][`${kind}.${code}`] ?? otherwise;
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
