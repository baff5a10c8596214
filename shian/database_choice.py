"""Chooses the database of a command, by one rule for all: the one that is named, or that of this user's own `shian up`.

Nothing is guessed: neither the demo's database nor another user's is meant by saying nothing."""

import fcntl
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from process.language import t
from process.settings import CREDENTIALS
from shian.failures import CannotError
from shian.local.folders import chosen_data

DsnOption = Annotated[str | None, typer.Option(help=t("database, postgresql://...", "数据库，postgresql://…"))]
DsnFileOption = Annotated[
    Path | None, typer.Option(help=t("file with the DSN in its first line", "首行为数据库地址的文件"))
]
ConfigOption = Annotated[
    Path | None, typer.Option(help=t("ingest.toml or server.toml with [database]", "含 [database] 的配置文件"))
]
DataOption = Annotated[Path | None, typer.Option(help=t("folder of `shian up`", "shian up 的数据目录"))]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The database of a command. `folder`: of the `shian up` that it belongs to, where it was found by that."""

    dsn: str
    folder: Path | None = None


def chosen(
    dsn: str | None = None, dsn_file: Path | None = None, config: Path | None = None, data: Path | None = None
) -> Chosen:
    """Return the database. Raises CannotError when more than one is named, or none and it cannot be known."""
    given = [choice for choice in (dsn, dsn_file, config, data) if choice is not None]
    if len(given) > 1:
        raise CannotError(t("name one database, not several", "请只指定一个数据库"))
    if dsn:
        return Chosen(dsn)
    if config:
        return Chosen(_from_config(config))
    if dsn_file:
        return Chosen(_first_line(dsn_file))
    folder = data.absolute() if data else own_folder()
    if not (folder / "dsn").exists():
        raise CannotError(_never_run(folder))
    return Chosen(_first_line(folder / "dsn"), folder)


def chosen_dsn(dsn: str | None, dsn_file: Path | None, config: Path | None = None, data: Path | None = None) -> str:
    """Return the address of the database. Raises CannotError as `chosen` does."""
    return chosen(dsn, dsn_file, config, data).dsn


def own_folder() -> Path:
    """Return the folder of this user's own `shian up`. Raises CannotError when the demo or another user may be
    meant."""
    real, demo = chosen_data(None), chosen_data(None, is_demo=True)
    is_only_the_demo = (demo / "dsn").exists() and not (real / "dsn").exists()
    if is_only_the_demo or (is_running(demo) and not is_running(real)):
        raise CannotError(
            t(
                f"which database? The demo's is in {demo}, and nothing runs on {real}. "
                f"If the demo's is meant: --data {demo}",
                f"哪个数据库？{demo} 是示范区的，{real} 上没有运行。如确指示范区：--data {demo}",
            )
        )
    path = real / "dsn"
    if path.exists() and path.stat().st_uid != os.geteuid():
        raise CannotError(
            t(
                f"the database of {real} is another user's. If it is meant: --data {real}",
                f"{real} 的数据库属于其他用户。如确需使用：--data {real}",
            )
        )
    return real


def is_running(folder: Path) -> bool:
    """Tell whether `shian up` holds the folder."""
    try:
        with (folder / "lock").open("r+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _never_run(folder: Path) -> str:
    return t(
        f"which database? No `shian up` has run on {folder}: give --data, --dsn, --dsn-file or --config",
        f"哪个数据库？{folder} 上没有运行过 shian up：请用 --data、--dsn、--dsn-file 或 --config 指定",
    )


def _first_line(path: Path) -> str:
    if str(path).startswith(CREDENTIALS):
        raise CannotError(
            t(
                f"{path}: systemd hands this file to its unit alone: name the owner's DSN by --dsn-file",
                f"{path}：该文件由 systemd 仅提供给其单元，请用 --dsn-file 指定属主的连接文件",
            )
        )
    try:
        return path.read_text("utf-8").split("\n", 1)[0].strip()
    except FileNotFoundError:
        raise CannotError(t(f"{path}: no such file", f"{path}：文件不存在")) from None
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
        return _first_line(Path(table["dsn_file"]))
    raise CannotError(t(f"{config}: no [database] dsn or dsn_file", f"{config}：缺少 [database] dsn 或 dsn_file"))
