"""The broker iotcore in a process of its own: `python -m shian.local.iotcore_process broker.toml PORT [ca.crt]`.

Its router is a thread of native code, and a panic there leaves a process that accepts connections and never answers
(rumqttd 0.20: "group must exists", when the last client of a shared subscription leaves a persistent session with
unacknowledged messages). So the process asks itself now and then, as any client would, and ends itself when no answer
comes. Its supervisor starts it anew, and receipts and re-sends make good what it forgot."""

import argparse
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import paho.mqtt.client as mqtt
from iotcore.iotcore import IotCoreBroker
from paho.mqtt.enums import CallbackAPIVersion

from process.connections import trust
from process.terminal import say

_EVERY_S = 3.0
_ANSWER_S = 5.0
_STRIKES = 2
EXIT_DEAF = 70


def answers(port: int, patience_s: float = _ANSWER_S, *, authority: Path | None = None) -> bool:
    """Tell whether the broker on 127.0.0.1:port takes a client, by TLS where an authority is given."""
    is_connected = threading.Event()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"watch-{os.getpid()}", protocol=mqtt.MQTTv5)
    client.on_connect = lambda *_: is_connected.set()
    if authority:
        client.tls_set_context(trust(authority))
    try:
        client.connect("127.0.0.1", port, keepalive=30)
    except OSError:
        return False
    deadline = time.monotonic() + patience_s
    while not is_connected.is_set() and time.monotonic() < deadline:
        if client.loop(timeout=0.5) != mqtt.MQTT_ERR_SUCCESS:
            break
    client.disconnect()
    return is_connected.is_set()


def watch(is_well: Callable[[], bool], end: Callable[[], object], pause: Callable[[float], object]) -> None:
    """Ask again and again; call `end` after several answers in a row that did not come."""
    strikes = 0
    while strikes < _STRIKES:
        pause(_EVERY_S)
        strikes = 0 if is_well() else strikes + 1
    end()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", help="broker.toml")
    parser.add_argument("port", type=int)
    parser.add_argument("authority", type=Path, nargs="?", help="ca.crt")
    options = parser.parse_args()
    broker = IotCoreBroker(config_path=options.config)
    watching = (lambda: answers(options.port, authority=options.authority), _end, time.sleep)
    threading.Thread(target=watch, args=watching, name="watch", daemon=True).start()
    broker.run_forever()


def _end() -> None:
    say("the broker answers nobody: ending, to be started anew", err=True)
    # sys.exit would end this thread alone, and the deaf router would live on.
    os._exit(EXIT_DEAF)


if __name__ == "__main__":
    main()
