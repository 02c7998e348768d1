"""When segments are denoised, and what is done to them frame by frame."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, model_validator

from remogen_ros.networks.config import FUTURE_FRAMES


class Plan(BaseModel):
    """How an engine streams; the defaults are the live system's, the others are for comparison."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ahead_from: int | None = Field(
        3,
        ge=0,
        lt=FUTURE_FRAMES,
        description="frame of a segment from which the next one is denoised, some steps a tick; "
        "None denoises all at once when it is due, from the newest of everything (the paper)",
    )
    refine: bool = Field(True, description="Frame-wise Segment Refinement, if an adapter is mixed")
    slide: bool = Field(
        False,
        description="denoise anew at each frame and show only the first; nothing is done ahead",
    )
    footing: bool = Field(True, description="show standing feet standing")
    touching: bool = Field(True, description="show hands that would meet meeting")
    guidance: float | None = Field(None, ge=0, description="None for the bundle's")

    @model_validator(mode="after")
    def _slides_from_the_newest(self) -> Plan:
        if self.slide and self.ahead_from is not None:
            raise ValueError("a plan that slides denoises nothing ahead: ahead_from must be None")
        return self
