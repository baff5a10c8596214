"""Shows the outcome of a trial in words."""

from collections.abc import Mapping, Sequence

from rich.table import Table

from edge.camera.episodes import Change
from edge.camera.tuning.flow import Flow, Trouble
from edge.camera.tuning.limits import Limit
from edge.camera.tuning.trial import Range, Trial
from edge.camera.tuning.wording import named, of_episode
from edge.camera.view import State
from process.console import Console
from process.language import t
from process.terminal import say
from wire.cameras import CameraKind

_WIDTH = 110


def show_flow(flow: Flow, trouble: Trouble) -> None:
    if flow.info is None:
        return
    info = flow.info
    rate, key_s, kbit = (_number(value) for value in (flow.rate, flow.key_every_s, flow.kbit_s))
    say(
        t(
            f"stream: {info.codec} {info.width}x{info.height}, {rate} pictures a second, a key frame every {key_s} s, "
            f"{kbit} kbit/s ({flow.packets} packets in {flow.length_s:.1f} s)",
            f"码流：{info.codec} {info.width}x{info.height}，每秒 {rate} 帧，关键帧间隔 {key_s} 秒，"
            f"{kbit} kbit/s（{flow.length_s:.1f} 秒内 {flow.packets} 个包）",
        )
    )
    lost = ", ".join(f"{reason} {count}" for reason, count in sorted(trouble.lost.items())) or "0"
    say(
        t(
            f"trouble: lost {lost}; damaged pictures {trouble.damaged}; too fast to look at {trouble.dropped}",
            f"异常：断流 {lost}；损坏的图像 {trouble.damaged}；来不及分析 {trouble.dropped}",
        )
    )


def show_looks(trial: Trial, limits: Sequence[Limit]) -> None:
    """Print how often each kind was judged how, and the measured values."""
    say(t(f"looks: {trial.count}", f"分析次数：{trial.count}"))
    console = Console(width=_WIDTH, highlight=False)
    console.print(_states(trial))
    if trial.ranges:
        console.print(_values(trial.ranges, limits))


def _states(trial: Trial) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(t("kind", "类型"), no_wrap=True)
    table.add_column(t("now", "当前"))
    for state in State:
        table.add_column(_state(state), justify="right")
    order = list(CameraKind)
    for topic, now in sorted(trial.states.items(), key=lambda pair: (order.index(pair[0][0]), pair[0][1])):
        table.add_row(named(*topic), _state(now), *(str(trial.said[topic, state]) for state in State))
    return table


def _state(state: State) -> str:
    return {
        State.YES: t("yes", "是"),
        State.UNSURE: t("unsure", "不确定"),
        State.NO: t("no", "否"),
    }[state]


def _values(ranges: Mapping[str, Range], limits: Sequence[Limit]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(t("value", "测量值"), no_wrap=True)
    for head in (t("now", "当前"), t("least", "最小"), t("most", "最大")):
        table.add_column(head, justify="right")
    table.add_column(t("says", "判定"), no_wrap=True)
    for limit in limits:
        if limit.value in ranges:
            side = t("below", "低于") if limit.is_below else t("from", "达到")
            table.add_row(limit.value, *_range(ranges[limit.value]), f"{limit.kind.value}: {side} {limit.level:g}")
    for name in sorted(ranges.keys() - {limit.value for limit in limits}):
        table.add_row(name, *_range(ranges[name]))
    return table


def _range(span: Range) -> tuple[str, str, str]:
    return f"{span.last:.3g}", f"{span.least:.3g}", f"{span.most:.3g}"


def show_events(trial: Trial) -> None:
    if not trial.episodes:
        say(t("nothing would have been reported", "不会上报任何事件"))
    for episode in trial.episodes:
        say(t("would have been reported: ", "将会上报：") + of_episode(episode))


def change_line(change: Change, local: str) -> str:
    """Return the line for a change of an event, shown as it happens."""
    values = " ".join(f"{name}={value:.3g}" for name, value in change.evidence.items())
    phase = {"start": t("start", "开始"), "update": t("update", "持续"), "end": t("end", "结束")}[change.phase]
    since = t(
        f"first seen {change.at_s - change.began_s:.1f} s before", f"首见于 {change.at_s - change.began_s:.1f} 秒前"
    )
    return "  ".join(filter(None, (local, f"{named(change.kind, change.zone)} {phase}", since, values)))


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:.3g}"
