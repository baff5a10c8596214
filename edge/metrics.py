"""The metrics of an agent, for Prometheus. One object an agent, with a registry of its own: two in one test do not
clash."""

from prometheus_client import CollectorRegistry, Counter, Gauge


class Metrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"shian_edge_{name}", text, labels, registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"shian_edge_{name}", text, labels, registry=registry)

        self.bytes_read = counter("read_bytes", "bytes from the device", "device")
        self.frames = counter("frames", "whole frames that passed their check", "device")
        self.recorded = counter("results_recorded", "results and continuous values written to the spool", "device")
        self.thinned = counter("readings_thinned", "samples of continuous values that hardly differed", "device")
        self.failed = counter("failed_tests", "recorded results of samples that failed", "device")
        self.duplicates = counter("results_repeated", "results that were recorded before", "device")
        self.possible_repeats = counter("results_repeated_perhaps", "recorded results that may be repeats", "device")
        self.reread = counter("results_reread", "results of a device's memory that were asked for again", "device")
        self.unrecorded = counter("results_unrecorded", "results dropped because the agent stopped on a full disk")
        self.dead_letters = counter("dead_letters", "bytes that did not decode", "device", "reason")
        self.dead_dropped = gauge("dead_letters_dropped", "dead letters that had to go because there were too many")
        self.online = gauge("device_online", "1 while the link is open", "device")
        self.waiting = gauge("events_waiting", "events in the spool without a receipt")
        self.refused = gauge("events_refused", "events that the centre refused, kept in the spool")
        self.full = gauge("spool_full", "1 while nothing can be recorded")
        self.full_refusals = counter("spool_full_refusals", "batches that found no room (each try)")
        self.sent = counter("events_sent", "events published, re-sends included")
        self.receipted = counter("events_receipted", "events done by a receipt")
        self.receipts = counter("receipts", "receipts by what they were", "kind")
        self.urgent = counter("urgent_events", "events sent by the urgent leaf, and what closed it", "outcome")
        self.streams_given_up = counter("streams_given_up", "streams that were not what the centre has", "cause")
        self.resent = counter("events_resent", "events sent again because no receipt came")
        self.fed_again = counter("events_fed_again", "events with a receipt that the centre lacked: they wait again")
        self.damaged = counter("events_damaged", "events that the disk has changed: never sent, accounted for")
        self.puback_refused = counter("pubacks_refused", "publishes that the broker refused", "reason")
        self.reconnects = counter("reconnects", "connections to the broker that ended or failed", "reason")
        self.connected = gauge("connected", "1 while connected to the broker")
        self.window = gauge("send_window", "how many events may be without a receipt at once")
        self.bell_failures = counter("bell_failures", "commands of the lamp that did not do their work")
        self.restarts = counter("worker_restarts", "workers that crashed", "worker")
        self.camera_online = gauge("camera_online", "1 while frames come", "camera")
        self.camera_frames = counter("camera_frames", "frames that were decoded", "camera")
        self.camera_analysed = counter("camera_frames_analysed", "frames that were looked at", "camera")
        self.camera_dropped = counter("camera_frames_dropped", "frames that were due and came too fast", "camera")
        self.camera_decode_errors = counter("camera_decode_errors", "packets and frames that were damaged", "camera")
        self.camera_set_aside = counter(
            "camera_frames_set_aside", "frames after a damaged one, until the next key frame", "camera"
        )
        self.camera_reconnects = counter(
            "camera_reconnects", "streams that were lost or not opened", "camera", "reason"
        )
        self.camera_events = counter("camera_events", "camera events recorded", "camera", "kind", "phase")
        self.camera_unrecorded = counter("camera_events_unrecorded", "camera events without room on the disk", "camera")
        self.camera_evidence = counter("camera_evidence", "snapshots and clips that were kept", "camera", "kind")
        self.camera_evidence_failed = counter(
            "camera_evidence_failed", "snapshots and clips that could not be made or kept", "camera", "reason"
        )
