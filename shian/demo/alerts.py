"""The demo's subscribers: one by webhook, told of everything, and one by mail, told of failed tests. Their receivers
are in `shian up` itself and log to logs/webhook.log and logs/mail.log. Both acknowledge some of the failed tests by the
link in the message, so that "who was told when, and who answered" can be seen without an account anywhere."""

import base64
import os
import re
from contextlib import ExitStack
from types import TracebackType
from typing import Any
from uuid import UUID

import psycopg

from shian.demo.answers import Answers
from shian.demo.mailbox import Mailbox
from shian.demo.receiver import Receiver
from shian.local.layout import write_secret
from shian.local.stack import Stack

SUBSCRIPTION = UUID("0199b0de-0000-7000-8000-5368696164e0")
BY_MAIL = UUID("0199b0de-0000-7000-8000-5368696164e1")
_READ_S = {"webhook": 15.0, "mail": 30.0}
_LINK = re.compile(r"https?://\S+/a/[\w-]+")
_UPSERT = """
INSERT INTO subscription (id, name, channel, address, secret, rules, tells, language, may_acknowledge, confirmed_at)
VALUES (%(id)s, %(name)s, %(channel)s, %(address)s, %(secret)s, %(rules)s, %(tells)s, 'both', true, now())
ON CONFLICT (id) DO UPDATE SET address = excluded.address, secret = excluded.secret, name = excluded.name,
    rules = excluded.rules, tells = excluded.tells, may_acknowledge = true,
    confirmed_at = coalesce(subscription.confirmed_at, now())
"""


class DemoAlerts:
    """The receivers of the demo's alerts while the context lasts. The webhook's address is kept over restarts where it
    can be: alerts may still be due."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._folder = stack.layout.folder
        self._closing = ExitStack()

    def __enter__(self) -> "DemoAlerts":
        layout, secret = self._stack.layout, self._secret()
        by_webhook = self._closing.enter_context(Answers(0, _READ_S["webhook"]))
        by_mail = self._closing.enter_context(Answers(1, _READ_S["mail"]))
        port_file = self._folder / "webhook-port"
        wanted = int(port_file.read_text()) if port_file.exists() else 0
        receiver = Receiver(layout.receiver_log, secret, wanted, lambda body: by_webhook.read(link_of(body)))
        self._closing.enter_context(receiver)
        port_file.write_text(receiver.address.split(":")[2].split("/")[0])
        mailbox = Mailbox(layout.mail_log, lambda text: by_mail.read(link_in(text)))
        self._closing.enter_context(mailbox)
        self._stack.mail_port = mailbox.port
        with psycopg.connect(self._stack.dsn) as connection:
            for row in _rows(receiver.address, secret):
                connection.execute(_UPSERT, row)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    def _secret(self) -> str:
        path = self._folder / "webhook-secret"
        if not path.exists():
            write_secret(path, "whsec_" + base64.b64encode(os.urandom(24)).decode())
        return path.read_text().strip()


def _rows(address: str, secret: str) -> list[dict[str, Any]]:
    webhook = {"id": SUBSCRIPTION, "name": "示范接收端 / demo receiver", "channel": "webhook"}
    mail = {"id": BY_MAIL, "name": "示范邮箱 / demo mailbox", "channel": "email"}
    return [
        webhook | {"address": address, "secret": secret, "rules": [], "tells": ["new", "acknowledged", "resolved"]},
        mail | {"address": "desk@demo.invalid", "secret": None, "rules": ["failed_test"], "tells": ["new"]},
    ]


def link_of(body: Any) -> str:
    """Return the link of a webhook's body that tells of a new failed test; "" for none."""
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, dict) or (data.get("rule"), data.get("occasion")) != ("failed_test", "new"):
        return ""
    return str(data.get("acknowledge_url") or "")


def link_in(text: str) -> str:
    """Return the link of a mail; "" for none."""
    found = _LINK.search(text)
    return found[0] if found else ""
