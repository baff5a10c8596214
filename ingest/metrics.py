"""The metrics for Prometheus. Every refusal and every loss has a counter with a reason."""

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_ROWS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)

RECEIVED = Counter("shian_ingest_received_total", "Messages taken from the broker")
STORED = Counter("shian_ingest_stored_total", "Events newly stored")
FOLDED = Counter("shian_ingest_folded_total", "Events stored that say what another one of the station says")
DISPUTED = Counter("shian_ingest_disputed_total", "Second bodies under a number that is taken, kept as disputed")
NOT_UNDERSTOOD = Counter("shian_ingest_not_understood_total", "Events stored whose data is not understood yet")
UNDERSTOOD = Counter("shian_ingest_understood_total", "Events projected that were not understood when they came")
DUPLICATES = Counter("shian_ingest_duplicates_total", "Events that were stored already")
QUARANTINED = Counter("shian_ingest_quarantined_total", "Messages refused", ["reason"])
PUT_OFF = Counter("shian_ingest_put_off_total", "Messages without a receipt, for the station to send again")
ABOVE = Counter("shian_ingest_above_budget_total", "What stayed out above a station's budget", ["budget"])
CUT = Counter("shian_ingest_quarantine_cut_total", "Old bodies in quarantine, cut to their beginning")
RELEASED = Counter("shian_ingest_released_total", "Messages taken in from quarantine")
LOST = Counter("shian_ingest_lost_total", "Messages that not even the quarantine could hold", ["reason"])
STATUSES_REFUSED = Counter("shian_ingest_statuses_refused_total", "Status messages not understood", ["reason"])
ALERTS = Counter("shian_ingest_alerts_total", "Alerts opened", ["rule"])
RECEIPTS = Counter("shian_ingest_receipts_total", "Receipts handed to the broker", ["outcome"])
RECONNECTS = Counter("shian_ingest_reconnects_total", "Connections lost or refused", ["peer"])
RETRIES = Counter("shian_ingest_retries_total", "Batches tried again", ["reason"])
RESTARTS = Counter("shian_ingest_restarts_total", "Crashes of a worker that the supervisor caught", ["worker"])
QUEUED = Gauge("shian_ingest_queued", "Messages received and not yet in a batch", ["lane"])
BATCH = Histogram("shian_ingest_batch_messages", "Messages in a batch", ["lane"], buckets=_ROWS)
COMMIT = Histogram(
    "shian_ingest_commit_seconds", "From the first statement of a batch to its commit", ["lane"], buckets=_SECONDS
)
