"""The keys of this family in a profile's `[settings]`."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from pydantic import Field

from firmware_adapters.asking import PollingSettings
from firmware_adapters.clocks import Coding
from firmware_adapters.profile import ItemMap


class Layout(StrEnum):
    """The order of the nine bytes before the channels."""

    COUNT_8 = "count-8"
    COUNT = "count"
    MASK = "mask"
    AUTO = "auto"


class Pair(StrEnum):
    """Meaning of the two floats of a channel."""

    ABSORBANCE_VALUE = "absorbance-value"
    CONTROL_SAMPLE = "control-sample"


class Settings(PollingSettings):
    """The model decides all of these; nothing here is guessed from values, except where `auto` says so."""

    poll_s: float = Field(default=60.0, gt=0)
    gap_s: float = Field(default=0.5, gt=0, description="a tester that streams is never this long quiet")
    layout: Layout = Layout.AUTO
    clock: Coding = Coding.AUTO
    channels: Literal[8, 16, 24, 32] = Field(default=32, description="how many the tester has, at most")
    first_group: Literal[0, 1] | None = Field(
        default=None, description="layout mask: the number of the group of channels 1 to 8; by its form where not given"
    )
    first_bit: Literal["auto", "low", "high"] = Field(
        default="auto",
        description="layout mask: the end of it that is the first channel; auto: by the wells that hold numbers",
    )
    pair: Pair = Pair.ABSORBANCE_VALUE
    pair_of_type: Mapping[str, Pair] = Field(default={}, description="by the type byte in hex, where it decides")
    item: ItemMap | None = Field(default=None, description="what is tested for where [items] has no entry for the type")
    model_code: str = Field(default="", pattern=r"^([0-9A-F]{2})?$", description="what the tester answers to hello")
    asks_next: bool = Field(default=True, description="24 asks for the next group; false for a tester that streams")

    @property
    def own_layout(self) -> Layout | None:
        """Return the layout that the profile gives, or that of eight channels; None: the group must tell it."""
        if self.layout is not Layout.AUTO:
            return self.layout
        return Layout.COUNT_8 if self.channels == 8 else None

    @property
    def is_any_model(self) -> bool:
        """Return True when neither the layout nor the channels say which model it is."""
        return self.layout is Layout.AUTO and "channels" not in self.model_fields_set
