"""`shian edge status`: shows the spool as it is, and the last status that the agent wrote."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from edge import status_file
from edge.commands.repeats import as_counts, in_words
from edge.spool import view as spool_view
from edge.spool.repeats import RepeatCounts
from edge.spool.view import NoSpoolError, Summary
from edge.station_clock import ClockVerdict, Trouble
from edge.status_file import AgentState, BellState, CameraState, CertificateState, DeviceState, MediaState
from process.console import Console, stacked, styled
from process.language import t


def as_document(folder: Path) -> dict[str, Any]:
    state = status_file.read(folder)
    spool = _summary(folder)
    return {
        "is_running": spool_view.is_agent_running(folder),
        "agent": state.model_dump(mode="json") if state else None,
        "spool": spool and _spool_document(spool),
    }


def show(folder: Path) -> None:
    console = Console()
    is_running = spool_view.is_agent_running(folder)
    state, spool = status_file.read(folder), _summary(folder)
    if state is None and spool is None:
        console.print(t(f"no agent has worked in {folder}", f"{folder} 中还没有代理运行过"))
        return
    console.print(_facts(is_running, state, spool))
    if state and state.devices:
        console.print(_devices(state.devices, spool.repeats if spool else {}, is_running=is_running))
    if state and state.cameras:
        console.print(_cameras(state.cameras, is_running=is_running))


def _certificate(state: CertificateState) -> Text:
    until = _local(state.ends_at) if state.ends_at else "?"
    if not state.failures:
        return styled(t(f"good until {until}", f"有效期至 {until}"), "")
    return styled(
        t(
            f"good until {until}; {state.failures} renewals failed: {state.trouble}",
            f"有效期至 {until}；续期失败 {state.failures} 次：{state.trouble}",
        ),
        "bold red",
    )


def _bell(state: BellState) -> Text:
    if not state.failures:
        return styled(t(f"{state.rung} times", f"{state.rung} 次"), "")
    at = _local(state.failed_at) if state.failed_at else "?"
    last = f": {state.trouble}" if state.trouble else ""
    return styled(
        t(
            f"{state.rung} times; {state.failures} FAILED, the last at {at}{last}",
            f"{state.rung} 次；失败 {state.failures} 次，最近 {at}{last}",
        ),
        "bold red" if state.trouble else "red",
    )


def _facts(is_running: bool, state: AgentState | None, spool: Summary | None) -> Table:
    table = Table(show_header=False, box=None)
    table.add_row(t("running", "运行中"), _yes_or_no(is_running))
    if state:
        _add_facts(table, state, is_running=is_running)
    if spool:
        for aside in spool.aside:
            table.add_row(t("PUT ASIDE", "已搁置的队列"), styled(f"{aside}: shian edge salvage", "bold red"))
        if spool.earlier:
            table.add_row(t("OLDER COPY", "队列为旧副本"), styled(_earlier(spool), "red"))
        if spool.behind:
            table.add_row(t("CENTRE BEHIND", "中心数据落后"), styled(_behind(spool), "red"))
        table.add_row(t("recorded", "已记录"), str(spool.sequence))
        table.add_row(t("waiting for a receipt", "等待回执"), f"{spool.waiting} ({t('urgent', '紧急')} {spool.urgent})")
        if spool.oldest_waiting_at:
            table.add_row(t("oldest waiting since", "最早等待自"), _local(spool.oldest_waiting_at))
        table.add_row(t("refused", "被拒绝"), _counted(spool.refused))
        table.add_row(t("repeats", "重复结果"), in_words(spool.repeats.values()))
        table.add_row(t("dead letters", "无法解码"), _counted(spool.dead_letters))
        if spool.dead_dropped:
            table.add_row(t("dead letters dropped", "已丢弃的无法解码数据"), str(spool.dead_dropped))
    return table


def _add_facts(table: Table, state: AgentState, *, is_running: bool) -> None:
    table.add_row(t("station", "检测点"), state.station)
    table.add_row(t("connected", "已连接中心"), _yes_or_no(is_running and state.is_connected))
    if is_running and state.full_since:
        table.add_row(t("DISK FULL since", "磁盘已满，自"), styled(_local(state.full_since), "bold red"))
    if is_running and (clock := _clock(state.clock)):
        table.add_row(t("CLOCK", "时钟"), styled(clock, "bold red"))
    if state.media:
        table.add_row(t("media", "媒体文件"), _media(state.media))
    if state.certificate:
        table.add_row(t("certificate", "证书"), _certificate(state.certificate))
    if state.bell:
        table.add_row(t("lamp", "警示灯"), _bell(state.bell))
    if state.takeovers:
        table.add_row(t("TAKEN OVER", "连接被顶替"), styled(_takeovers(state.takeovers), "bold red"))


def _yes_or_no(is_so: bool) -> Text:
    return styled(t("yes", "是"), "green") if is_so else styled(t("no", "否"), "red")


def _takeovers(count: int) -> str:
    return t(f"{count} times: another box is this station", f"{count} 次：另有一台设备使用本站身份")


def _earlier(spool: Summary) -> str:
    """Return the last stream that was given up, in words, with how many there were."""
    last, count = spool.earlier[0], len(spool.earlier)
    return t(
        f"{_local(last.ended_at)}: {last.detail}; {last.rerecorded} recorded again ({count} times so far)",
        f"{_local(last.ended_at)}：{last.detail}；已重新记录 {last.rerecorded} 条（共 {count} 次）",
    )


def _behind(spool: Summary) -> str:
    """Return the last time that the centre was behind, in words, with how many there were."""
    last, count = spool.behind[0], len(spool.behind)
    lost = t(f", {last.missing} no longer kept", f"，{last.missing} 条已不再保存") if last.missing else ""
    return t(
        f"{_local(last.at)}: it ended at {last.through} of {last.known}; {last.events} sent again{lost}"
        f" ({count} times so far)",
        f"{_local(last.at)}：仅到第 {last.through} 条（曾签收至 {last.known}）；"
        f"已重新发送 {last.events} 条{lost}（共 {count} 次）",
    )


def _clock(clock: ClockVerdict) -> str:
    """Return nothing for a clock that nothing is wrong with."""
    seconds = f"{abs(clock.offset_s):.0f}"
    match clock.trouble:
        case Trouble.UNSET:
            return t("not set, and the centre was not heard yet", "未设置，且尚未收到中心时间")
        case Trouble.OFF if clock.offset_s < 0:
            return t(f"{seconds} s behind the centre", f"比中心慢 {seconds} 秒")
        case Trouble.OFF:
            return t(f"{seconds} s ahead of the centre", f"比中心快 {seconds} 秒")
        case _:
            return ""


def _media(media: MediaState) -> Text:
    words = [
        Text(
            t(
                f"{media.files} files, {media.mib} MiB, {media.kept} kept",
                f"{media.files} 个，{media.mib} MiB，保留 {media.kept} 个",
            )
        )
    ]
    if media.is_sent:
        words.append(Text(t(f"{media.pending} not at the centre yet", f"{media.pending} 个待上传")))
    if media.given_up:
        words.append(styled(t(f"{media.given_up} not taken by the centre", f"{media.given_up} 个被中心拒收"), "red"))
    if media.lost:
        words.append(styled(t(f"{media.lost} lost for want of room", f"{media.lost} 个因空间不足丢失"), "red"))
    if media.trouble:
        words.append(styled(media.trouble, "red"))
    return Text("; ").join(words)


def _devices(devices: tuple[DeviceState, ...], repeats: Mapping[str, RepeatCounts], *, is_running: bool) -> Table:
    table = Table(
        t("device", "设备"),
        t("port", "端口"),
        t("open", "已打开"),
        t("results since start", "启动后结果数"),
        t("repeats (possible)", "重复（疑似）"),
        t("dead letters", "无法解码"),
        t("last bytes", "最近收到数据"),
        t("last result", "最近结果"),
        t("trouble", "问题"),
    )
    for device in devices:
        counts = repeats.get(device.name, RepeatCounts())
        table.add_row(
            device.name,
            device.port,
            t("yes", "是") if device.is_open and is_running else t("no", "否"),
            str(device.results),
            f"{counts.folded} ({counts.possible})",
            str(device.dead_letters),
            _local(device.last_bytes_at) if device.last_bytes_at else "-",
            _last_result(device),
            _trouble(device, is_running=is_running),
        )
    return table


def _trouble(device: DeviceState, *, is_running: bool) -> str | Text:
    if is_running and device.is_due and not device.trouble:
        return styled(t("nothing new for too long", "长时间无新数据"), "red")
    return device.trouble


def _last_result(device: DeviceState) -> str | Text:
    """Return the time of recording, and below it the time by the device's own clock: a clock of another day is seen at
    once."""
    if device.last_result_at is None:
        return "-"
    told = _local(device.last_measured_at) if device.last_measured_at else device.last_measured_text
    recorded = _local(device.last_result_at)
    return stacked(recorded, f"{t('its clock', '设备时间')} {told}") if told else recorded


def _cameras(cameras: tuple[CameraState, ...], *, is_running: bool) -> Table:
    table = Table(
        t("camera", "摄像头"),
        t("stream", "码流"),
        t("online", "在线"),
        t("picture", "画面"),
        t("events since start", "启动后事件数"),
        t("last frame", "最近画面"),
        t("zones and masks", "区域与遮挡"),
        t("trouble", "问题"),
    )
    for camera in cameras:
        is_online = camera.is_online and is_running
        picture = f"{camera.codec} {camera.width}x{camera.height} {camera.fps}/s" if camera.width else "-"
        last = t("now", "实时") if is_online else _local(camera.last_frame_at) if camera.last_frame_at else "-"
        table.add_row(
            camera.name,
            camera.url,
            t("yes", "是") if is_online else t("no", "否"),
            picture,
            str(camera.events),
            last,
            t(f"centre's, {camera.layout}", f"中心 {camera.layout}") if camera.layout else "edge.toml",
            camera.trouble,
        )
    return table


def _summary(folder: Path) -> Summary | None:
    try:
        return spool_view.summary(folder)
    except NoSpoolError:
        return None


def _spool_document(spool: Summary) -> dict[str, Any]:
    return {
        "stream": spool.stream,
        "sequence": spool.sequence,
        "waiting": spool.waiting,
        "urgent": spool.urgent,
        "refused": spool.refused,
        "oldest_waiting_at": spool.oldest_waiting_at and spool.oldest_waiting_at.isoformat(),
        "dead_letters": spool.dead_letters,
        "dead_dropped": spool.dead_dropped,
        "earlier_streams": [
            {
                "stream": stream.stream,
                "sequence": stream.sequence,
                "cause": stream.cause,
                "detail": stream.detail,
                "rerecorded": stream.rerecorded,
                "ended_at": stream.ended_at.isoformat(),
            }
            for stream in spool.earlier
        ],
        "centre_behind": [
            {
                "stream": time.stream,
                "through": time.through,
                "known": time.known,
                "events": time.events,
                "missing": time.missing,
                "detail": time.detail,
                "at": time.at.isoformat(),
            }
            for time in spool.behind
        ],
        "aside": list(spool.aside),
        "repeats": {device: as_counts(counts) for device, counts in spool.repeats.items()},
        "read_at": datetime.now(UTC).isoformat(),
    }


def _counted(reasons: dict[str, int]) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in sorted(reasons.items())) or "0"


def _local(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"
