"""Puts events into words, the same for every tool."""

from edge.camera.tuning.score import Episode
from process.language import t
from wire.cameras import CameraKind


def of_episode(episode: Episode) -> str:
    until = (
        t("to the end", "至片段结束")
        if episode.end_s is None
        else t(f"until {episode.end_s:.1f} s", f"至 {episode.end_s:.1f} 秒")
    )
    return named(episode.kind, episode.zone) + t(
        f" at {episode.start_s:.1f} s (first seen {episode.began_s:.1f} s), {until}",
        f" {episode.start_s:.1f} 秒（首见 {episode.began_s:.1f} 秒），{until}",
    )


def named(kind: CameraKind, zone: str) -> str:
    return f"{kind.value} [{zone}]" if zone else kind.value
