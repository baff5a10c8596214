"""Settings files and secrets that `shian up` writes."""

import tomllib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from shian.local.layout import Layout, Table, write_secret, write_settings

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]))


@given(title=texts, number=st.integers(-(2**60), 2**60), flag=st.booleans())
def test_what_is_written_is_read_back(title: str, number: int, flag: bool) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a" / "settings.toml"
        write_settings(
            path, {"title": title}, {"broker": {"port": number}}, {"device": [{"is": flag}, {"name": title}]}
        )
        read = tomllib.loads(path.read_text("utf-8"))
    assert read == {"title": title, "broker": {"port": number}, "device": [{"is": flag}, {"name": title}]}


def test_lists_and_tables_within_a_row_are_read_back(tmp_path: Path) -> None:
    row: Table = {
        "hours": ["Mon 06:00-14:00"],
        "zone": [{"name": "水池", "polygon": [[0.1, 0.2], [0, 1]]}],
        "stream": {"loop": True},
    }
    write_settings(tmp_path / "a.toml", {}, {}, {"camera": [row]})
    assert tomllib.loads((tmp_path / "a.toml").read_text("utf-8")) == {"camera": [row]}


def test_a_secret_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "dsn"
    path.write_text("old")
    path.chmod(0o644)
    write_secret(path, "new")
    assert path.stat().st_mode & 0o077 == 0
    assert path.read_text() == "new\n"


def test_every_station_has_its_own_place(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    assert layout.edge("a") != layout.edge("b")
    assert layout.port("a", "x") != layout.port("a", "y")
