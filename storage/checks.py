"""The question of `config check` to the database: does it answer, and is it of this version?"""

from collections.abc import Iterable, Iterator

import psycopg

from process.checks.findings import Finding, note
from process.checks.peers import Question
from process.language import t
from process.named_files import Key
from process.settings import SettingsError
from storage.errors import StorageError
from storage.exchange import connect
from storage.migrate import check, shipped, version
from storage.settings import Database


def look_at_database(key: Key, settings: Database) -> Iterator[Finding]:
    """Yield whether the settings name a database at all. A file that cannot be read is named elsewhere."""
    if not settings.dsn and settings.dsn_file is None:
        try:
            settings.resolve()
        except SettingsError as exc:
            yield Finding(key, str(exc))
    if settings.dsn and settings.dsn_file:
        yield note((*key, "dsn_file"), t("`dsn` is used, not this file", "已使用 dsn，此文件不生效"))


def database_question(key: Key, settings: Database) -> Iterable[Question]:
    """Return the question, where the settings say whom to ask."""
    try:
        dsn = settings.resolve()
    except SettingsError:
        return ()
    where = (*key, "dsn" if settings.dsn else "dsn_file")
    return [Question(where, t("the database", "数据库"), lambda seconds: _ask(where, dsn, seconds))]


def _ask(key: Key, dsn: str, seconds: float) -> Iterator[Finding]:
    try:
        with connect(dsn, "check", exchange_s=seconds, autocommit=True, connect_timeout=max(2, int(seconds))) as line:
            found = version(line)
            check(line)
    except psycopg.ProgrammingError as exc:
        if isinstance(exc, psycopg.errors.InsufficientPrivilege):
            yield Finding(key, _no_rights())
            return
        # Its message may hold the password.
        yield Finding(
            key,
            t(
                "no address of a database: postgresql://USER:PASSWORD@HOST:PORT/DATABASE",
                "不是数据库地址，格式为 postgresql://用户:密码@主机:端口/数据库",
            ),
        )
        return
    except StorageError as exc:
        yield Finding(key, str(exc))
        return
    except psycopg.Error as exc:
        reason = " ".join(str(exc).split())
        yield Finding(key, t(f"the database cannot be reached: {reason}", f"无法连接数据库：{reason}"))
        return
    newest = shipped()[-1].number
    if found < newest:
        yield Finding(
            key,
            t(
                f"the database is at migration {found}, this version needs {newest}: "
                "shian migrate --dsn-file OWNER-DSN",
                f"数据库结构版本为 {found}，本版本需要 {newest}：请执行 shian migrate --dsn-file 属主连接文件",
            ),
        )


def _no_rights() -> str:
    return t(
        "this role has no rights on the tables: shian migrate --ingest-role ... --server-role ... (docs/deploy.md)",
        "该角色没有表权限：shian migrate --ingest-role … --server-role …（docs/deploy.md）",
    )
