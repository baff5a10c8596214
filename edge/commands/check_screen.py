"""Looks at what stands beside the operators: the lamp's commands, the label printer, the ports of screen and board."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from edge.bell.command import lacks
from edge.screen.address import is_loopback, place
from edge.screen.settings import ScreenSettings
from edge.settings import EdgeSettings
from process.checks.findings import Finding, note
from process.checks.peers import Question, look_at_listening, port_question
from process.language import t
from process.settings import SettingsError

_SCANNER = ("screen", "scanner")
_LABEL = ("screen", "label")
_TCP = "tcp://"


def look_at_screen(settings: EdgeSettings) -> Iterator[Finding]:
    """Yield what is wrong on this machine."""
    for name in ("failed", "seen"):
        argv = getattr(settings.bell, name)
        if argv and (trouble := lacks(argv)):
            yield Finding(("bell", name), f"{argv[0]}: {trouble}")
    if settings.bell.seen and not settings.bell.failed:
        yield note(("bell", "seen"), t("there is no `failed` that would turn it on", "未设置对应的 failed"))
    yield from _printer_file(settings.screen.label)
    yield from _scanner(settings.screen.scanner)
    yield from _listening(settings.screen)


def screen_questions(settings: EdgeSettings) -> Iterator[Question]:
    """Yield the question whether the printer of the network is there."""
    label = settings.screen.label
    if label.startswith(_TCP):
        host, _, port = label.removeprefix(_TCP).rpartition(":")
        asked = port_question(_LABEL, host.strip("[]"), int(port))
        # Labels are no reason to hold anything up, and who checks at night finds it off.
        yield Question(asked.key, asked.whom, lambda seconds: (_away(one.text) for one in asked.ask(seconds)))


def _away(text: str) -> Finding:
    return note(
        _LABEL,
        t(
            f"the label printer is off or away; samples are registered all the same ({text})",
            f"标签打印机未开机或不可达，不影响样品登记（{text}）",
        ),
    )


def _printer_file(label: str) -> Iterator[Finding]:
    if not label or label.startswith(_TCP):
        return
    try:
        mode = Path(label).stat().st_mode
    except OSError as exc:
        yield _away(f"{label}: {exc.strerror}")
        return
    if not stat.S_ISCHR(mode):
        yield Finding(_LABEL, t(f"{label}: no device of a printer", f"{label}：不是打印机设备文件"))
    elif not os.access(label, os.W_OK):
        yield Finding(
            _LABEL,
            t(
                f"{label}: this user may not write to it: usermod -aG lp USER",
                f"{label}：当前用户无权写入：usermod -aG lp 用户名",
            ),
        )


def _scanner(port: str) -> Iterator[Finding]:
    if not port:
        return
    if not Path(port).exists():
        yield note(_SCANNER, t(f"the scanner is not plugged in: {port}", f"扫码枪未接入：{port}"))
    elif not os.access(port, os.R_OK | os.W_OK):
        closed = t(
            "this user may not open it: usermod -aG dialout USER",
            "当前用户无权打开：usermod -aG dialout 用户名",
        )
        yield Finding(_SCANNER, f"{port}: {closed}")


def _listening(screen: ScreenSettings) -> Iterator[Finding]:
    for key, said in _places(screen):
        try:
            host, port = place(said)
        except SettingsError as exc:
            yield Finding(key, str(exc))
            continue
        yield from look_at_listening(key, host, port, ours="/")
        if key[-1] == "listen" and len(key) == 2 and not is_loopback(host):
            yield from _lacks_tls(screen)


def _places(screen: ScreenSettings) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the addresses that were said; a station without a screen need not have the port free."""
    if "listen" in screen.model_fields_set:
        yield ("screen", "listen"), screen.listen
    if screen.board is not None and screen.board.listen:
        yield ("screen", "board", "listen"), screen.board.listen


def _lacks_tls(screen: ScreenSettings) -> Iterator[Finding]:
    for name in ("cert_file", "key_file"):
        if getattr(screen, name) is None:
            yield Finding(
                ("screen", name),
                t("beyond this machine the screen needs TLS", "可从其他机器访问的工作屏须启用 TLS"),
            )
