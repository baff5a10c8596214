"""The way of an alert to one subscriber, as one readable list:

    route -> (claimed by the worker) -> drop_... -> pause -> keep_hours -> inhibit -> silence -> group -> throttle
          -> send -> record

`route` (storage/routing.py) runs in the transaction that makes the alert, so that none exists without its deliveries.
Each stage below takes a job and gives it back; `decision` is a named reason why it is not sent, which `record` writes
down (table `routing_decision`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from server.database import Database
from server.delivery import pipeline, standing
from server.delivery.channel import Channel, Rate
from server.delivery.digest import group
from server.delivery.job import Stage
from server.delivery.links import Links
from server.delivery.texts.templates import Templates
from server.delivery.throttle import throttle
from server.settings import DeliverySettings
from server.working_days import WorkingDays


@dataclass(frozen=True, slots=True)
class Place:
    """The district as the stages know it. `public_url`: where people reach the page; empty: messages have no links."""

    public_url: str
    links: Links
    zone: ZoneInfo
    calendar: WorkingDays
    templates: Templates


def stages(
    db: Database,
    settings: DeliverySettings,
    channels: Mapping[str, Channel],
    rates: Mapping[str, Rate | None],
    place: Place,
) -> list[Stage]:
    """Return all stages in their order."""
    decisions = [
        standing.drop_disabled,
        standing.drop_ended,
        standing.drop_outside,
        standing.drop_exhausted(settings),
        standing.drop_over,
        standing.pause,
        standing.keep_hours(place.zone, place.calendar),
        standing.inhibit,
        standing.silence,
    ]
    return [
        *decisions,
        group(db, settings, decisions),
        throttle(db, rates, settings, decisions),
        pipeline.send(channels, place.public_url, place.links, place.templates),
        pipeline.record(db, settings),
    ]
