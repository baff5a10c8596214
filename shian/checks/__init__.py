"""The checks of `shian doctor`: each yields findings and never raises for what it finds."""

from dataclasses import dataclass
from typing import Literal

from process.language import t

State = Literal["ok", "warn", "fail"]
Subject = Literal["versions", "disk", "serial ports", "clock", "services", "broker", "database"]
_LABELS: dict[Subject, str] = {
    "versions": "版本",
    "disk": "磁盘",
    "serial ports": "串口",
    "clock": "时钟",
    "services": "服务",
    "broker": "消息代理",
    "database": "数据库",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A line of the report. `hint` says how to mend it, in the person's language."""

    state: State
    subject: Subject
    text: str
    hint: str = ""

    @property
    def label(self) -> str:
        return t(self.subject.capitalize(), _LABELS[self.subject])
