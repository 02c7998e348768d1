"""Putting a motion on the floor: its height, and toes that do not sink in when a heel rises."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from remogen_ros.motion.poses import Motion
from remogen_ros.motion.skeleton import (
    ADULT,
    ANKLE_HEIGHT,
    FOOT_HEIGHT,
    FOOT_JOINTS,
    JOINT_INDEX,
    PARENTS,
)

_STILL_SPEED = 0.25
"""Below this speed of ankle and ball a foot rests, m/s."""

_LOW_PERCENTILE = 10.0
"""Of resting feet: neither a raised foot held still nor a bad frame decides."""

_LEAST_RESTING = 0.05
"""Share of foot samples that must rest before they decide the height of the floor."""


Body = tuple[NDArray[np.float64], NDArray[np.float64]]
"""(T, 3) pelvis positions, metres, and (T, 22, 3, 3) orientations of every joint in the world."""


def stand_on_floor(
    bodies: Sequence[Body],
    times: NDArray[np.float64],
    floor: float | None = None,
    reach: float = 0.0,
) -> list[Motion]:
    """Motions whose bearing feet stand on z = 0: people of one recording on one and the same floor.

    Args:
        bodies: of each person, at any height.
        times: (T,) seconds.
        floor: height of the floor, metres, where the world tells it; people may then sit or lie
            on furniture throughout. Without it, resting feet tell.
        reach: by how much each person may still be moved up or down until its own resting feet
            stand on the floor, metres, because its shape or its height is not known exactly; feet
            that are farther away rest on something else.
    """
    if floor is None:
        motions = [_motion(roots, parent_relative(turns)) for roots, turns in bodies]
        floor = floor_height(motions, times)
    standing = []
    for roots, orientations in bodies:
        height = floor + _own_offset((roots, orientations), times, floor, reach)
        lowered = roots - [0.0, 0.0, height]
        lifted = _lift_toes(_motion(lowered, parent_relative(orientations)), orientations)
        standing.append(_motion(lowered, parent_relative(lifted)))
    return standing


def _own_offset(body: Body, times: NDArray[np.float64], floor: float, reach: float) -> float:
    """How far above the floor somebody's feet rest, if that is within reach, else 0."""
    if reach <= 0:
        return 0.0
    roots, orientations = body
    above = floor_height([_motion(roots, parent_relative(orientations))], times) - floor
    return above if abs(above) <= reach else 0.0


def floor_height(motions: Sequence[Motion], times: NDArray[np.float64]) -> float:
    """Height of the floor under a whole recording, metres.

    Only feet that rest as a whole count (a jump is not pulled down, a foot rolling off its toes
    does not push up), and of these a low percentile. A recording in which feet hardly ever rest
    counts its lowest foot points instead.
    """
    heights, resting = [], []
    for motion in motions:
        points = motion.joints()[:, list(FOOT_JOINTS)].numpy()
        above = points[..., 2] - np.array([ANKLE_HEIGHT, FOOT_HEIGHT] * 2)
        lowest = above.reshape(-1, 2, 2).min(-1)
        heights.append(lowest)
        if len(points) > 1:
            speeds = np.linalg.norm(np.gradient(points, times, axis=0), axis=-1)
            resting.append(lowest[speeds.reshape(-1, 2, 2).max(-1) < _STILL_SPEED])
    feet = np.concatenate(heights)
    still = np.concatenate([np.zeros(0), *resting])
    if still.size >= max(1, _LEAST_RESTING * feet.size):
        return float(np.percentile(still, _LOW_PERCENTILE))
    return float(np.percentile(feet.min(1), _LOW_PERCENTILE))


def parent_relative(orientations: NDArray[np.float64]) -> NDArray[np.float64]:
    """World orientations (T, 22, 3, 3) -> parent-relative; the root keeps its own."""
    above = orientations[:, list(PARENTS[1:])]
    return np.concatenate(
        (orientations[:, :1], above.swapaxes(-1, -2) @ orientations[:, 1:]), axis=1
    )


def _motion(roots: NDArray[np.float64], relative: NDArray[np.float64]) -> Motion:
    return Motion(torch.from_numpy(roots).float(), torch.from_numpy(relative).float())


def _lift_toes(motion: Motion, orientations: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pitch each foot up at the ankle as far as keeps the ball of the foot off the floor.

    Feet differ in length between bodies, so the ball would sink in when the heel rises. Ankles,
    and with them the legs, stay where they are.
    """
    joints = motion.joints().numpy().astype(np.float64)
    lifted = orientations.copy()
    for side in ("left", "right"):
        ankle, ball = JOINT_INDEX[f"{side}_ankle"], JOINT_INDEX[f"{side}_foot"]
        length = float(ADULT.bone_lengths[ball])
        direction = (joints[:, ball] - joints[:, ankle]) / length
        least = np.clip((FOOT_HEIGHT - joints[:, ankle, 2]) / length, -1.0, 1.0)
        slope = np.clip(direction[:, 2], -1.0, 1.0)
        angle = np.maximum(np.arcsin(least) - np.arcsin(slope), 0.0)
        # A foot that already points straight down has no horizontal axis to turn about.
        axis = np.stack((direction[:, 1], -direction[:, 0], np.zeros(len(direction))), axis=-1)
        axis /= np.linalg.norm(axis, axis=-1, keepdims=True).clip(1e-6)
        turn = Rotation.from_rotvec(axis * angle[:, None]).as_matrix()
        lifted[:, ankle] = turn @ orientations[:, ankle]
    return lifted
