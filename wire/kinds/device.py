"""Device events: changes of the state of an analyzer or a camera."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from wire.kinds.envelope import Data, Envelope, Text
from wire.kinds.kind import Item, Kind


class DeviceV1(Data):
    """Event of a device. `clock_skew_s` is device minus edge. `adapter`: the family that reads it, `camera` for
    cameras, which tell of themselves by no result; empty: the results say."""

    state: Literal["online", "offline", "fault", "clock_skew"]
    reason: Annotated[str, Field(max_length=200)] = ""
    detail: Text = ""
    clock_skew_s: float | None = None
    adapter: Annotated[str, Field(max_length=64)] = ""


class DeviceEvent(Envelope):
    type: Literal["shian.device.v1"]
    data: DeviceV1


class DeviceItem(Item):
    kind: Literal["device"] = "device"
    station: str
    device: str
    state: str
    at: AwareDatetime


KIND = Kind("device", DeviceEvent, item=DeviceItem, is_urgent=False)
