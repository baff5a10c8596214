"""Chooses the database of a command: --dsn, --dsn-file, the settings of a process, or the one of `shian up`."""

import tomllib
from pathlib import Path
from typing import Annotated

import typer

from process.language import t
from shian.failures import CannotError
from shian.local.folders import used_data

DsnOption = Annotated[str | None, typer.Option(help=t("database, postgresql://...", "数据库，postgresql://…"))]
DsnFileOption = Annotated[
    Path | None, typer.Option(help=t("file with the DSN in its first line", "首行为数据库地址的文件"))
]
ConfigOption = Annotated[
    Path | None, typer.Option(help=t("ingest.toml or server.toml with [database]", "含 [database] 的配置文件"))
]
DataOption = Annotated[Path | None, typer.Option(help=t("folder of `shian up`", "shian up 的数据目录"))]


def chosen_dsn(dsn: str | None, dsn_file: Path | None, config: Path | None = None, data: Path | None = None) -> str:
    """Return the DSN. Raises CannotError when none is named, or more than one."""
    given = [choice for choice in (dsn, dsn_file, config, data) if choice is not None]
    if len(given) > 1:
        raise CannotError(t("name one database, not several", "请只指定一个数据库"))
    if dsn:
        return dsn
    if config:
        return _from_config(config)
    path = dsn_file or (data.absolute() if data else used_data()) / "dsn"
    try:
        return path.read_text("utf-8").split("\n", 1)[0].strip()
    except FileNotFoundError:
        if dsn_file:
            raise CannotError(t(f"{path}: no such file", f"{path}：文件不存在")) from None
        raise CannotError(
            t(
                f"which database? Give --dsn, --dsn-file or --config; no `shian up` has run on {path.parent}",
                f"哪个数据库？请用 --dsn、--dsn-file 或 --config 指定；{path.parent} 上没有运行过 shian up",
            )
        ) from None
    except (OSError, UnicodeDecodeError) as exc:
        raise CannotError(f"{path}: {exc}") from exc


def _from_config(config: Path) -> str:
    try:
        table = tomllib.loads(config.read_text("utf-8")).get("database", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise CannotError(f"{config}: {exc}") from exc
    if isinstance(table.get("dsn"), str):
        return str(table["dsn"])
    if isinstance(table.get("dsn_file"), str):
        return chosen_dsn(None, Path(table["dsn_file"]))
    raise CannotError(t(f"{config}: no [database] dsn or dsn_file", f"{config}：缺少 [database] dsn 或 dsn_file"))
