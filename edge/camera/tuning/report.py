"""Writes a score as a table for people, and as a document for programs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.table import Table

from edge.camera.detect.presence import PresenceScore
from edge.camera.tuning.clip import Watched
from edge.camera.tuning.score import Judged, Meaning, Nuisance, Outcome, Score
from edge.camera.tuning.truth import Truth
from edge.camera.tuning.wording import named, of_episode
from process.console import Console
from process.language import t
from process.terminal import say
from wire.cameras import CameraKind

_WIDTH = 110  # the table is not squeezed where nobody looks
_OWN_TIME = (CameraKind.FROZEN, CameraKind.UNATTENDED, CameraKind.NOBODY)


@dataclass(frozen=True, slots=True)
class Report:
    """The report on a clip. `presence`: score of the detector, frame by frame; None: none was asked for."""

    clip: Path
    truth: Truth
    nuisances: Sequence[Nuisance]
    rate: float
    begins: datetime
    watched: Watched
    score: Score
    presence: PresenceScore | None


def show(report: Report) -> None:
    say(
        t(
            f"truth: {report.truth.path} ({report.truth.events} events, {report.truth.nuisances} nuisances); "
            f"{report.rate:g} looks a second, {report.begins:%H:%M} on a Monday at the first picture",
            f"真值：{report.truth.path}（事件 {report.truth.events} 个，干扰 {report.truth.nuisances} 个）；"
            f"每秒分析 {report.rate:g} 次，首帧时间为周一 {report.begins:%H:%M}",
        )
    )
    Console(width=_WIDTH, highlight=False).print(_table(report.score))
    for line in _lines(report):
        say(line)


def _table(score: Score) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(t("kind", "类型"), no_wrap=True)
    for head in (
        t("events", "事件"),
        t("found", "发现"),
        t("missed", "漏报"),
        t("false", "误报"),
        t("precision", "准确率"),
        t("recall", "召回率"),
        t("late, median", "延迟中位"),
        t("worst", "最长"),
    ):
        table.add_column(head, justify="right", no_wrap=True)
    for row in score.kinds:
        counts = (row.events, row.found, row.missed, row.false)
        shares = (_share(row.precision), _share(row.recall))
        table.add_row(row.kind.value, *map(str, counts), *shares, _late(row.late_median_s), _late(row.late_worst_s))
    if not score.kinds:
        table.add_row(t("(nothing)", "（无）"))
    return table


def _lines(report: Report) -> Iterator[str]:
    for outcome in report.score.outcomes:
        if outcome.late_s is None:
            yield t("missed: ", "漏报：") + _of_event(outcome)
        elif outcome.is_held:
            yield t(
                "found by the event before, still under way, so late by 0 s: ",
                "由仍在持续的前一事件覆盖，延迟计 0 秒：",
            ) + _of_event(outcome)
    for judged in report.score.judged:
        if judged.meaning in (Meaning.FALSE, Meaning.NUISANCE):
            yield t("false: ", "误报：") + of_episode(judged.episode) + _because(judged, report.nuisances)
    yield from _not_scored(report.score.judged)
    unwatched = sorted({row.kind.value for row in report.score.kinds if row.events} - report.watched.watched_for)
    if unwatched:
        names = ", ".join(unwatched)
        yield t(
            f"nothing looks for {names} by these settings (see --config and --detector)",
            f"按当前配置没有检测 {names}（见 --config 与 --detector）",
        )
    own = [row.kind.value for row in report.score.kinds if row.kind in _OWN_TIME and row.late_s]
    if own:
        names = ", ".join(own)
        yield t(
            f"{names}: an event only after its own time has passed, which is in the latency",
            f"{names}：须持续设定时间才成为事件，该时间计入延迟",
        )
    if report.presence:
        yield _of_presence(report.presence)
    cost = report.watched.cost
    yield t(
        f"cost: {cost.look_ms:.2f} ms of CPU a look ({cost.looks} looks); "
        f"decoding {cost.picture_ms:.2f} ms a picture ({cost.pictures} pictures)",
        f"开销：每次分析 CPU {cost.look_ms:.2f} 毫秒（{cost.looks} 次）；"
        f"解码每帧 {cost.picture_ms:.2f} 毫秒（{cost.pictures} 帧）",
    )


def _of_event(outcome: Outcome) -> str:
    event = outcome.event
    return named(event.kind, event.zone) + t(
        f" from {event.from_s:.1f} to {event.to_s:.1f} s", f" {event.from_s:.1f} 至 {event.to_s:.1f} 秒"
    )


def _because(judged: Judged, nuisances: Sequence[Nuisance]) -> str:
    if judged.meaning is not Meaning.NUISANCE or judged.at is None:
        return ""
    what = nuisances[judged.at].what or t("unnamed", "未命名")
    return t(f", from the nuisance: {what}", f"，来自干扰：{what}")


def _not_scored(judged: Sequence[Judged]) -> Iterator[str]:
    names = [one.episode.kind.value for one in judged if one.meaning is Meaning.NOT_SCORED]
    if names:
        counts = ", ".join(f"{name} {names.count(name)}" for name in sorted(set(names)))
        yield t(f"found and not scored: {counts}", f"已发现但不计分：{counts}")


def _of_presence(presence: PresenceScore) -> str:
    recall, false = _share(presence.recall, 3), _share(presence.false_share, 3)
    return t(
        f"person, frame by frame: recall {recall} of {presence.there} frames, false {false} of {presence.empty}, "
        f"unsure {presence.unsure} (frames within 0.2 s of a change are not counted)",
        f"逐帧人员检测：召回率 {recall}（{presence.there} 帧），误报率 {false}（{presence.empty} 帧），"
        f"无法确定 {presence.unsure} 帧（变化前后 0.2 秒内的帧不计）",
    )


def _share(value: float | None, digits: int = 2) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _late(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"


def as_document(report: Report) -> Mapping[str, object]:
    cost = report.watched.cost
    return {
        "clip": str(report.clip),
        "truth": str(report.truth.path),
        "rate": report.rate,
        "local_time": f"{report.begins:%H:%M}",
        "length_s": _rounded(report.watched.times[-1]),
        "kinds": [
            {
                "kind": row.kind.value,
                "events": row.events,
                "found": row.found,
                "held": row.held,
                "missed": row.missed,
                "false": row.false,
                "from_nuisances": row.from_nuisances,
                "precision": _rounded(row.precision),
                "recall": _rounded(row.recall),
                "late_median_s": _rounded(row.late_median_s),
                "late_worst_s": _rounded(row.late_worst_s),
                "is_watched_for": row.kind in report.watched.watched_for,
            }
            for row in report.score.kinds
        ],
        "true_events": [
            {
                "kind": outcome.event.kind.value,
                "zone": outcome.event.zone,
                "from_s": _rounded(outcome.event.from_s),
                "to_s": _rounded(outcome.event.to_s),
                "late_s": _rounded(outcome.late_s),
                "is_found": outcome.late_s is not None,
                "is_held": outcome.is_held,
            }
            for outcome in report.score.outcomes
        ],
        "events": [_of_judged(judged, report.nuisances) for judged in report.score.judged],
        "presence": _presence_document(report.presence),
        "cost": {
            "looks": cost.looks,
            "look_ms": _rounded(cost.look_ms),
            "pictures": cost.pictures,
            "decode_ms": _rounded(cost.picture_ms),
        },
    }


def _of_judged(judged: Judged, nuisances: Sequence[Nuisance]) -> Mapping[str, object]:
    """Return the document of one found event. `true_event` is an index in `true_events`."""
    is_nuisance = judged.meaning is Meaning.NUISANCE and judged.at is not None
    return {
        "kind": judged.episode.kind.value,
        "zone": judged.episode.zone,
        "began_s": _rounded(judged.episode.began_s),
        "start_s": _rounded(judged.episode.start_s),
        "end_s": _rounded(judged.episode.end_s),
        "matched": judged.meaning.value,
        "true_event": judged.at if judged.meaning is Meaning.TRUTH else None,
        "nuisance": nuisances[judged.at].what if is_nuisance and judged.at is not None else None,
    }


def _presence_document(presence: PresenceScore | None) -> Mapping[str, object] | None:
    if presence is None:
        return None
    return {
        "there": presence.there,
        "found": presence.found,
        "empty": presence.empty,
        "false": presence.false,
        "unsure": presence.unsure,
        "recall": _rounded(presence.recall),
        "false_share": _rounded(presence.false_share),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
