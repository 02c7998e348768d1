"""Forward kinematics of the 22-joint body, batched, one matrix product per level of the tree."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from remogen_ros.motion.skeleton import ADULT, JOINT_COUNT, PARENTS, Skeleton


def _levels() -> tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]:
    """Joints and their parents, grouped by distance from the pelvis."""
    depth = [0] * JOINT_COUNT
    for joint, parent in enumerate(PARENTS[1:], start=1):
        depth[joint] = depth[parent] + 1
    levels = []
    for level in range(1, max(depth) + 1):
        joints = tuple(j for j in range(JOINT_COUNT) if depth[j] == level)
        levels.append((joints, tuple(PARENTS[j] for j in joints)))
    return tuple(levels)


_LEVELS = _levels()
_ORDER: tuple[int, ...] = (0, *(joint for joints, _ in _LEVELS for joint in joints))
_INVERSE_ORDER: tuple[int, ...] = tuple(int(i) for i in np.argsort(_ORDER))


@cache
def joint_index(joints: tuple[int, ...], device: torch.device) -> Tensor:
    """Joints as an index that is on the device already, made once."""
    return torch.tensor(joints, device=device)


@cache
def _offsets(offsets: bytes, device: torch.device, dtype: torch.dtype) -> Tensor:
    rows = np.frombuffer(offsets, np.float32).reshape(JOINT_COUNT, 3)
    return torch.tensor(rows, device=device, dtype=dtype)


def skeleton_offsets(skeleton: Skeleton, like: Tensor) -> Tensor:
    """(22, 3) bone offsets on the device and of the type of `like`, made once."""
    return _offsets(skeleton.offsets.tobytes(), like.device, like.dtype)


def global_rotations(rotations: Tensor) -> Tensor:
    """Parent-relative (..., 22, 3, 3) -> rotations in the frame of the root (..., 22, 3, 3)."""
    by_level = [rotations[..., :1, :, :]]
    position = {0: 0}
    parents = by_level[0]
    order = [0]
    for joints, joint_parents in _LEVELS:
        places = tuple(position[p] for p in joint_parents)
        local = rotations.index_select(-3, joint_index(joints, rotations.device))
        parents = parents.index_select(-3, joint_index(places, rotations.device)) @ local
        by_level.append(parents)
        position = {joint: place for place, joint in enumerate(joints)}
        order.extend(joints)
    stacked = torch.cat(by_level, dim=-3)
    return stacked.index_select(-3, joint_index(_INVERSE_ORDER, rotations.device))


def forward_kinematics(
    rotations: Tensor, root_positions: Tensor, skeleton: Skeleton = ADULT
) -> Tensor:
    """Joint positions of posed bodies.

    Args:
        rotations: (..., 22, 3, 3), parent-relative; row 0 is the root orientation.
        root_positions: (..., 3) pelvis position, metres.
        skeleton: whose bone offsets to use.

    Returns:
        (..., 22, 3) metres, in the frame of the root position.
    """
    oriented = global_rotations(rotations)
    parents = joint_index(PARENTS[1:], rotations.device)
    offsets = skeleton_offsets(skeleton, rotations)[1:]
    bones = (oriented.index_select(-3, parents) @ offsets[..., None])[..., 0]
    placed = [root_positions[..., None, :]]
    position = {0: 0}
    level_positions = placed[0]
    for joints, joint_parents in _LEVELS:
        places = tuple(position[p] for p in joint_parents)
        step = bones.index_select(-2, joint_index(tuple(j - 1 for j in joints), rotations.device))
        above = level_positions.index_select(-2, joint_index(places, rotations.device))
        level_positions = above + step
        placed.append(level_positions)
        position = {joint: place for place, joint in enumerate(joints)}
    stacked = torch.cat(placed, dim=-2)
    return stacked.index_select(-2, joint_index(_INVERSE_ORDER, rotations.device))


def forward_kinematics_numpy(
    rotations: NDArray[np.float32],
    root_positions: NDArray[np.float32],
    skeleton: Skeleton = ADULT,
) -> NDArray[np.float32]:
    """`forward_kinematics` for NumPy arrays of the same shapes."""
    joints = forward_kinematics(
        torch.from_numpy(np.ascontiguousarray(rotations)),
        torch.from_numpy(np.ascontiguousarray(root_positions)),
        skeleton,
    )
    return joints.numpy()
