from pathlib import Path

import pytest

from process.settings import Settings, SettingsError, load, own_folder


class Link(Settings):
    port: str
    baud: int = 9600


class Broker(Settings):
    host: str = "127.0.0.1"


class Agent(Settings):
    station: str
    broker: Broker = Broker()
    link: tuple[Link, ...] = ()


GOOD = 'station = "m1"\n[broker]\nhost = "b"\n[[link]]\nport = "/dev/x"\n[[link]]\nport = "/dev/y"\nbaud = 115200\n'


def load_text(tmp_path: Path, text: str, environ: dict[str, str] | None = None) -> Agent:
    path = tmp_path / "agent.toml"
    path.write_text(text)
    return load(Agent, path, "SHIAN_EDGE", environ or {})


def test_a_file_is_read(tmp_path: Path) -> None:
    agent = load_text(tmp_path, GOOD)
    assert agent.broker.host == "b"
    assert agent.link[1].baud == 115200


def test_the_environment_overrides_and_is_named_in_errors(tmp_path: Path) -> None:
    assert load_text(tmp_path, GOOD, {"SHIAN_EDGE__BROKER__HOST": "c"}).broker.host == "c"
    with pytest.raises(SettingsError, match="SHIAN_EDGE__BROKER__PORT"):
        load_text(tmp_path, GOOD, {"SHIAN_EDGE__BROKER__PORT": "1"})


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('station = "m1"\nsation = "m2"\n', ":2: sation"),
        (GOOD + "bd = 1\n", ":9: link.1.bd"),
        (GOOD.replace("115200", '"fast"'), ":8: link.1.baud"),
        ("[broker]\nhost = 1\n", ":2: broker.host"),
        ("station = \n", "line 1"),
    ],
)
def test_an_error_names_the_file_and_the_line(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_text(tmp_path, text)
    assert "agent.toml" in str(caught.value)
    assert place in str(caught.value)


def test_a_folder_of_ones_own_is_the_chosen_one_or_lies_below_xdg(tmp_path: Path) -> None:
    folder = tmp_path / "config" / "shian" / "profiles"
    by_xdg, by_home = {"XDG_CONFIG_HOME": str(tmp_path / "config")}, {"HOME": str(tmp_path / "home")}
    assert own_folder(None, "profiles", by_xdg) is None
    folder.mkdir(parents=True)
    assert own_folder(None, "profiles", by_xdg) == folder
    assert own_folder(tmp_path, "profiles", by_xdg) == tmp_path
    assert own_folder(None, "profiles", by_home) is None
    (tmp_path / "home" / ".config" / "shian" / "profiles").mkdir(parents=True)
    assert own_folder(None, "profiles", by_home) == tmp_path / "home" / ".config" / "shian" / "profiles"
    assert own_folder(None, "profiles", {}) is None
