"""What is foreseen of a body, within the limits that hold tick by tick.

Who takes trajectories follows the poses to come, and, from the last of them, a body that comes to
rest. So all of it is looked at with the pose itself; what is fine goes through unchanged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from remogen_ros.embodiment.easing import slerp, turned_at_most
from remogen_ros.embodiment.embodying import COASTING_PERIODS
from remogen_ros.embodiment.free_space import IN_THE_WAY, FreeSpace
from remogen_ros.embodiment.root_steps import TRUNK
from remogen_ros.embodiment.shown import FrameT, Shown
from remogen_ros.motion.skeleton import ADULT, PARENTS

Array = NDArray[np.floating]

_ROUNDING = 1e-6
"""Metres of a step beyond the longest that are none."""


def _chain(joints: list[int]) -> Iterator[int]:
    """The joints and all between them and the pelvis, parents first."""
    found = set(joints)
    for joint in joints:
        while (joint := PARENTS[joint]) > 0:
            found.add(joint)
    return iter(sorted(found - {0}))


_ON_THE_WAY = tuple(_chain(TRUNK))


def trunk_offsets(rotations: Array) -> Array:
    """Where the joints of `TRUNK` are from the root.

    Args:
        rotations: (K, 22, 4) parent-relative unit quaternions xyzw, row 0 the pelvis.

    Returns:
        (K, len(TRUNK), 3) metres, in the fixed frame.
    """
    count = len(rotations)
    turned = Rotation.from_quat(rotations[:, (0, *_ON_THE_WAY)].reshape(-1, 4))
    relative = turned.as_matrix().reshape(count, -1, 3, 3)
    turns, places = {0: relative[:, 0]}, {0: np.zeros((count, 3))}
    for row, joint in enumerate(_ON_THE_WAY, start=1):
        parent = PARENTS[joint]
        places[joint] = places[parent] + turns[parent] @ ADULT.offsets[joint]
        turns[joint] = turns[parent] @ relative[:, row]
    return np.stack([places[joint] for joint in TRUNK], axis=1)


def foreseen_within(
    frame: FrameT, before: Shown | None, space: FreeSpace, largest_turn: float
) -> FrameT:
    """The pose, and of those to come what breaks no limit.

    The root comes no further than up to the first person or thing that is in its way, and also
    comes to rest before it; a step that is too long is shorter, and a joint that turns too fast
    follows.

    Args:
        frame: about to be shown; only what is to come after it is changed.
        before: what was shown one tick before, if anything was.
        space: limits of the root's steps.
        largest_turn: of a joint from one tick to the next, radians.

    Returns:
        `frame` itself where nothing is wrong with it.
    """
    roots = np.concatenate((frame.root_position[None], frame.horizon_root_positions))
    turns = np.concatenate((frame.joint_rotations[None], frame.horizon_joint_rotations))
    steps = np.diff(roots.astype(np.float64), axis=0)
    last = steps[-1] if len(steps) else _last_step(frame, before)
    cosines = np.abs(np.einsum("kij,kij->ki", turns[:-1], turns[1:]))
    if (
        np.linalg.norm(steps, axis=-1).max(initial=0.0) <= space.longest + _ROUNDING
        and cosines.min(initial=1.0) >= np.cos(largest_turn / 2.0)
        and not space.hindered(
            np.concatenate((steps, COASTING_PERIODS * last[None])), _trunks(roots, turns)
        ).any()
    ):
        return frame
    within, changed = _walked(roots, steps, turns, space)
    turned, slowed = _turned(turns, largest_turn)
    stopped = _stopped(within, turned, before, space)
    if stopped is not None:
        within, turned = stopped
    elif not changed and not slowed:
        return frame
    return replace(
        frame,
        horizon_root_positions=within[1:].astype(np.float32),
        horizon_joint_rotations=turned[1:].astype(np.float32),
    )


def _last_step(frame: Shown, before: Shown | None) -> Array:
    if before is None:
        return np.zeros(3)
    return (frame.root_position - before.root_position).astype(np.float64)


def _trunks(roots: Array, turns: Array) -> Array:
    """(K + 1, N, 3) before each step in the pose after it, and once more at the end."""
    return roots[:, None] + trunk_offsets(turns)[[*range(1, len(turns)), -1]]


def _walked(roots: Array, steps: Array, turns: Array, space: FreeSpace) -> tuple[Array, bool]:
    """(K + 1, 3) roots as far as they may come, and whether that is less than was asked for."""
    offsets, within, changed = trunk_offsets(turns), roots.astype(np.float64), False
    for index, step in enumerate(steps):
        here = within[index]
        allowed, broken = space.allowed(step, here + offsets[index + 1])
        changed |= bool(broken)
        if any(limit in IN_THE_WAY for limit in broken):
            within[index + 1 :] = here
            break
        within[index + 1] = here + allowed
    return within, changed


def _turned(turns: Array, largest: float) -> tuple[Array, bool]:
    """(K + 1, 22, 4) joints as fast as they may turn, and whether any was faster."""
    within, slowed = turns, False
    for index in range(1, len(turns)):
        limited = turned_at_most(within[index - 1], within[index], largest)
        if limited is not None:
            within = within if slowed else np.array(turns)
            within[index], slowed = limited, True
    return within, slowed


def _stopped(
    roots: Array, turns: Array, before: Shown | None, space: FreeSpace
) -> tuple[Array, Array] | None:
    """Poses that end where the root stands, if it would come to rest beyond what is in its way."""
    if len(roots) > 1:
        last = roots[-1] - roots[-2]
    elif before is not None:
        last = roots[0] - before.root_position
    else:
        return None
    trunk = roots[-1] + trunk_offsets(turns[-1:])
    if not space.hindered(COASTING_PERIODS * last[None], trunk).any():
        return None
    if len(roots) > 1:
        return np.concatenate((roots[:-1], roots[-2:-1])), turns
    # Nothing is foreseen: joints go on as they did.
    onward = turns[0] if before is None else slerp(before.joint_rotations, turns[0], 2.0)
    return np.repeat(roots, 2, 0), np.stack((turns[0], onward))
