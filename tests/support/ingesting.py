"""An ingest process inside the test: its real threads, on a real broker and a real database."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from ingest.service import Service
from ingest.settings import Ingest
from process.connections import Broker
from storage.settings import Database
from tests.support.services import INGEST, as_role
from tests.support.waiting import wait_for


@contextmanager
def ingesting(dsn: str, broker: int | Broker, *, exchange_s: float = 20.0, **settings: Any) -> Iterator[Service]:
    """Run an ingest. It is subscribed when it is handed over, and ended afterwards. `broker`: its port, where it has
    neither TLS nor users."""
    values: dict[str, Any] = {"name": f"test-{uuid4().hex[:8]}", "sweep_s": 0.2, "session_expiry_s": 0} | settings
    database = Database(dsn=as_role(dsn, INGEST), exchange_s=exchange_s)
    where = Broker(port=broker) if isinstance(broker, int) else broker
    service = Service(Ingest(broker=where, database=database, **values))
    stop = threading.Event()
    thread = threading.Thread(target=service.run, args=(stop,))
    thread.start()
    try:
        wait_for(lambda: service.is_subscribed, timeout_s=30, what="a subscribed receiver")
        yield service
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive()
