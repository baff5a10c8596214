"""The metrics of a station's media, for Prometheus, in the agent's registry."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class MediaMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"shian_edge_media_{name}", text, labels, registry=registry)

        def gauge(name: str, text: str) -> Gauge:
            return Gauge(f"shian_edge_media_{name}", text, registry=registry)

        self.files = gauge("files", "pictures and clips at the station")
        self.size = gauge("size_bytes", "their size")
        self.pending = gauge("pending", "media that the centre does not have yet")
        self.given_up = gauge("given_up", "media that the centre did not take for good")
        self.lost = gauge("lost", "media that went for want of room before the centre had them")
        self.uploaded = counter("uploaded", "media that arrived at the centre")
        self.sent = counter("sent_bytes", "bytes of media sent")
        self.failures = counter("upload_failures", "requests that failed, by reason", "reason")
