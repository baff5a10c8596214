"""`shian adapters ...`: knowledge about an analyzer, and the way to add a new one."""

from process.language import t
from shian.lazy import Lazy, lazy_app

_COMMANDS = {
    "list": Lazy("shian.adapters.listing:list_profiles", t("Which profiles there are", "列出所有机型配置"), "edge"),
    "capture": Lazy(
        "shian.adapters.capture_command:capture",
        t("Record what goes over a line, both ways", "记录串口上的双向数据"),
        "edge",
    ),
    "listen": Lazy(
        "shian.adapters.listen:listen",
        t("Find the line settings by listening", "通过监听判断串口参数"),
        "edge",
    ),
    "simulate": Lazy(
        "shian.adapters.simulate:simulate",
        t("A virtual analyzer of a profile on a pty", "在伪终端上运行虚拟检测仪"),
        "edge",
    ),
    "inspect": Lazy(
        "shian.adapters.inspect_command:command",
        t("Which family and profile would decode a capture", "判断抓取文件属于哪个协议族和型号"),
        "edge",
    ),
    "decode": Lazy("shian.decode:decode", t("Decode a capture: JSON lines", "解码抓取文件，输出 JSON 行"), "edge"),
    "replay": Lazy("shian.replay:replay", t("Play a capture at a link", "向链路回放抓取的数据"), "edge"),
    "new": Lazy(
        "shian.adapters.new_command:command", t("Make a profile from a capture", "由抓取文件生成型号配置"), "edge"
    ),
    "scrub": Lazy(
        "shian.adapters.scrub_command:command",
        t("Remove personal data from a capture", "清除抓取文件中的个人信息"),
        "edge",
    ),
}
app = lazy_app(_COMMANDS, about=t("Find out about analyzers, and add one.", "检测仪适配：查看、抓取、分析、新增机型。"))
