"""The names of a worker at the broker."""

from pathlib import Path

import pytest

from ingest import lane
from ingest.session import names
from ingest.settings import Ingest
from process.connections import Broker
from process.settings import SettingsError


def settings(folder: Path, *, key: str = "", group: str = "", name: str = "a") -> Ingest:
    for file, text in (("key", key), ("group", group), ("ca", "x"), ("cert", "x")):
        (folder / file).write_text(text)
    tls = {"ca_file": folder / "ca", "cert_file": folder / "cert", "key_file": folder / "key"} if key else {}
    return Ingest(name=name, broker=Broker.model_validate(tls), group_file=folder / "group" if group else None)


GROUP = "0123456789abcdef"


def test_without_a_secret_the_name_is_plain_and_nothing_is_shared(tmp_path: Path) -> None:
    assert names(settings(tmp_path)) == ("ingest-a", None)
    known_as = names(settings(tmp_path))
    plans = [lane.normal(settings(tmp_path), known_as), lane.urgent(settings(tmp_path), known_as)]
    assert not any(topic.startswith("$share") for plan in plans for topic in plan.filters)
    assert len({plan.client_id for plan in plans}) == 2


def test_a_key_or_a_group_makes_the_name_one_that_nobody_guesses(tmp_path: Path) -> None:
    made = [
        names(settings(tmp_path, key="k1")),
        names(settings(tmp_path, key="k2")),
        names(settings(tmp_path, key="k1", name="b")),
        names(settings(tmp_path, key="k1", group=GROUP)),
        names(settings(tmp_path, group=GROUP)),
    ]
    assert len({one.session for one in made}) == len(made)
    assert all(len(one.session) >= len("ingest-a-") + 32 for one in made)
    assert names(settings(tmp_path, key="k1")) == made[0]
    assert "k1" not in made[0].session


def test_each_lane_shares_by_a_group_of_its_own(tmp_path: Path) -> None:
    chosen = settings(tmp_path, key="k", group=GROUP)
    known_as = names(chosen)
    assert lane.normal(chosen, known_as).filters == (f"$share/{GROUP}/shian/1/+/events",)
    assert lane.urgent(chosen, known_as).filters == (f"$share/{GROUP}-urgent/shian/1/+/urgent", "shian/1/+/status")


@pytest.mark.parametrize("group", ["ingest", "0123456789abcde", "a/b/c/d/e/f/g/h/i", "a" * 65, "0123456789abcde+"])
def test_a_group_that_can_be_guessed_or_is_no_name_is_refused(tmp_path: Path, group: str) -> None:
    with pytest.raises(SettingsError, match="openssl rand"):
        names(settings(tmp_path, group=group))


def test_a_group_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="nowhere"):
        names(Ingest(group_file=tmp_path / "nowhere"))
