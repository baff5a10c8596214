"""`shian migrate`: bring the database up to this version."""

from typing import Annotated

import typer

from process.language import t
from process.terminal import say
from shian.database_choice import ConfigOption, DataOption, DsnFileOption, DsnOption, chosen_dsn
from shian.failures import CannotError
from storage.errors import StorageError
from storage.migrate import migrate as run_migrations
from storage.roles import Roles


def migrate(
    dsn: DsnOption = None,
    dsn_file: DsnFileOption = None,
    config: ConfigOption = None,
    data: DataOption = None,
    *,
    ingest_role: Annotated[
        str | None,
        typer.Option(help=t("role of ingest: gets the rights that it needs", "ingest 的数据库角色：授予所需权限")),
    ] = None,
    server_role: Annotated[
        str | None, typer.Option(help=t("role of the server: likewise", "server 的数据库角色：授予所需权限"))
    ] = None,
) -> None:
    if (ingest_role is None) != (server_role is None):
        raise CannotError(
            t("give both --ingest-role and --server-role, or none", "--ingest-role 与 --server-role 须同时给出")
        )
    roles = Roles(ingest_role, server_role) if ingest_role and server_role else None
    try:
        applied = run_migrations(chosen_dsn(dsn, dsn_file, config, data), roles=roles)
    except StorageError as exc:
        raise CannotError(t(f"the database was not migrated: {exc}", f"数据库升级失败：{exc}")) from exc
    for name in applied:
        say(t(f"applied {name}", f"已应用 {name}"))
    say(t("the database is up to date", "数据库已是最新"))
