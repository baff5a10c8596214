"""Origin of the rows of each table. Whatever is DERIVED is made again by `shian rebuild`, also after its table was
dropped; a test empties every such table and compares. A table that is named nowhere here fails another test.
"""

from collections.abc import Mapping
from enum import StrEnum

from storage.kinds import WITH_ROWS


class Origin(StrEnum):
    """Origin of the rows of a table."""

    LEDGER = "ledger"  # what came in, and the bookkeeping of it: what it folds into, how far it is whole
    DERIVED = "derived"  # follows from the ledger
    MOMENT = "moment"  # what holds just now, and is said or found anew by itself
    PEOPLE = "people"  # what people, or the centre in their name, did or entered; the deeds tell of it
    WORK = "work"  # queues, caches and turns of a process, which fills them itself


# In the order in which a rebuild makes them: each out of those before it.
DERIVED = (
    *(typed.table.name for typed in WITH_ROWS.values()),
    *("device", "state_change", "event_media", "camera_trouble"),
    *("sample_now", "link_now"),
    *("daily_result", "daily_sample", "daily_station"),
    *("probe", "reading_series"),
)
_OTHERS: Mapping[Origin, str] = {
    Origin.LEDGER: """
        event stream stream_break folded disputed claim recorded_again accounted given_up not_understood quarantine
        station_key media district_zone migration retired rebuilding anchor centre
        """,
    Origin.MOMENT: "station_status ingest_worker watch budget place_size alert_rule_fault",
    Origin.PEOPLE: """
        account account_role api_token session one_time four_eyes proposal voided station station_certificate
        enrolment_code enrolment_place area analyte_limit analyte_limit_history reading_limit food business operator
        sampling_task district_change alert alert_step alert_rule alert_rule_history alert_attachment watch_past
        rule_threshold device_title camera_group camera_layout camera_review
        subscription report_mail silence drill duty_note duty_override duty_rota duty_shift escalation
        link_key link_use audit anchor_place routing_decision delivery delivery_attempt
        """,
    Origin.WORK: "feed open_view report_day report_part report_stall station_document turn",
}
ORIGINS: Mapping[str, Origin] = {
    **dict.fromkeys(DERIVED, Origin.DERIVED),
    **{name: origin for origin, names in _OTHERS.items() for name in names.split()},
}
