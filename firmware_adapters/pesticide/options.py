"""The family's own settings in a profile: `[options]`."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from firmware_adapters.profile import Profile


class Options(BaseModel):
    """Options of asking a model. Times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dialect: Literal["lz-4000t", "tl-310"]
    poll_s: float = Field(default=10.0, gt=0, description="from the end of one round of requests to the next")
    reply_s: float = Field(default=2.0, gt=0, description="silence after which a request is given up")
    gap_s: float = Field(default=0.1, ge=0, description="quiet on the line between an answer and the next request")
    frame_s: float = Field(default=1.0, gt=0, description="silence after which the rest of a frame will not come")
    backoff_s: float = Field(default=30.0, gt=0, description="the longest wait for a tester that does not answer")
    repeats: int = Field(default=3, ge=1, description="how often an answer that broke off is asked for")
    first_days: int = Field(default=30, ge=0, le=366, description="LZ-4000T: days before today asked at first contact")
    recheck_s: float = Field(
        default=3600.0, gt=0, description="LZ-4000T: how often a week is asked for again: its clock may be behind"
    )


def read_options(profile: Profile) -> Options:
    """Return the options of a profile. Raises ProfileError."""
    return profile.options_as(Options)
