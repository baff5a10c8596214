"""Events in words, for every tool alike."""

from edge.camera.tuning.score import Episode
from process.language import t
from wire.cameras import CameraKind


def of_episode(it: Episode) -> str:
    until = t("to the end", "至片段结束") if it.end_s is None else t(f"until {it.end_s:.1f} s", f"至 {it.end_s:.1f} 秒")
    return named(it.kind, it.zone) + t(
        f" at {it.start_s:.1f} s (first seen {it.began_s:.1f} s), {until}",
        f" {it.start_s:.1f} 秒（首见 {it.began_s:.1f} 秒），{until}",
    )


def named(kind: CameraKind, zone: str) -> str:
    return f"{kind.value} [{zone}]" if zone else kind.value
