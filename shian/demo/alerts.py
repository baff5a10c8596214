"""The demo's subscription: every alert goes to a receiver in `shian up` itself, which logs it to logs/webhook.log, so
that the receipts of a delivery can be seen without an account anywhere."""

import base64
import os
from types import TracebackType
from uuid import UUID

import psycopg

from shian.demo.receiver import Receiver
from shian.local.layout import write_secret
from shian.local.stack import Stack

SUBSCRIPTION = UUID("0199b0de-0000-7000-8000-5368696164e0")
_UPSERT = """
INSERT INTO subscription (id, name, channel, address, secret)
VALUES (%(id)s, '示范接收端 / demo receiver', 'webhook', %(address)s, %(secret)s)
ON CONFLICT (id) DO UPDATE SET address = excluded.address, secret = excluded.secret
"""


class DemoAlerts:
    """The receiver of the demo's alerts while the context lasts. The address is kept over restarts where it can be:
    alerts may still be due."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._folder = stack.layout.folder
        self._receiver: Receiver | None = None

    def __enter__(self) -> "DemoAlerts":
        secret = self._secret()
        port_file = self._folder / "webhook-port"
        wanted = int(port_file.read_text()) if port_file.exists() else 0
        self._receiver = Receiver(self._stack.layout.receiver_log, secret, wanted)
        self._receiver.__enter__()
        port_file.write_text(self._receiver.address.split(":")[2].split("/")[0])
        with psycopg.connect(self._stack.dsn) as connection:
            connection.execute(_UPSERT, {"id": SUBSCRIPTION, "address": self._receiver.address, "secret": secret})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._receiver:
            self._receiver.__exit__(kind, value, trace)

    def _secret(self) -> str:
        path = self._folder / "webhook-secret"
        if not path.exists():
            write_secret(path, "whsec_" + base64.b64encode(os.urandom(24)).decode())
        return path.read_text().strip()
