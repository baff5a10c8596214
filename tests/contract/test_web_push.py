"""Web Push against a local push service that decrypts what it is sent, as the browser would."""

import base64
import json
from pathlib import Path
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey

from server.delivery.channel import Network, Outcome, Recipient
from server.delivery.channels.web_push import CHANNEL, WebPushChannel, WebPushSettings
from tests.contract.channel_kit import NOTICE, NOW, PATIENT_S, AnyAddressKit
from tests.support.webhooks import Answer, Received, receiving

BROWSER = ec.generate_private_key(ec.SECP256R1())
AUTH = b"0123456789abcdef"


def text64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def subscription(endpoint: str) -> str:
    return json.dumps(
        {
            "endpoint": endpoint,
            "expirationTime": None,
            "keys": {"p256dh": text64(point(BROWSER.public_key())), "auth": text64(AUTH)},
        }
    )


class TestWebPush(AnyAddressKit):
    name = "web_push"
    gone = frozenset({404, 410})

    @pytest.fixture(autouse=True)
    def _key(self, tmp_path: Path) -> None:
        self.key_file = tmp_path / "vapid.pem"
        made = ec.generate_private_key(ec.SECP256R1())
        self.key_file.write_bytes(
            made.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )

    def accepted(self) -> Answer:
        return Answer(201, (("Location", "https://push.example/m/17"),))

    def address_for(self, url: str) -> str:
        return subscription(url)

    def settings_for(self, url: str) -> dict[str, Any]:
        del url
        return {"key_file": self.key_file, "contact": "mailto:desk@shian.example"}

    def text_of(self, request: Received) -> str:
        assert request.headers["content-encoding"] == "aes128gcm"
        assert len(request.body) <= 4096
        said = json.loads(http_ece.decrypt(request.body, private_key=BROWSER, auth_secret=AUTH, version="aes128gcm"))
        return "\n".join((said["title"], said["body"], *said["notices"]))

    def test_the_service_can_check_who_sends(self) -> None:
        with receiving(lambda _: self.accepted()) as receiver:
            attempt = self.send(receiver.address)
        assert attempt.remote_id == "https://push.example/m/17"
        request = receiver.received[0]
        scheme, _, rest = request.headers["authorization"].partition(" ")
        said = dict(part.strip().split("=", 1) for part in rest.split(","))
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), base64.urlsafe_b64decode(said["k"] + "=="))
        pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        claims = jwt.decode(said["t"], ECKey.import_key(pem)).claims
        assert scheme == "vapid"
        assert claims["aud"] == f"http://127.0.0.1:{receiver.port}"
        assert claims["sub"] == "mailto:desk@shian.example"
        assert 0 < int(claims["exp"]) - NOW.timestamp() <= 86_400
        assert request.headers["urgency"] == "high"

    def test_the_public_key_is_what_a_browser_is_given(self) -> None:
        channel = CHANNEL.open(WebPushSettings(key_file=self.key_file), Network(PATIENT_S, allow_private=True))
        assert isinstance(channel, WebPushChannel)
        public = channel.public_key
        assert public
        assert len(base64.urlsafe_b64decode(public + "==")) == 65

    def test_without_a_key_nothing_is_sent_and_the_receipt_says_so(self) -> None:
        attempt = self.once(Recipient(subscription("https://push.example/"), None), NOTICE)
        assert (attempt.outcome, attempt.is_final) == (Outcome.NOT_SET_UP, True)
