"""What the guard allows, as parameters."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class GuardConfig(BaseModel):
    """Limits of what is published, whatever was generated."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_root_speed: float = Field(
        4.0, ge=0.1, le=20.0, allow_inf_nan=False, description="Fastest root, m/s"
    )
    max_joint_speed: float = Field(
        25.0,
        ge=1.0,
        le=30.0,
        allow_inf_nan=False,
        description="Fastest turn of the root and of each joint of the ego, rad/s; a robot's own "
        "limits come on top",
    )
    min_partner_distance: float = Field(
        0.3,
        ge=0.0,
        le=3.0,
        allow_inf_nan=False,
        description="Metres over the floor, pelvis to pelvis, up to which the ego may approach "
        "anybody who is tracked; 0 is off",
    )
    avoid_occupied: bool = Field(
        True, description="Take no step that leads the trunk into an occupied cell of the map"
    )
    clearance: float = Field(
        0.05,
        ge=0.0,
        le=1.0,
        allow_inf_nan=False,
        description="Metres ahead of a step that have to be free of occupied cells, too",
    )
    ease_s: float = Field(
        0.5,
        ge=0.1,
        le=10.0,
        allow_inf_nan=False,
        description="Seconds in which motion comes back after the body was held",
    )
    return_speed: float = Field(
        0.5,
        ge=0.05,
        le=5.0,
        allow_inf_nan=False,
        description="Speed at which a body that was kept off its way comes back to it, m/s",
    )
    hold_when_lost: bool = Field(
        False,
        description="Hold the body from when a partner is lost (partner.lost_after_s) until one is "
        "seen again; else the ego idles",
    )
    stop_after_s: float = Field(
        10.0,
        ge=0.0,
        le=3600.0,
        allow_inf_nan=False,
        description="Hold the body, until somebody is seen, once it has had nothing to do for so "
        "long: nobody to react to (lost, or never seen since it was activated), no intent, and no "
        "goal that it has not reached; seconds, 0 is never",
    )
    cloud_timeout_s: float = Field(
        2.0,
        ge=0.0,
        le=3600.0,
        allow_inf_nan=False,
        description="Hold the body while the newest point cloud in the map is older than this, "
        "seconds; nothing is held before the first cloud; 0 is never",
    )
    start_topic: str = Field(
        "",
        description="sensor_msgs/JointState topic of the robot's measured joints: the first pose "
        "waits until each of them is measured, and motion begins from there; empty: begin at "
        "once, wherever the ego is (not for a real robot)",
    )
    start_s: float = Field(
        2.0,
        ge=0.1,
        le=60.0,
        allow_inf_nan=False,
        description="Seconds from the measured joints to the ego's, at least",
    )
