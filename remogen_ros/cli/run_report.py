"""What a run of the demo amounts to, as JSON and as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from remogen_ros.cli.measured import machine, percentiles, versions
from remogen_ros.embodiment.colours import EGO, PARTNER
from remogen_ros.errors import UserError
from remogen_ros.nodes.monitor import Monitor, RobotPose
from remogen_ros.nodes.topics import AZURE_KINECT, CLOUD, NATIVE
from remogen_ros.rendering.picture import save_picture
from remogen_ros.rendering.scene import Body, Scene, Surface


def report(
    monitor: Monitor, model: Path, mix: str, memory: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The numbers of a run.

    Args:
        monitor: what was received.
        memory: of the node, as `MemoryLog.report` has it.
        model: folder of the model.
        mix: name of the mix that was asked for; the weights are in `weights`.
    """
    received = {topic: int(monitor.status.get(f"received.{topic}", 0)) for topic in
                (AZURE_KINECT, NATIVE, CLOUD)}  # fmt: skip
    guarded = {
        key.removeprefix("guard."): int(count)
        for key, count in monitor.status.items()
        if key.startswith("guard.")
    }
    simulated = _simulated(monitor.simulation) if monitor.simulation else {}
    return {
        "frames": len(monitor.stamps_ns),
        "duration_s": round(_span_s(monitor.stamps_ns), 3),
        "rate_hz": round(rate_hz(monitor.stamps_ns), 3),
        "tick_ms": percentiles(monitor.tick_ms, (50, 95, 99)),
        "tick_processor_ms": _last_minute(monitor.status, "tick_processor_ms"),
        **_misses(monitor.status),
        "partner_messages": received[AZURE_KINECT] + received[NATIVE],
        "cloud_messages": received[CLOUD],
        "dropped": {
            key.removeprefix("dropped."): int(count)
            for key, count in monitor.status.items()
            if key.startswith("dropped.")
        },
        "input_age_ms": percentiles(monitor.input_age_ms, (50, 95)),
        "reaction_age_ms": percentiles(monitor.reaction_age_ms, (50, 95)),
        # A robot that begins where it is was not kept from anything.
        "guard_interventions": sum(guarded.values()) - guarded.get("soft_start", 0),
        "guard": guarded,
        "clip_ratio": round(float(np.mean(monitor.clip_ratio)), 4) if monitor.clip_ratio else 0.0,
        "memory_mb": memory,
        **simulated,
        "mix": mix,
        "weights": {name: round(weight, 3) for name, weight in monitor.mix.items()},
        "model": {"name": model.name, "sha256": monitor.status.get("model_sha256", "")},
        "machine": machine(),
        "versions": versions(),
    }


def _last_minute(status: dict[str, str], name: str) -> dict[str, float]:
    """Percentiles that the node's diagnostics have of its last minute; none without any."""
    start = f"{name}."
    return {
        key.removeprefix(start): float(value)
        for key, value in status.items()
        if key.startswith(start)
    }


def _misses(status: dict[str, str]) -> dict[str, Any]:
    """Ticks that gave no reaction: those for which the machine stalled are not the engine's."""
    missed, by_stalls = (int(status.get(key, 0)) for key in ("missed_ticks", "missed_by_stalls"))
    return {
        "missed_ticks": missed,
        "missed_by_stalls": by_stalls,
        "missed_by_engine": missed - by_stalls,
        "stalls": int(status.get("stalls", 0)),
        "longest_stall_ms": float(status.get("longest_stall_ms", 0.0)),
    }


def _simulated(status: dict[str, str]) -> dict[str, Any]:
    """How true the simulated robot was, from the diagnostics of the simulator."""

    def value(key: str) -> float | None:
        return round(float(status[key]), 5) if key in status else None

    return {
        "tracking_error_rad": {p: value(f"tracking_error_rad.{p}") for p in ("p50", "p95")},
        "limit_violations": int(float(status.get("limit_violations", 0))),
        "velocity_violations": int(float(status.get("velocity_violations", 0))),
        "velocity_share": value("velocity_share"),
        "foot_skate_m_s": value("foot_skate_m_s"),
        "physics": {"step_us": value("step_us"), "skipped_s": value("skipped_s")},
    }


def rate_hz(stamps_ns: list[int]) -> float:
    """Mean rate over stamps, without the places where time went back; 0 for less than two."""
    steps = np.diff(np.array(stamps_ns, np.int64)) / 1e9
    forward = steps[steps > 0]
    return float(len(forward) / forward.sum()) if len(forward) else 0.0


def save_snapshot(monitor: Monitor, path: Path, caption: str, robot: str | None = None) -> None:
    """Draw the newest moment in which a partner was seen, or else the newest of all.

    Args:
        robot: that was simulated, and is drawn in the place of the avatar.

    Raises:
        UserError: nothing was received that could be drawn.
    """
    moment = monitor.moment_with_partner or monitor.moment
    if moment is None:
        raise UserError("There is no snapshot: the node published no markers.")
    bodies = [Body(joints, PARTNER, "partner") for joints in moment.partners.values()]
    if robot is None or moment.robot is None:
        bodies.append(Body(moment.ego, EGO, "avatar"))
    else:
        bodies.append(Body(moment.ego, EGO, robot, _surface(robot, moment.robot)))
    save_picture(Scene(bodies=bodies, voxels=moment.voxels), path, caption=caption)


def _surface(robot: str, pose: RobotPose) -> Surface:
    # Only here, so that who has no robot needs none of what it needs.
    from remogen_ros.embodiment.robot_model import RobotModel
    from remogen_ros.simulation.surface import robot_surface

    model = RobotModel.load(robot, meshes=True)
    place = pose.root_position, pose.root_rotation
    return Surface(*robot_surface(model, pose.joints, *place, EGO))


def _span_s(stamps_ns: list[int]) -> float:
    steps = np.diff(np.array(stamps_ns, np.int64))
    return float(steps[steps > 0].sum() / 1e9)
