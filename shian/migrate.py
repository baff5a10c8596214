"""`shian migrate`: bring the database up to this version."""

import typer

from process.language import t
from shian.database_choice import ConfigOption, DataOption, DsnFileOption, DsnOption, chosen_dsn
from shian.failures import CannotError
from storage.errors import StorageError
from storage.migrate import migrate as run_migrations


def migrate(
    dsn: DsnOption = None, dsn_file: DsnFileOption = None, config: ConfigOption = None, data: DataOption = None
) -> None:
    try:
        applied = run_migrations(chosen_dsn(dsn, dsn_file, config, data))
    except StorageError as exc:
        raise CannotError(t(f"the database was not migrated: {exc}", f"数据库升级失败：{exc}")) from exc
    for name in applied:
        typer.echo(t(f"applied {name}", f"已应用 {name}"))
    typer.echo(t("the database is up to date", "数据库已是最新"))
