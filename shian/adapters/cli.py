"""`shian adapters ...`: what can be known of an analyzer, and how a new one is added."""

from process.language import t
from shian.lazy import Lazy, lazy_app

_COMMANDS = {
    "list": Lazy("shian.adapters.listing:list_profiles", t("Which profiles there are", "列出所有机型配置"), "edge"),
}
app = lazy_app(_COMMANDS, about=t("Find out about analyzers, and add one.", "检测仪适配：查看、抓取、分析、新增机型。"))
