"""The words of the field in both languages, for what leaves the server as text: exports and alert messages.

A failed rapid test is a screening result, never a finding of a violation (DOMAIN.md): the words say so.
"""

from wire.words import Term as Pair
from wire.words import word

__all__ = ["Pair", "word"]

VERDICTS = {
    "pass": Pair("passed", "合格"),
    "fail": Pair("failed (screening)", "初筛不合格"),
    "suspect": Pair("suspect", "可疑"),
    "invalid": Pair("invalid", "无效"),
    "undetermined": Pair("undetermined", "未判定"),
}

ROLES = {"sample": Pair("sample", "样品"), "control": Pair("control", "质控"), "blank": Pair("blank", "空白")}

RULES = {
    "failed_test": Pair("Failed rapid test", "快检初筛不合格"),
    "verdicts_disagree": Pair("Device and centre disagree", "仪器与中心判定不一致"),
    "stream_gap": Pair("Events are missing", "事件序列有缺口"),
    "stream_broken": Pair("The chain of events is broken", "事件链校验失败"),
    "stream_forked": Pair("Two events with one number", "同一序号出现两条事件"),
    "stream_replayed": Pair("Events were replayed", "事件被重放"),
    "spool_damaged": Pair("The station's disk has damaged recorded events", "站点存储损坏了已记录的数据"),
    "stream_replaced": Pair("The station's record was begun anew", "站点记录被重新建立"),
    "spool_older_copy": Pair("The station's spool is an older copy", "站点本地队列是旧副本"),
    "two_boxes": Pair("Two boxes are this station", "两台设备在使用同一站点身份"),
    "station_clock": Pair("The station's clock is wrong", "站点时钟不可信"),
    "camera_untrusted": Pair("A camera cannot be trusted", "摄像头画面不可信"),
    "camera_finding": Pair("Seen by a camera", "摄像头发现异常"),
    "station_offline": Pair("A station is offline", "检测点离线"),
    "station_waiting": Pair("Events wait at a station", "检测点数据积压"),
    "station_full": Pair("A station's disk is full", "检测点磁盘已满"),
    "events_refused": Pair("The centre refused events of a station", "中心拒收检测点数据"),
    "dead_letters": Pair("A device sends what cannot be decoded", "仪器数据无法解码"),
    "repeats": Pair("A device repeats its results", "仪器大量重复上传"),
    "device_offline": Pair("A device's link is down", "仪器连接中断"),
    "device_silent": Pair("A device brings nothing new", "仪器长时间无数据"),
    "ingest_silent": Pair("The centre takes in nothing", "中心接收服务无响应"),
    "broker_away": Pair("The message broker is away", "消息代理连接中断"),
    "over_budget": Pair("More than a station may bring", "检测点数据量超出限额"),
    "filling_up": Pair("The centre fills up", "中心存储空间将满"),
}

# Of `wire.cameras.CameraKind`: every one of them (a test holds the two together).
CAMERA_KINDS = {
    "offline": Pair("offline", "离线"),
    "frozen": Pair("picture frozen", "画面冻结"),
    "dark": Pair("too dark", "画面过暗"),
    "covered": Pair("covered", "镜头被遮挡"),
    "defocused": Pair("out of focus", "画面失焦"),
    "moved": Pair("moved", "摄像头被移动"),
    "motion": Pair("motion", "画面有活动"),
    "intrusion": Pair("somebody there out of hours", "非营业时间有人活动"),
    "unattended": Pair("unattended in hours", "营业时间无人在岗"),
    "rodent": Pair("something small and fast (a rodent?)", "疑似鼠类活动"),
    "person": Pair("a person", "有人"),
    "too_many": Pair("too many people", "人数过多"),
    "nobody": Pair("nobody there", "无人"),
    "no_mask": Pair("no mask", "未戴口罩"),
    "no_hat": Pair("no hat", "未戴工作帽"),
    "phone": Pair("phone in use", "使用手机"),
    "cigarette": Pair("smoking", "吸烟"),
}

# What the rules of watching have to say beside their name: filled from the alert's device and facts.
DETAILS = {
    "station_waiting": Pair("{count} events, the oldest for {oldest_s} s", "{count} 条，最早已等待 {oldest_s} 秒"),
    "events_refused": Pair("{count} events", "{count} 条"),
    "dead_letters": Pair(
        "{device}: {count} pieces within an hour, {results} results (cable, profile, baud rate?)",
        "{device}：一小时内 {count} 段无法解码，{results} 条结果（请检查接线、配置与波特率）",
    ),
    "repeats": Pair("{device}: {count} within an hour", "{device}：一小时内 {count} 次"),
    "device_offline": Pair("{device}", "{device}"),
    "device_silent": Pair("{device}", "{device}"),
    "ingest_silent": Pair("{worker}", "{worker}"),
    "over_budget": Pair("{en}", "{zh}"),
    "filling_up": Pair("{en}", "{zh}"),
}

SEVERITIES = {"critical": Pair("critical", "严重"), "warning": Pair("warning", "警告"), "info": Pair("notice", "提示")}

STATES = {
    "open": Pair("open", "待处理"),
    "acknowledged": Pair("acknowledged", "已确认"),
    "resolved": Pair("resolved", "已解决"),
    "closed": Pair("closed", "已关闭"),
}

ITEMS = {
    "pesticide_inhibition": Pair("Pesticide residue (inhibition)", "农药残留（抑制率）"),
    "clenbuterol": Pair("Clenbuterol", "克伦特罗"),
    "ractopamine": Pair("Ractopamine", "莱克多巴胺"),
    "salbutamol": Pair("Salbutamol", "沙丁胺醇"),
    "malachite_green": Pair("Malachite green", "孔雀石绿"),
    "chloramphenicol": Pair("Chloramphenicol", "氯霉素"),
    "nitrite": Pair("Nitrite", "亚硝酸盐"),
    "formaldehyde": Pair("Formaldehyde", "甲醛"),
    "sulfur_dioxide": Pair("Sulfur dioxide", "二氧化硫"),
    "polar_compounds": Pair("Polar compounds (frying oil)", "极性组分（煎炸油）"),
    "beta_agonists": Pair("Beta agonists", "β-受体激动剂（瘦肉精）"),
    "nitrofuran_metabolites": Pair("Nitrofuran metabolites", "硝基呋喃代谢物"),
    "aflatoxin_b1": Pair("Aflatoxin B1", "黄曲霉毒素B1"),
    "aflatoxin_m1": Pair("Aflatoxin M1", "黄曲霉毒素M1"),
    "nitrate": Pair("Nitrate", "硝酸盐"),
    "borax": Pair("Borax", "硼砂"),
    "hydrogen_peroxide": Pair("Hydrogen peroxide", "过氧化氢"),
    "lead": Pair("Lead", "铅"),
    "protein": Pair("Protein", "蛋白质"),
    "atp": Pair("Surface hygiene (ATP)", "表面洁净度（ATP）"),
    "temperature": Pair("Temperature", "温度"),
    "air_temperature": Pair("Air temperature", "库温"),
    "core_temperature": Pair("Core temperature", "中心温度"),
    "ph": Pair("pH", "pH"),
    "humidity": Pair("Humidity", "相对湿度"),
}

SCREENING = Pair(
    "A rapid test is a screening: only a confirmed laboratory result is a finding.",
    "快检结果为初筛结果，不作为认定违法的依据，须以实验室复检为准。",
)
