"""When segments are denoised, and what is done to them frame by frame."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, model_validator

from remogen_ros.diffusion.schedule import Schedule, cosine_schedule
from remogen_ros.networks.config import FUTURE_FRAMES, ModelConfig

FEWEST_STEPS = 4
"""Denoising steps below which a segment is not denoised anew: too few are worse than old news."""


class Plan(BaseModel):
    """How an engine streams; the defaults are the live system's, the others are for comparison."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ahead_from: int | None = Field(
        2,
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
    joined: bool = Field(True, description="ease from one segment into the next")
    footing: bool = Field(True, description="show standing feet standing")
    touching: bool = Field(True, description="show hands that would meet meeting")
    guidance: float | None = Field(None, ge=0, description="None for the bundle's")
    steps: int | None = Field(None, ge=1, description="denoising steps; None for the bundle's")
    noise: float | None = Field(
        None,
        ge=0,
        le=1,
        description="share of the noise put back after each denoising step; None for the bundle's",
    )
    replan_deviation: float | None = Field(
        None,
        gt=0,
        description="metres by which a partner is elsewhere than was assumed, from which the next "
        "segment is denoised anew at once; None never does. Takes one ego at a time",
    )
    replan_correction: float | None = Field(
        None,
        gt=0,
        description="the same for how much refinement changes a segment, in sizes of its latent",
    )

    @model_validator(mode="after")
    def _slides_from_the_newest(self) -> Plan:
        if self.slide and self.ahead_from is not None:
            raise ValueError("a plan that slides denoises nothing ahead: ahead_from must be None")
        if self.replans and self.ahead_from is None:
            raise ValueError("a plan that replans denoises ahead: ahead_from must be given")
        return self

    @property
    def replans(self) -> bool:
        """Whether partners may surprise."""
        return self.replan_deviation is not None or self.replan_correction is not None

    @property
    def ticks_ahead(self) -> int:
        """Ticks over which a segment is denoised."""
        return 1 if self.ahead_from is None else FUTURE_FRAMES - self.ahead_from

    def schedule(self, config: ModelConfig, most: int | None = None) -> Schedule:
        """The denoising steps for a model; at most so many, if that is said."""
        schedule = cosine_schedule(config.diffusion.steps)
        steps = min(self.steps or schedule.steps, most or schedule.steps)
        if steps != schedule.steps:
            schedule = schedule.respaced(steps)
        return schedule.quieter(config.diffusion.noise if self.noise is None else self.noise)

    def guidance_of(self, config: ModelConfig) -> float:
        """The guidance for a model."""
        return config.diffusion.guidance if self.guidance is None else self.guidance
