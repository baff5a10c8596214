"""`shian demo`: steer a running demo district from another terminal."""

from pathlib import Path
from typing import Annotated

import typer

from process.language import t
from shian.control import Request, ask
from shian.failures import CannotError
from shian.folders import chosen_data

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help=t("Steer a running demo district", "操控正在运行的示范区")
)


@app.callback()
def _root() -> None: ...


@app.command(help=t("The next sample fails, at one station or at any", "让下一个样品不合格（指定或任意检测站）"))
def fail(
    station: Annotated[str | None, typer.Option(help=t("name of the station", "检测站名称"))] = None,
    data: Annotated[Path | None, typer.Option(help=t("folder of `shian up`", "shian up 的数据目录"))] = None,
) -> None:
    answer = ask(chosen_data(data, is_demo=True), Request(action="fail", station=station))
    if not answer.is_done:
        raise CannotError(answer.text)
    typer.echo(answer.text)
