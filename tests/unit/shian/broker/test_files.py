"""The files of both brokers, from the one table of rights."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shian.broker import emqx, mosquitto
from shian.broker.cli import app, shipped
from shian.broker.declaration import BadNameError, Centre, filters
from wire.topics import ENDS, Leaf, Party

DEPLOY = Path(__file__).resolve().parents[4] / "deploy" / "broker"


def test_the_shipped_files_are_those_that_the_command_writes(tmp_path: Path) -> None:
    for kind in ("mosquitto", "emqx"):
        assert CliRunner().invoke(app, ["config", "--for", kind, "--out", str(tmp_path)]).exit_code == 0
    written = {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()}
    assert written == shipped()
    assert written == {path.name: path.read_text("utf-8") for path in DEPLOY.iterdir() if path.name in written}
    assert len(written) == 4


def test_every_leaf_has_one_writer_and_one_reader() -> None:
    assert set(ENDS) == set(Leaf)
    for writer, reader in ENDS.values():
        assert (writer is Party.STATION) is not (reader is Party.STATION), "a station talks to the centre alone"


def test_both_lists_give_the_rights_of_the_table() -> None:
    centre = Centre(("ingest", "ingest.2"), ("server",))
    acl, rules = mosquitto.access(centre), emqx.access(centre)
    for leaf, ends in ENDS.items():
        place = f"shian/1/+/{leaf}" + ("/+" if leaf is Leaf.LIVE else "")
        for part, name in centre.parts():
            block = acl[acl.index(f"user {name}\n") :].split("\n\n")[0].splitlines()
            assert (f"topic read {place}" in block) is (ends.reader is part)
            assert (f"topic write {place}" in block) is (ends.writer is part)
            subscribe = re.search(rf'\{{username, "{re.escape(name)}"\}}, subscribe, (.*)', rules)
            publish = re.search(rf'\{{username, "{re.escape(name)}"\}}, publish, (.*)', rules)
            assert subscribe is not None
            assert publish is not None
            assert (f'{{eq, "{place}"}}' in subscribe[1]) is (ends.reader is part)
            assert (f'"{place}"' in publish[1]) is (ends.writer is part)
    assert rules.rstrip().endswith("{deny, all}.")
    assert filters(Party.STATION, "%u", writes=False) == [
        "shian/1/%u/receipts",
        "shian/1/%u/commands",
        "shian/1/%u/document",
    ]


@pytest.mark.parametrize("name", ["dongmen", "m-2", "", "a b", "in#gest", "a+b", "a/b", 'a"b', "x\ny", "市"])
def test_no_part_of_the_centre_has_a_name_that_a_station_could_have(name: str) -> None:
    with pytest.raises(BadNameError):
        Centre(ingest=("ingest", name))
    with pytest.raises(BadNameError):
        Centre(server=(name,))


def test_the_command_names_a_bad_name_and_a_list_that_emqx_does_not_read(tmp_path: Path) -> None:
    for arguments in (["mosquitto", "--ingest", "dongmen"], ["emqx", "--crl", "/x"]):
        done = CliRunner().invoke(app, ["config", "--out", str(tmp_path / "out"), "--for", *arguments])
        assert done.exit_code != 0
        assert not (tmp_path / "out").exists()


def test_addresses_files_and_the_list_of_the_revoked_are_said(tmp_path: Path) -> None:
    arguments = ["--address", "192.0.2.7", "--port", "8884", "--crl", "/srv/revoked.pem", "--ingest", "ingest.1"]
    done = CliRunner().invoke(app, ["config", "--for", "mosquitto", "--out", str(tmp_path), *arguments])
    assert done.exit_code == 0
    text = (tmp_path / "mosquitto.conf").read_text()
    assert "listener 8884 192.0.2.7\n" in text
    assert "crlfile /srv/revoked.pem\n" in text
    assert "user ingest.1\n" in (tmp_path / "acl").read_text()
