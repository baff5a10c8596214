"""The reference: paho as it comes, and the fastest insert there is: no checks, no chain, no typed rows, no receipts.

python -m bench.bare_ingest PORT DSN NAME
"""

import argparse
import threading
from collections import deque

import psycopg
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from wire.topics import Leaf, subscription

_BATCH = 2000


def main(port: int, dsn: str, name: str) -> None:
    """Insert each message by itself until the process is killed."""
    messages: deque[mqtt.MQTTMessage] = deque()
    news = threading.Event()

    def received(_client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        messages.append(message)
        news.set()

    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5, manual_ack=True)
    client.on_message = received
    client.on_connect = lambda connected, *_: connected.subscribe(subscription(Leaf.EVENTS), qos=1)
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = 3600
    properties.ReceiveMaximum = 4000
    client.connect("127.0.0.1", port, clean_start=False, properties=properties)
    client.loop_start()
    with psycopg.connect(dsn) as connection:
        while True:
            news.wait()
            news.clear()
            while batch := [messages.popleft() for _ in range(min(_BATCH, len(messages)))]:
                with connection.cursor() as cursor:
                    with cursor.copy("COPY bare (body) FROM STDIN (FORMAT BINARY)") as copy:
                        copy.set_types(["bytea"])
                        for message in batch:
                            copy.write_row((message.payload,))
                    cursor.execute("UPDATE progress SET count = count + %s", [len(batch)])
                connection.commit()
                for message in batch:
                    client.ack(message.mid, 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int)
    parser.add_argument("dsn")
    parser.add_argument("name")
    main(**vars(parser.parse_args()))
