"""A camera's ONVIF services with canned answers: device, events, one pull-point. Enough to subscribe and to pull."""

import re
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:tev="http://www.onvif.org/ver10/events/wsdl" '
    'xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2" '
    'xmlns:wsa5="http://www.w3.org/2005/08/addressing" xmlns:tns1="http://www.onvif.org/ver10/topics">'
    "<s:Body>{}</s:Body></s:Envelope>"
)
_NOW = "2026-03-01T00:00:00Z"
_LATER = "2026-03-01T01:00:00Z"
_TIMES = f"<wsnt:CurrentTime>{_NOW}</wsnt:CurrentTime><wsnt:TerminationTime>{_LATER}</wsnt:TerminationTime>"
_FAULT = (
    "<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text xml:lang='en'>not here</s:Text>"
    "</s:Reason></s:Fault>"
)
_ANSWERS = {
    "GetSystemDateAndTime": (
        "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType>"
        "<tt:DaylightSavings>false</tt:DaylightSavings><tt:UTCDateTime>"
        "<tt:Time><tt:Hour>0</tt:Hour><tt:Minute>0</tt:Minute><tt:Second>0</tt:Second></tt:Time>"
        "<tt:Date><tt:Year>2026</tt:Year><tt:Month>3</tt:Month><tt:Day>1</tt:Day></tt:Date>"
        "</tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
    ),
    "GetServices": (
        "<tds:GetServicesResponse><tds:Service><tds:Namespace>http://www.onvif.org/ver10/events/wsdl</tds:Namespace>"
        "<tds:XAddr>{address}</tds:XAddr><tds:Version><tt:Major>2</tt:Major><tt:Minor>0</tt:Minor></tds:Version>"
        "</tds:Service></tds:GetServicesResponse>"
    ),
    "CreatePullPointSubscription": (
        "<tev:CreatePullPointSubscriptionResponse><tev:SubscriptionReference><wsa5:Address>{address}</wsa5:Address>"
        f"</tev:SubscriptionReference>{_TIMES}</tev:CreatePullPointSubscriptionResponse>"
    ),
    "SetSynchronizationPoint": "<tev:SetSynchronizationPointResponse/>",
    "Renew": f"<wsnt:RenewResponse>{_TIMES}</wsnt:RenewResponse>",
    "Unsubscribe": "<wsnt:UnsubscribeResponse/>",
}


def notification(topic: str, state: str) -> str:
    return (
        '<wsnt:NotificationMessage><wsnt:Topic Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">'
        f'tns1:{topic}</wsnt:Topic><wsnt:Message><tt:Message UtcTime="{_NOW}" PropertyOperation="Changed">'
        '<tt:Source><tt:SimpleItem Name="Source" Value="0"/></tt:Source>'
        f'<tt:Data><tt:SimpleItem Name="State" Value="{state}"/></tt:Data></tt:Message></wsnt:Message>'
        "</wsnt:NotificationMessage>"
    )


class OnvifCamera:
    """ONVIF camera. `say` puts a notification where the next pull finds it. `calls`: the operations that were asked
    for."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.is_refusing = False
        self._messages: deque[str] = deque()
        self._news = threading.Event()
        camera = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                answer = camera.answer(body)
                content = _ENVELOPE.format(answer).encode()
                self.send_response(500 if answer == _FAULT else 200)
                self.send_header("Content-Type", "application/soap+xml; charset=utf-8")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]

    def say(self, topic: str, state: str) -> None:
        self._messages.append(notification(topic, state))
        self._news.set()

    def answer(self, body: str) -> str:
        found = re.search(r"Body[^>]*>\s*<(?:\w+:)?(\w+)", body)
        name = found[1] if found else ""
        self.calls.append(name)
        if self.is_refusing:
            return _FAULT
        if name == "PullMessages":
            self._news.wait(0.2)
            self._news.clear()
            messages = "".join(self._messages.popleft() for _ in range(len(self._messages)))
            return f"<tev:PullMessagesResponse>{_TIMES.replace('wsnt:', 'tev:')}{messages}</tev:PullMessagesResponse>"
        return _ANSWERS.get(name, _FAULT).format(address=f"http://127.0.0.1:{self.port}/onvif/events")

    def run(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def onvif_camera() -> Iterator[OnvifCamera]:
    camera = OnvifCamera()
    thread = threading.Thread(target=camera.run)
    thread.start()
    try:
        yield camera
    finally:
        camera.stop()
        thread.join()
