"""Every table of the database has an origin, so that none is derived and forgotten by the rebuild."""

from storage.origins import DERIVED, ORIGINS
from storage.roles import RIGHTS
from tests.support.desk import Desk


def test_every_table_has_an_origin(desk: Desk) -> None:
    there = desk.rows("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")
    assert {name for (name,) in there} == set(ORIGINS)
    assert len(DERIVED) == len(set(DERIVED))
    views = desk.rows("SELECT viewname::text FROM pg_views WHERE schemaname = 'public'")
    assert set(RIGHTS) - {name for (name,) in views} == set(ORIGINS)
