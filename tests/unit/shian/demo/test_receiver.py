"""The demo's webhook receiver believes only what is signed."""

import base64
import json
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook

from shian.demo.receiver import Receiver

SECRET = "whsec_" + base64.b64encode(b"k" * 24).decode()


def post(address: str, body: bytes, secret: str) -> int:
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", now, body.decode()),
    }
    request = urllib.request.Request(address, body, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return int(answer.status)


def test_a_signed_alert_is_logged(tmp_path: Path) -> None:
    log = tmp_path / "webhook.log"
    with Receiver(log, SECRET) as receiver:
        assert post(receiver.address, '{"rule": "failed_test", "食": 1}'.encode(), SECRET) == 204
    (line,) = log.read_text("utf-8").splitlines()
    assert json.loads(line)["body"] == {"rule": "failed_test", "食": 1}
    assert json.loads(line)["id"] == "msg_1"


def test_a_wrong_signature_is_refused(tmp_path: Path) -> None:
    other = "whsec_" + base64.b64encode(b"x" * 24).decode()
    with Receiver(tmp_path / "webhook.log", SECRET) as receiver:
        with pytest.raises(urllib.error.HTTPError) as refused:
            post(receiver.address, b"{}", other)
        refused.value.close()
    assert refused.value.code == 401
    assert not (tmp_path / "webhook.log").exists()
