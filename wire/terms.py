"""The words that every part of Shian shares. Only the standard library: adapters may use this module alone."""

from enum import StrEnum


class Verdict(StrEnum):
    """Verdict of a test about a sample. Never a bool: a test that could not be read is neither good nor bad."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    SUSPECT = "suspect"
    INVALID = "invalid"
    UNDETERMINED = "undetermined"


class Role(StrEnum):
    """Role of the liquid in the well. Only a `sample` can pass or fail; the others belong to the run."""

    SAMPLE = "sample"
    CONTROL = "control"
    BLANK = "blank"


class Origin(StrEnum):
    """Origin of a result: the way in which it came into being."""

    INSTRUMENT = "instrument"
    TYPED = "typed"
    IMPORTED = "imported"


class SampleWay(StrEnum):
    """Way in which a sample came to the station: it was taken (`sampling`), or somebody brought it (`send_in`)."""

    SAMPLING = "sampling"
    SEND_IN = "send_in"


class LinkRule(StrEnum):
    """Rule by which a result found its sample: the sample's code or number in the record, the layout of the run, the
    one sample that waited for this item; or a person said so."""

    CODE = "code"
    NUMBER = "number"
    LAYOUT = "layout"
    ONLY_ONE = "only_one"
    PERSON = "person"


class HandlingStep(StrEnum):
    """Step that somebody at the station took about a failed test: saw it, began a second test on the same sample, held
    the lot, gave the result to the vendor, took down his objection, saw that his time for one is over."""

    SEEN = "seen"
    RETEST = "retest"
    HELD = "held"
    HANDED_OVER = "handed_over"
    OBJECTED = "objected"
    OBJECTION_OVER = "objection_over"


class RecordKind(StrEnum):
    """Kind of a device's own record number: how far it names a test. `running`: counted on for the life of the device;
    `daily`: begins anew each day (or with the power); `in_message`: the place within one transfer, no name at all."""

    RUNNING = "running"
    DAILY = "daily"
    IN_MESSAGE = "in_message"
    NONE = "none"


class TimeSource(StrEnum):
    """Source of a record's time. Only the `test`'s own names a test: an `order` may be run twice, and a `message` is
    sent again with another time. `day`: the test's date without a time of day."""

    TEST = "test"
    DAY = "day"
    ORDER = "order"
    MESSAGE = "message"
    NONE = "none"


class Comparison(StrEnum):
    """A limit is violated when `value <comparison> limit` holds. Some limits are 0 and some are `>=`."""

    ABOVE = ">"
    AT_LEAST = ">="
    BELOW = "<"
    AT_MOST = "<="


class Lane(StrEnum):
    """Lane of the uplink: the queue that an event takes. After an outage `urgent` goes first, then `normal` in
    order."""

    URGENT = "urgent"
    NORMAL = "normal"


class Severity(StrEnum):
    """Severity of an alert."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class AlertState(StrEnum):
    """The life of an alert, in this order. wire/life.py says which step leads where."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    CLOSED = "closed"


class AlertAction(StrEnum):
    """Action of a step of an alert. Those of wire/life.py change its state, the others do not."""

    OPENED = "opened"
    JOINED = "joined"
    ACKNOWLEDGED = "acknowledged"
    STARTED = "started"
    RESOLVED = "resolved"
    CLOSED = "closed"
    REOPENED = "reopened"
    LAPSED = "lapsed"
    UNDONE = "undone"
    COMMENTED = "commented"
    ATTACHED = "attached"
    LINKED = "linked"
    HANDLED = "handled"
    RESULT_VOIDED = "result_voided"
    DELIVERY_FAILED = "delivery_failed"
    ESCALATED = "escalated"


class Measure(StrEnum):
    """Measure that was taken when an alert is resolved."""

    OFF_SHELF = "off_shelf"
    HELD = "held"
    DESTROYED = "destroyed"
    TO_LABORATORY = "to_laboratory"
    FALSE_ALARM = "false_alarm"
    OTHER = "other"


class ActorKind(StrEnum):
    """Kind of whoever did something: a person with an account, a program with a token, somebody at the command line of
    the centre, or the system by itself."""

    PERSON = "person"
    PROGRAM = "program"
    COMMAND = "command"
    SYSTEM = "system"


class ProbeState(StrEnum):
    """State of a probe. `failing`: it answers without a value. `silent`: nothing comes."""

    OK = "ok"
    FAILING = "failing"
    SILENT = "silent"
    OUT_OF_RANGE = "out_of_range"


class Rule(StrEnum):
    """Rule that raises an alert. The first are judged from events, the next from a station's status, the last by the
    server of the centre itself."""

    FAILED_TEST = "failed_test"
    VERDICTS_DISAGREE = "verdicts_disagree"
    STREAM_GAP = "stream_gap"
    STREAM_BROKEN = "stream_broken"
    STREAM_FORKED = "stream_forked"
    STREAM_REPLAYED = "stream_replayed"
    STREAM_REPLACED = "stream_replaced"
    CAMERA_UNTRUSTED = "camera_untrusted"
    CAMERA_FINDING = "camera_finding"
    STATION_CLOCK = "station_clock"
    SPOOL_OLDER_COPY = "spool_older_copy"
    TWO_BOXES = "two_boxes"
    SPOOL_DAMAGED = "spool_damaged"
    CENTRE_BEHIND = "centre_behind"
    OVER_BUDGET = "over_budget"
    NOT_UNDERSTOOD = "not_understood"
    OUT_OF_RANGE = "out_of_range"
    PROBE_LOST = "probe_lost"
    MEDIA_LOST = "media_lost"
    RULE_BROKEN = "rule_broken"

    STATION_OFFLINE = "station_offline"
    STATION_WAITING = "station_waiting"
    STATION_FULL = "station_full"
    EVENTS_REFUSED = "events_refused"
    CERTIFICATE_ENDS = "certificate_ends"
    DEAD_LETTERS = "dead_letters"
    REPEATS = "repeats"
    DEVICE_OFFLINE = "device_offline"
    DEVICE_SILENT = "device_silent"

    INGEST_SILENT = "ingest_silent"
    BROKER_AWAY = "broker_away"
    FILLING_UP = "filling_up"
    CENTRE_FULL = "centre_full"
    ANCHOR_MISSING = "anchor_missing"
    ANCHOR_NOT_KEPT = "anchor_not_kept"

    DRILL = "drill"
    NOBODY_REACHED = "nobody_reached"
    DUTY_UNREACHABLE = "duty_unreachable"
    SUBSCRIBER_ENDED = "subscriber_ended"
