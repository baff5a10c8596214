"""Every channel that has a folder has the kit, a table in the settings, and room in the database."""

from importlib import import_module
from uuid import uuid4

import psycopg
import pytest
from pydantic import ValidationError

from server.delivery.channel import Secrets
from server.delivery.channels import channels
from server.settings import DeliverySettings
from tests.contract.channel_kit import ChannelKit


@pytest.mark.parametrize("name", channels())
def test_a_channel_has_the_kit(name: str) -> None:
    module = import_module(f"tests.contract.test_{name}")
    kits = [found for found in vars(module).values() if isinstance(found, type) and issubclass(found, ChannelKit)]
    assert name in {getattr(kit, "name", "") for kit in kits}, f"tests/contract/test_{name}.py has no kit"


@pytest.mark.parametrize("name", channels())
def test_a_channel_has_a_table_in_the_settings(name: str) -> None:
    kind = channels()[name]
    settings = DeliverySettings.model_validate({"channels": {name: {}}})
    assert isinstance(settings.of_channel(kind), kind.settings)


def test_a_table_for_no_channel_is_refused() -> None:
    with pytest.raises(ValidationError):
        DeliverySettings.model_validate({"channels": {"pigeon": {}}})


def test_the_database_takes_any_channel_and_one_without_a_secret(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "INSERT INTO subscription (id, name, channel, address) VALUES (%s, 'desk', 'pigeon', 'the loft')", [uuid4()]
        )


def test_a_secret_is_made_given_or_neither() -> None:
    def check(secret: str) -> None:
        if len(secret) < 8:
            raise ValueError("too short")

    assert Secrets().of_new(None) is None
    assert Secrets(make=lambda: "made").of_new(None) == "made"
    assert Secrets(check=check).of_new("long enough") == "long enough"
    for secrets, given in ((Secrets(), "x"), (Secrets(make=str), "x"), (Secrets(check=check), None)):
        with pytest.raises(ValueError, match="channel"):
            secrets.of_new(given)
    with pytest.raises(ValueError, match="too short"):
        Secrets(check=check).of_new("short")
