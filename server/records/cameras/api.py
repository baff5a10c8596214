"""Cameras: what they saw and how people judge it, their health, their sets on the wall, their zones and masks."""

from fastapi import APIRouter

from server.records.cameras import events, groups, health, layouts, reviews
from server.records.cameras.events import CAMERA_EVENTS
from server.records.cameras.groups import CAMERA_GROUPS
from server.records.cameras.health import CAMERA_HEALTH
from server.records.cameras.layouts import CAMERA_LAYOUTS

__all__ = ["CAMERA_EVENTS", "CAMERA_GROUPS", "CAMERA_HEALTH", "CAMERA_LAYOUTS", "router"]

router = APIRouter(tags=["cameras"])
for part in (reviews, events, groups, health, layouts):
    router.include_router(part.router)
