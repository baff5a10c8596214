"""A database as deploy/prepare makes it: an owner that is no superuser migrates; ingest and the server get in."""

import os
import subprocess
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from storage.migrate import migrate, version
from storage.roles import Roles
from tests.support import services

ROOT = Path(__file__).resolve().parents[2]


def test_the_roles_of_deploy_prepare_carry_a_district(tmp_path: Path) -> None:
    environ = {**os.environ, "SHIAN_SECRETS": str(tmp_path)}
    for _ in range(2):  # the second run changes nothing
        subprocess.run([str(ROOT / "deploy" / "prepare"), "food.example"], env=environ, check=True, capture_output=True)
    with services.postgres() as server:
        with psycopg.connect(server.dsn, autocommit=True) as connection:
            connection.execute("CREATE DATABASE shian")
            connection.execute((tmp_path / "database-roles.sql").read_bytes())
        here = urlsplit(server.dsn)

        def dsn(role: str) -> str:
            there = urlsplit((tmp_path / f"{role}-dsn").read_text())
            return urlunsplit(there._replace(netloc=f"{there.username}:{there.password}@{here.hostname}:{here.port}"))

        assert migrate(dsn("owner"), roles=Roles("shian_ingest", "shian_server"))
        assert migrate(dsn("owner"), roles=Roles("shian_ingest", "shian_server")) == []
        for role in ("ingest", "server"):
            with psycopg.connect(dsn(role)) as connection:
                assert version(connection) > 0
                assert connection.execute("SELECT count(*) FROM event WHERE station <> 'centre'").fetchone() == (0,)
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute("CREATE TABLE mine ()")


def test_a_role_that_is_not_there_is_named_and_nothing_is_half_given(empty_dsn: str) -> None:
    with pytest.raises(Exception, match='role "nobody_here" does not exist'):
        migrate(empty_dsn, roles=Roles("nobody_here", services.SERVER))
