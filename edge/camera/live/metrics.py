"""The metrics of the live view, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class LiveMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"shian_edge_live_{name}", text, labels, registry=registry)

        self.sent = counter("sent", "pictures sent, by part: preview, init, fragment, refusal", "camera", "part")
        self.bytes_sent = counter("sent_bytes", "bytes of pictures sent", "camera")
        self.dropped = counter("dropped", "pictures not sent", "camera", "reason")
        self.commands = counter("commands", "commands by what became of them", "outcome")
        self.reconnects = counter("reconnects", "connections for the live view that ended or failed", "reason")
        self.viewed = Gauge("shian_edge_live_viewed", "1 while sent", ["camera", "mode"], registry=registry)
