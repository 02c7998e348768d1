"""The parameters by which partners are told apart, chosen and believed."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

NAMED = "id:"
"""Beginning of the policy that names a body."""


def policy_problem(policy: str) -> str:
    """Why partners cannot be chosen so; empty if they can."""
    named = policy.startswith(NAMED) and policy != NAMED
    known = named or policy in ("nearest", "locked", "all")
    return "" if known else "must be nearest, locked, all or id:<x>"


class PartnerConfig(BaseModel):
    """How partners are chosen and for how long they are believed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    policy: str = Field(
        "nearest",
        description="Whom the ego reacts to: nearest; locked onto the first until lost; id:<x>, "
        "the body that the tracker calls x and whatever ids it gets later; all",
    )
    switch_margin_m: float = Field(
        0.5,
        ge=0.0,
        le=10.0,
        allow_inf_nan=False,
        description="nearest changes partner only for one that is nearer by this much, metres",
    )
    fresh_s: float = Field(
        0.25,
        ge=0.0,
        le=10.0,
        allow_inf_nan=False,
        description="A partner seen within this time is tracked, later held, seconds",
    )
    hold_s: float = Field(
        0.5,
        ge=0.0,
        le=10.0,
        allow_inf_nan=False,
        description="How long the last position of a joint is carried forward, and how long a "
        "tracker must have lost a person before another tracker's word is taken, seconds",
    )
    extrapolate_s: float = Field(
        0.0,
        ge=0.0,
        le=0.3,
        allow_inf_nan=False,
        description="For how long after the newest observation a body goes on over the floor as "
        "its trunk did, which makes up for the tracker's latency, seconds; 0 is off",
    )
    bridge_s: float = Field(
        0.5,
        ge=0.0,
        le=10.0,
        allow_inf_nan=False,
        description="Gaps between two observations up to this long are interpolated, seconds",
    )
    lost_after_s: float = Field(
        1.0,
        ge=0.0,
        le=60.0,
        allow_inf_nan=False,
        description="A partner not seen for this long is lost, seconds; not less than fresh_s",
    )
    reassociate_s: float = Field(
        1.2,
        ge=0.0,
        le=60.0,
        allow_inf_nan=False,
        description="For this long after an id vanished, a new id at its place is the same person, "
        "if the limbs fit, seconds",
    )
    reassociate_m: float = Field(
        0.5,
        ge=0.0,
        le=5.0,
        allow_inf_nan=False,
        description="How near that place is, at once; and how near each other two trackers see one "
        "and the same person, metres",
    )
    walking_speed: float = Field(
        1.2,
        ge=0.0,
        le=10.0,
        allow_inf_nan=False,
        description="Speed by which that place grows while the id is away, m/s",
    )
    steady_limbs: bool = Field(
        True,
        description="Limbs keep the lengths that were estimated for the person, however the "
        "tracker's joints jitter",
    )
    min_confidence: float = Field(
        0.05,
        ge=0.0,
        le=1.0,
        allow_inf_nan=False,
        description="Joints below it count as not observed",
    )
    jump_s: float = Field(
        1.0,
        ge=0.1,
        le=60.0,
        allow_inf_nan=False,
        description="A stamp that is older than the newest by more than this is a jump in time, "
        "seconds",
    )

    @field_validator("policy")
    @classmethod
    def _known_policy(cls, policy: str) -> str:
        if problem := policy_problem(policy):
            raise ValueError(problem)
        return policy

    @field_validator("lost_after_s")
    @classmethod
    def _after_fresh(cls, lost_after_s: float, info: ValidationInfo) -> float:
        fresh_s = info.data.get("fresh_s", 0.0)
        if lost_after_s < fresh_s:
            raise ValueError(f"must not be less than partner.fresh_s, which is {fresh_s:g}")
        return lost_after_s
