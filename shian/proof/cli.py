"""`shian proof`: makes the centre's key, and exports the ledger for whoever is to check it without the database."""

from pathlib import Path
from typing import Annotated

import psycopg
import typer

from process import signing_key
from process.language import t
from process.settings import SettingsError
from process.terminal import say
from shian.database_choice import ConfigOption, DataOption, DsnFileOption, DsnOption, chosen_dsn
from shian.failures import CannotError
from shian.proof.exporting import export as write_export
from storage import deeds
from storage.deeds import Actor, Deed
from storage.errors import StorageError
from storage.exchange import connect_patiently
from wire.chain import public_key

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help=t("The centre's key, and an export as proof", "中心密钥与举证导出")
)


@app.command(help=t("Make the centre's key, or show the public one of a key", "生成中心密钥，或显示已有密钥的公钥"))
def key(path: Annotated[Path, typer.Argument(help=t("file of the key (mode 0600)", "密钥文件（权限 0600）"))]) -> None:
    try:
        made = signing_key.make(path)
        say(t(f"a new key: {path}", f"已生成新密钥：{path}"), err=True)
    except FileExistsError:
        try:
            made = signing_key.read(path)
        except SettingsError as exc:
            raise CannotError(str(exc)) from exc
    except OSError as exc:
        raise CannotError(f"{path}: {exc.strerror}") from exc
    say(public_key(made))


@app.command(
    help=t(
        "Write the exact bytes, keys and anchors into one file: shian verify --export FILE checks it anywhere",
        "将原始字节、密钥与锚点导出为一个文件：可在任意机器上用 shian verify --export 核对",
    )
)
def export(
    out: Annotated[Path, typer.Argument(help=t("the file (gzip)", "导出文件（gzip）"))],
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    *,
    station: Annotated[
        list[str] | None, typer.Option(help=t("this one only; may be repeated", "仅导出该站，可多次给出"))
    ] = None,
) -> None:
    try:
        with connect_patiently(chosen_dsn(dsn, dsn_file, config, data), "export") as connection:
            stations = tuple(station or ())
            with connection.transaction():  # nothing is taken away that the audit does not have
                facts = {"stations": stations, "file": out.name}
                deeds.write(connection, Deed(Actor.command("shian proof export"), "ledger_exported", facts=facts))
            done = write_export(connection, out, stations)
    except (psycopg.Error, StorageError) as exc:
        raise CannotError(t(f"the ledger cannot be read: {exc}", f"无法读取账本：{exc}")) from exc
    except OSError as exc:
        raise CannotError(f"{out}: {exc.strerror}") from exc
    say(
        t(
            f"{done.streams} streams, {done.events} events, {done.anchors} anchors written to {out}",
            f"已导出 {done.streams} 条流、{done.events} 个事件、{done.anchors} 个锚点：{out}",
        )
    )
