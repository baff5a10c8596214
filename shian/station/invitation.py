"""The lines that a person carries to the station: the command with its one-time code."""

from process.language import t
from process.terminal import say
from storage.codes import LIFETIME_S
from storage.enrolment import NewCode, Place, invitation


def tell(made: NewCode, place: Place | None) -> None:
    """Print the command. A code is shown once: the centre keeps only its hash."""
    minutes = LIFETIME_S // 60
    say(
        t(
            f"At the station, within {minutes} minutes (until {made.expires_at.astimezone():%H:%M}), once:",
            f"请在 {minutes} 分钟内（{made.expires_at.astimezone():%H:%M} 前）在检测点执行一次：",
        ),
        "",
        f"  {invitation(made, place)}",
        "",
    )
    if place is None:
        say(
            t(
                "The centre's address is not known: start its server with [enrolment] (docs/deploy.md).",
                "尚不知道中心地址：请以 [enrolment] 配置启动 server（docs/deploy.md）。",
            ),
            err=True,
        )
