"""`shian doctor`: checks whether everything that Shian needs is here. One line a finding; exit code 1 when something
fails."""

import tomllib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from process.connections import Broker
from process.console import Console
from process.language import t
from process.terminal import write_json
from shian.broker_choice import broker_address
from shian.checks import Finding, State, clock, machine
from shian.database_choice import ConfigOption, DataOption, DsnFileOption, DsnOption, chosen_dsn, is_running
from shian.local.folders import chosen_data

_MARKS: dict[State, tuple[str, str]] = {
    "ok": ("ok  ", "green"),
    "warn": ("warn", "yellow"),
    "fail": ("FAIL", "bold red"),
}


def doctor(
    data: DataOption = None,
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    *,
    broker: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help=t("broker to check", "要检查的消息代理"))
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help=t("one JSON line a finding", "每项一行 JSON"))] = False,
) -> None:
    folder = chosen_data(data)
    is_asked = dsn is not None or dsn_file is not None or config is not None
    database = chosen_dsn(dsn, dsn_file, config, None) if is_asked else _own_dsn(folder)
    findings: list[Finding] = []
    for finding in _look(folder, database, _address(broker, folder)):
        findings.append(finding)
        _show(finding, as_json=as_json)
    if any(finding.state == "fail" for finding in findings):
        raise typer.Exit(1)


def _look(folder: Path, dsn: str | None, broker: Broker | None) -> Iterator[Finding]:
    yield from machine.versions()
    yield from machine.disk(folder)
    yield from machine.serial_ports()
    yield from clock.synchronised(clock.kernel_status())
    if not (dsn or broker):
        yield Finding(
            "ok",
            "services",
            t("none looked at: no `shian up` runs here, and none was named", "未检查：本机没有运行 shian up，也未指定"),
            _what_to_name(),
        )
        return
    try:
        from shian.checks import services  # noqa: PLC0415  a station has neither driver nor database
    except ModuleNotFoundError as exc:
        yield Finding("fail", "services", str(exc), "pip install 'shian[ingest]'")
        return
    if broker:
        yield from services.broker(broker)
    if dsn:
        yield from services.database(dsn)


def _what_to_name() -> str:
    demo = chosen_data(None, is_demo=True)
    if is_running(demo):
        return t(f"the demo runs: --data {demo}", f"示范区正在运行：--data {demo}")
    return t("--broker HOST:PORT, --dsn or --dsn-file", "可用 --broker 主机:端口、--dsn 或 --dsn-file 指定")


def _show(finding: Finding, *, as_json: bool) -> None:
    if as_json:
        write_json(asdict(finding))
        return
    mark, style = _MARKS[finding.state]
    console = Console()
    console.print(Text.assemble((mark, style), f"  {finding.subject}: {finding.text}"), soft_wrap=True)
    if finding.hint:
        console.print(Text(f"      {finding.hint}", style="dim"), soft_wrap=True)


def _own_dsn(folder: Path) -> str | None:
    return chosen_dsn(None, folder / "dsn") if (folder / "dsn").exists() and _is_running(folder) else None


def _is_running(folder: Path) -> bool:
    return (folder / "processes.json").exists()


def _address(broker: str | None, folder: Path) -> Broker | None:
    """Return the broker to look at: the one that was named, else that of `shian up`, by ingest's certificate."""
    if broker:
        host, port = broker_address(broker)
        return Broker(host=host, port=port)
    if not _is_running(folder):
        return None
    return Broker.model_validate(tomllib.loads((folder / "ingest.toml").read_text("utf-8"))["broker"])
