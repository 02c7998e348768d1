"""From any source skeleton to the standard adult, by rotations in rest-pose-aligned frames.

Joint angles are never copied: two skeletons differ in what "zero" means. Instead each source joint
gets a constant alignment A that carries vectors of our T-pose (x forward, y left, z up) into the
joint's own frame; our joint's orientation in the world is then G A for the source's orientation G.
A comes from the body axes, which fix the twist, followed by the shortest rotation that lays our
rest bone onto the source's, so that bones point the same way in every pose.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from remogen_ros.data.floor import stand_on_floor
from remogen_ros.data.joint_maps import JointMap
from remogen_ros.data.source_motion import SourceMotion
from remogen_ros.errors import UserError
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.rotations import slerp
from remogen_ros.motion.skeleton import ADULT, JOINT_INDEX, JOINT_NAMES

_PARALLEL = 1e-12

_REST_CHILD = {
    "hip": "knee",
    "knee": "ankle",
    "ankle": "foot",
    "collar": "shoulder",
    "shoulder": "elbow",
    "elbow": "wrist",
}


def retarget(clip: SourceMotion, joint_map: JointMap) -> Motion:
    """The clip on the standard adult, at the clip's own times, z up, feet on the floor.

    The root follows the middle of the hips, scaled by the ratio of leg lengths.

    Raises:
        UserError: the clip lacks a joint that the map names.
    """
    return retarget_together([clip], joint_map)[0]


def retarget_together(
    clips: Sequence[SourceMotion],
    joint_map: JointMap,
    floor: float | None = None,
    reach: float = 0.0,
) -> list[Motion]:
    """`retarget` of people recorded together: they keep their places to each other, and one floor.

    Where they were is scaled about the origin by the mean of their `leg_scale`; a room in which
    they were must be scaled alike.

    Args:
        clips: of each person, at the same times.
        joint_map: of all of them.
        floor: see `stand_on_floor`; in the source's unit.
        reach: see `stand_on_floor`.

    Raises:
        UserError: a clip lacks a joint that the map names.
    """
    scale = float(np.mean([leg_scale(clip, joint_map) for clip in clips]))
    bodies = [_body(clip, joint_map, scale) for clip in clips]
    return stand_on_floor(bodies, clips[0].times, None if floor is None else floor * scale, reach)


def _body(
    clip: SourceMotion, joint_map: JointMap, scale: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(T, 3) pelvis positions, still at the source's height, and (T, 22, 3, 3) orientations."""
    turn = axes_matrix(joint_map.world).T
    positions, orientations = clip.global_poses()
    positions, orientations = positions @ turn.T, turn @ orientations
    ours = target_orientations(clip, joint_map, orientations)
    hips = [clip.names.index(joint_map.joints[f"{s}_hip"].source or "") for s in ("left", "right")]
    middle = positions[:, hips].mean(1) * scale
    our_middle = ADULT.rest_joints[[JOINT_INDEX["left_hip"], JOINT_INDEX["right_hip"]]].mean(0)
    return middle - ours[:, 0] @ our_middle, ours


def target_orientations(
    clip: SourceMotion, joint_map: JointMap, orientations: NDArray[np.float64]
) -> NDArray[np.float64]:
    """World orientations (T, 22, 3, 3) of our joints, from the source's (T, J, 3, 3)."""
    ours = np.empty((len(orientations), len(JOINT_NAMES), 3, 3))
    for name, origin in joint_map.joints.items():
        if origin.source is not None:
            source = orientations[:, clip.names.index(origin.source)]
            ours[:, JOINT_INDEX[name]] = source @ alignment(clip, name, joint_map)
    for name, origin in joint_map.joints.items():
        if origin.between is not None:
            low, high = (torch.from_numpy(ours[:, JOINT_INDEX[n]]) for n in origin.between)
            fraction = torch.tensor(origin.fraction, dtype=low.dtype)
            ours[:, JOINT_INDEX[name]] = slerp(low, high, fraction).numpy()
    return ours


def alignment(clip: SourceMotion, name: str, joint_map: JointMap) -> NDArray[np.float64]:
    """The constant A of a joint, (3, 3): T-pose vectors -> vectors in the source joint's frame."""
    origin = joint_map.joints[name]
    if origin.follows is not None:
        start = alignment(clip, origin.follows, joint_map)
    else:
        start = axes_matrix(origin.axes or ())
    if origin.bone is None:
        return start
    if isinstance(origin.bone, str):
        bone = clip.offsets[clip.names.index(origin.bone)]
    else:
        bone = np.array(origin.bone)
    rest = _rest_direction(name) if origin.rest_direction is None else origin.rest_direction
    return _shortest_rotation(start @ np.asarray(rest, np.float64), bone) @ start


def axes_matrix(words: tuple[str, ...]) -> NDArray[np.float64]:
    """(3, 3) whose columns are the named axes, such as ("+z", "+x", "+y")."""
    matrix = np.zeros((3, 3))
    for column, word in enumerate(words):
        matrix["xyz".index(word[1]), column] = -1.0 if word[0] == "-" else 1.0
    return matrix


def _rest_direction(name: str) -> NDArray[np.float64]:
    side, _, part = name.partition("_")
    return ADULT.offsets[JOINT_INDEX[f"{side}_{_REST_CHILD[part]}"]].astype(np.float64)


def _shortest_rotation(start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rotation that turns one direction into another about their common normal."""
    normal = np.cross(start / np.linalg.norm(start), end / np.linalg.norm(end))
    sine = float(np.linalg.norm(normal))
    angle = np.arctan2(sine, float(start @ end / np.linalg.norm(start) / np.linalg.norm(end)))
    turn = normal / max(sine, _PARALLEL) * angle
    return np.asarray(Rotation.from_rotvec(turn).as_matrix(), np.float64)


def leg_scale(clip: SourceMotion, joint_map: JointMap) -> float:
    """Metres of the standard adult per unit of the source, by thigh and shank.

    Raises:
        UserError: the clip lacks a joint that the map names.
    """
    if missing := sorted(joint_map.source_joints - set(clip.names)):
        raise UserError(f"The skeleton has no joint {missing[0]!r}, which its joint map names.")
    chain = [f"{side}_{part}" for side in ("left", "right") for part in ("knee", "ankle")]
    source = [clip.names.index(joint_map.joints[name].source or "") for name in chain]
    ours = ADULT.bone_lengths[[JOINT_INDEX[name] for name in chain]]
    return float(ours.sum() / np.linalg.norm(clip.offsets[source], axis=-1).sum())
