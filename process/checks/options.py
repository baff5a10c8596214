"""The options of `config check`, and the exit code of settings that cannot be used. It imports little, for `run`."""

from typing import Annotated

import typer

from process.language import t

# One for `run` and `config check` of every process (docs/deploy.md).
EXIT_FAULTS = 2
DEADLINE_S = 10.0

Offline = Annotated[
    bool,
    typer.Option(
        "--offline",
        help=t(
            "Ask nobody over the network: files and ports of this machine alone.", "不访问网络，只检查本机文件和端口。"
        ),
    ),
]
Deadline = Annotated[
    float, typer.Option("--deadline", min=0.5, max=300, help=t("Seconds for all answers.", "等待全部应答的秒数。"))
]
AsJson = Annotated[bool, typer.Option("--json", help=t("For programs.", "输出 JSON，供程序使用。"))]
