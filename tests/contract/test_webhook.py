"""The webhook channel against the kit, and what is particular to it: the signature, and the address behind a name."""

import asyncio
import json
import ssl
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from server.delivery.address import Address, Resolve
from server.delivery.channel import Attempt, Network, Outcome, Recipient
from server.delivery.channels.webhook import WebhookChannel
from server.delivery.document import document
from server.delivery.http_post import HttpPost
from tests.contract.channel_kit import HASTY_S, NOTICE, PATIENT_S, AnyAddressKit
from tests.support.certificates import certificate
from tests.support.webhooks import Answer, Received, Receiver, receiving

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class TestWebhook(AnyAddressKit):
    name = "webhook"
    secret = SECRET
    gone = frozenset({410})

    def accepted(self) -> Answer:
        return Answer(204)

    def text_of(self, request: Received) -> str:
        data = json.loads(request.body)["data"]
        told = (data, *data.get("others", ()))
        words = [
            word
            for one in told
            for word in (said for name in ("title", "late", "notice") for said in one.get(name, {}).values())
        ]
        return "\n".join(words)


def names(**known: list[str]) -> Resolve:
    async def resolve(host: str, port: int) -> list[Address]:
        return [ip_address(text) for text in known[host.replace(".", "_")]]

    return resolve


def send(
    address: str, *, allow_private: bool = True, resolve: Resolve | None = None, tls: ssl.SSLContext | None = None
) -> Attempt:
    async def once() -> Attempt:
        more = {"resolve": resolve} if resolve else {}
        channel = WebhookChannel(HttpPost(Network(PATIENT_S, allow_private), tls=tls, **more))
        try:
            return await channel.send(Recipient(address, SECRET), NOTICE, datetime.now(UTC))
        finally:
            await channel.close()

    return asyncio.run(once())


def test_the_receiver_can_verify_the_signature_with_the_standard_library_of_webhooks() -> None:
    with receiving() as receiver:
        send(receiver.address)
    request = receiver.received[0]
    said = json.loads(document(NOTICE))
    assert Webhook(SECRET).verify(request.body, request.headers) == said
    assert request.headers["webhook-id"] == NOTICE.id
    assert request.headers["content-type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(request.body + b" ", request.headers)


def test_the_name_is_asked_for_once_and_its_address_is_connected_to() -> None:
    asked = []

    async def resolve(host: str, port: int) -> list[Address]:
        asked.append(host)
        return [ip_address("127.0.0.1")]

    with receiving() as receiver:
        attempt = send(f"http://hook.example:{receiver.port}/a?b=c", resolve=resolve)
    assert attempt.outcome is Outcome.DELIVERED
    assert asked == ["hook.example"]
    request = receiver.received[0]
    assert request.headers["host"] == f"hook.example:{receiver.port}"
    assert request.path == "/a?b=c"


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.1.2.3"],
        ["192.168.0.1"],
        ["100.64.0.1"],
        ["::1"],
        ["fd00::1"],
        ["::ffff:10.0.0.1"],
        ["64:ff9b::a00:1"],
        ["2002:a00:1::"],
        ["93.184.216.34", "127.0.0.1"],
        ["198.18.0.1"],
        ["::127.0.0.1"],
        ["fec0::1"],
        ["64:ff9b:1::a00:1"],
        ["fe80::5efe:10.0.0.1"],
        ["2001:db8::5efe:10.0.0.1"],
        ["5f00::1"],
        ["100::1"],
        ["0.1.2.3"],
        ["100.64.0.1"],
        ["192.0.0.8"],
        ["240.0.0.1"],
        ["2001:0:a00:1::"],
    ],
)
def test_a_public_name_for_a_private_address_is_refused(addresses: list[str]) -> None:
    attempt = send("http://hook.example/", allow_private=False, resolve=names(hook_example=addresses))
    assert attempt.outcome is Outcome.REFUSED_ADDRESS


@pytest.mark.parametrize(
    "address",
    [
        *("169.254.169.254", "::169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::"),
        *("2001:db8::5efe:169.254.169.254", "2001:db8::200:5efe:169.254.169.254"),
        # Somebody's own gateway: which IPv4 address it goes to cannot be read from it (RFC 8215).
        *("64:ff9b:1::a9fe:a9fe", "64:ff9b:1:a9fe:0:a9fe::", "fe80::1", "224.0.0.1", "::ffff:224.0.0.1", "ff02::1"),
        *("0.0.0.0", "::"),
    ],
)
def test_link_local_is_refused_in_every_form_whatever_the_settings_say(address: str) -> None:
    attempt = send("http://hook.example/", allow_private=True, resolve=names(hook_example=[address]))
    assert attempt.outcome is Outcome.REFUSED_ADDRESS


@pytest.mark.parametrize(
    ("address", "is_refused"),
    [
        *((f"https://hook.example{port}/", False) for port in ("", ":443", ":8443")),
        *((f"https://hook.example{port}/", True) for port in (":22", ":5432", ":80", ":1883", ":65535")),
        ("http://hook.example/", True),
    ],
)
def test_only_ports_of_the_list_are_asked(address: str, is_refused: bool) -> None:
    async def resolve(_: str, __: int) -> list[Address]:
        raise OSError("asked for")

    async def attempt() -> Attempt:
        post = HttpPost(Network(PATIENT_S, allow_private=True, ports=(443, 8443)), resolve=resolve)
        try:
            return await post.send(address, b"", {}, datetime.now(UTC))
        finally:
            await post.close()

    assert (asyncio.run(attempt()).outcome is Outcome.REFUSED_ADDRESS) is is_refused


def test_a_number_that_means_loopback_is_refused() -> None:
    for address in ("http://2130706433/", "http://0x7f.1/", "http://localhost/", "http://127.1/"):
        assert send(address, allow_private=False).outcome is Outcome.REFUSED_ADDRESS, address


def test_the_certificate_must_be_for_the_name_in_the_address(tmp_path: Path) -> None:
    tls, trust = certificate("hook.example", tmp_path)
    known = names(hook_example=["127.0.0.1"], other_example=["127.0.0.1"])
    with receiving(tls=tls) as receiver:

        def to(name: str, context: ssl.SSLContext | None) -> Attempt:
            return send(f"https://{name}:{receiver.port}/", resolve=known, tls=context)

        assert to("hook.example", trust).outcome is Outcome.DELIVERED
        assert to("other.example", trust).outcome is Outcome.TLS
        assert to("hook.example", None).outcome is Outcome.TLS
    assert [request.headers["host"] for request in receiver.received] == [f"hook.example:{receiver.port}"]


def test_many_attempts_leave_no_connection_behind() -> None:
    async def often(receiver: Receiver) -> list[Attempt]:
        channel = WebhookChannel(HttpPost(Network(HASTY_S * 20, allow_private=True)))
        try:
            to = Recipient(receiver.address, SECRET)
            return await asyncio.gather(*(channel.send(to, NOTICE, datetime.now(UTC)) for _ in range(50)))
        finally:
            await channel.close()

    with receiving() as receiver:
        attempts = asyncio.run(often(receiver))
    assert {attempt.outcome for attempt in attempts} == {Outcome.DELIVERED}
