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

from process.settings import SettingsError
from server.delivery.channel import Outcome, Recipient
from server.delivery.channels.web_push import CHANNEL, WebPushSettings, key
from server.delivery.message import TEST
from tests.contract.channel_kit import ALERT, NOTICE, NOW, AnyAddressKit
from tests.support.webhooks import Answer, Received, receiving
from wire.words import SCREENING

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

    def decrypted(self, request: Received) -> dict[str, Any]:
        whole = http_ece.decrypt(request.body, private_key=BROWSER, auth_secret=AUTH, version="aes128gcm")
        said: dict[str, Any] = json.loads(whole)
        return said

    def text_of(self, request: Received) -> str:
        assert request.headers["content-encoding"] == "aes128gcm"
        assert len(request.body) <= 4096
        said = self.decrypted(request)
        return "\n".join(part for text in said["texts"] for part in (text["title"], text["body"]))

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
        own = key.read(self.key_file)
        assert own
        assert len(base64.urlsafe_b64decode(key.public_key(own) + "==")) == 65

    def test_a_message_of_quotation_marks_fits_into_one_record(self) -> None:
        hostile = ALERT.model_copy(update={"commodity": '"\\' * 5000, "stall": '"' * 500, "vendor": "\\" * 500})
        with receiving(lambda _: self.accepted()) as receiver:
            assert self.send(receiver.address, alert=hostile, language="both").outcome is Outcome.DELIVERED
        assert SCREENING.en in self.text_of(receiver.received[0])

    def test_each_language_is_a_text_of_its_own_with_the_words_of_its_button(self) -> None:
        answer = "https://shian.example/a/token"
        with receiving(lambda _: self.accepted()) as receiver:
            self.send(receiver.address, language="both", acknowledge=answer)
        said = self.decrypted(receiver.received[0])
        assert [(text["language"], text["button"]) for text in said["texts"]] == [("zh", "签收"), ("en", "Acknowledge")]
        assert (said["alert"], said["answer"], said["is_test"]) == (str(ALERT.id), answer, False)
        assert "East Gate Market" in said["texts"][1]["title"]

    def test_a_test_message_has_its_code_and_its_link_and_opens_no_alert(self) -> None:
        test = ALERT.model_copy(update={"rule": TEST, "facts": {"code": "123456"}})
        with receiving(lambda _: self.accepted()) as receiver:
            self.send(receiver.address, alert=test, acknowledge="https://shian.example/a/token")
        said = self.decrypted(receiver.received[0])
        assert (said["alert"], said["is_test"], said["texts"][0]["button"]) == ("", True, "已收到")
        assert "123456" in said["texts"][0]["title"]

    def test_the_key_is_made_at_the_first_start_for_its_owner_alone_and_kept(self, tmp_path: Path) -> None:
        settings = WebPushSettings(key_file=tmp_path / "push.pem")
        CHANNEL.prepare(settings)
        made = (tmp_path / "push.pem").read_bytes()
        CHANNEL.prepare(settings)
        assert (tmp_path / "push.pem").read_bytes() == made
        assert (tmp_path / "push.pem").stat().st_mode & 0o777 == 0o600
        assert key.read(tmp_path / "push.pem")

    def test_a_key_that_cannot_be_made_or_is_none_is_said(self, tmp_path: Path) -> None:
        with pytest.raises(SettingsError, match="nowhere"):
            CHANNEL.prepare(WebPushSettings(key_file=tmp_path / "nowhere" / "push.pem"))
        (tmp_path / "other.pem").write_text("nothing")
        with pytest.raises(SettingsError, match="P-256"):
            key.read(tmp_path / "other.pem")

    def test_without_a_key_nothing_is_sent_and_the_receipt_says_so(self) -> None:
        attempt = self.once(Recipient(subscription("https://push.example/"), None), NOTICE)
        assert (attempt.outcome, attempt.is_final) == (Outcome.NOT_SET_UP, True)
