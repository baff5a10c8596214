"""The reference for bench.latency: publish -> broker -> one insert, committed -> second publish. Nothing else.

python -m bench.bare_way PORT DSN: the middle, until killed.
"""

import argparse
import socket
from typing import Any

import paho.mqtt.client as mqtt
import psycopg
from paho.mqtt.enums import CallbackAPIVersion

THERE, BACK = "bare/there", "bare/back"


def connect(name: str, port: int, topic: str) -> mqtt.Client:
    """Return a client that is connected. The client subscribes to `topic` as soon as its loop runs."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv5)
    client.on_socket_open = _no_delay
    client.on_connect = lambda connected, *_: connected.subscribe(topic, qos=1)
    client.connect("127.0.0.1", port)
    return client


def _no_delay(_client: mqtt.Client, _data: Any, sock: Any) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def main(port: int, dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS bare_way (body bytea)")

        def on_message(client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
            connection.execute("INSERT INTO bare_way VALUES (%s)", [message.payload])
            client.publish(BACK, message.payload, qos=1)

        client = connect("bare-middle", port, THERE)
        client.on_message = on_message
        client.loop_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int)
    parser.add_argument("dsn")
    main(**vars(parser.parse_args()))
