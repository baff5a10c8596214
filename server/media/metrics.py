"""The metrics of media for Prometheus."""

from prometheus_client import Counter

STORED = Counter("shian_server_media_stored_total", "Media taken in whole", ["type"])
TAKEN = Counter("shian_server_media_bytes_total", "Bytes of media taken in")
REFUSED = Counter("shian_server_media_refused_total", "Uploads that must wait", ["reason"])
DROPPED = Counter("shian_server_media_uploads_dropped_total", "Unfinished uploads that made room for others")
