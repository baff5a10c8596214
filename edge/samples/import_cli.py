"""`shian edge import`: brings a file to the running agent, some rows at a time. Rows that were imported before are
known again."""

from pathlib import Path
from typing import Annotated

import typer

from process.language import t
from process.settings import SettingsError
from process.terminal import complain, say

_PIECE = 50
FileArgument = Annotated[Path, typer.Argument(help=t("CSV, XLSX or DBF", "CSV、XLSX 或 DBF"))]
ProfileOption = Annotated[str, typer.Option(help=t("name of a profile, or its file", "映射配置名称或文件"))]
Config = Annotated[
    Path | None, typer.Option("--config", "-c", help=t("The settings, edge.toml.", "配置文件 edge.toml。"))
]


def import_file(file: FileArgument, *, profile: ProfileOption, config: Config = None) -> None:
    """Bring the results of a file to the agent."""
    from edge.samples.client import AgentAwayError, AgentClient, AskRefusedError  # noqa: PLC0415 - for this alone
    from edge.samples.desk import SOCKET  # noqa: PLC0415
    from edge.samples.importing import ProfileError, read_profile, rows_of  # noqa: PLC0415
    from edge.settings import PREFIX, EdgeSettings  # noqa: PLC0415
    from process.settings import load  # noqa: PLC0415
    from process.tabular import TableError, read_table  # noqa: PLC0415

    settings = load(EdgeSettings, config, PREFIX)
    try:
        wanted = read_profile(profile)
        headings, lines, _ = read_table(file)
        rows, bad = rows_of(wanted, headings, lines, settings.zone)
    except (TableError, ProfileError) as exc:
        raise SettingsError(str(exc)) from exc
    for row in bad[:200]:
        complain(t(f"row {row.number}: {row.why}", f"第 {row.number} 行：{row.why}"))
    recorded = known = 0
    with AgentClient(settings.data / SOCKET, deadline_s=60) as agent:
        try:
            for start in range(0, len(rows), _PIECE):
                piece = [row.model_dump(mode="json", exclude_defaults=True) for row in rows[start : start + _PIECE]]
                answer = agent.ask("import_results", profile=wanted.name, rows=piece)
                recorded, known = recorded + answer["recorded"], known + answer["known"]
        except (AgentAwayError, AskRefusedError) as exc:
            raise SettingsError(
                t(
                    f"{recorded} results recorded, then the agent said: {exc}."
                    " Import the file again: nothing is doubled",
                    f"已记录 {recorded} 条，随后代理返回：{exc}。可重新导入，不会重复",
                )
            ) from exc
    say(
        t(
            f"{recorded} results recorded, {known} were there, {len(bad)} rows are no results",
            f"新记录 {recorded} 条，已有 {known} 条，{len(bad)} 行不是检测结果",
        )
    )
    if bad:
        raise typer.Exit(1)
