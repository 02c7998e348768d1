"""Recorded people as an Azure Kinect would track them: 32 joints over time, z up, in metres."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from remogen_ros.data.bvh import read_bvh
from remogen_ros.data.source_motion import SourceMotion
from remogen_ros.errors import UserError
from remogen_ros.perception.axes import FROM_Y_UP
from remogen_ros.perception.joint_mapping import shipped_joint_map

KINECT_JOINTS: tuple[str, ...] = shipped_joint_map("azure_kinect").joints


@dataclass(frozen=True)
class Actor:
    """A person moving.

    Attributes:
        joints: (T, 32, 3) metres, z up, the floor at z = 0.
        frame_rate: Hz.
    """

    joints: NDArray[np.float64]
    frame_rate: float

    @property
    def duration_s(self) -> float:
        """From the first frame to the last."""
        return (len(self.joints) - 1) / self.frame_rate

    def at(self, seconds: float) -> NDArray[np.float64]:
        """(32, 3) joints at a time from the first frame, interpolated; ends are held."""
        place = float(np.clip(seconds, 0.0, self.duration_s)) * self.frame_rate
        before = min(int(place), len(self.joints) - 2)
        fraction = place - before
        return (1 - fraction) * self.joints[before] + fraction * self.joints[before + 1]

    def placed(self, anchor: NDArray[np.floating], yaw: float, spot: tuple[float, float]) -> Actor:
        """The same motion turned by `yaw` about `anchor` (2,), which comes to lie on `spot`."""
        cosine, sine = np.cos(yaw), np.sin(yaw)
        turned = self.joints.copy()
        turned[..., :2] -= anchor
        turned[..., :2] = turned[..., :2] @ np.array([[cosine, sine], [-sine, cosine]])
        turned[..., :2] += spot
        return Actor(turned, self.frame_rate)


def read_actor(path: Path, body: str) -> Actor:
    """A recorded person.

    Args:
        path: a .bvh or .bvh.xz file.
        body: which of `kinect_bodies/` says where the Kinect's joints lie on its skeleton.

    Raises:
        UserError: the file cannot be read, or has not the joints that are needed.
    """
    folder = files("remogen_ros.recording").joinpath("kinect_bodies")
    description = yaml.safe_load(folder.joinpath(f"{body}.yaml").read_text("utf8"))
    motion = read_bvh(path)
    if len(motion.times) < description["rest_frames"] + 2:
        raise UserError(f"{path} has {len(motion.times)} frames, so it is not the expected clip.")
    motion = motion.without_first(description["rest_frames"])
    joints = _kinect_joints(motion, description, path)
    return Actor(joints @ FROM_Y_UP.T, 1.0 / (motion.times[1] - motion.times[0]))


def _kinect_joints(motion: SourceMotion, description: dict, path: Path) -> NDArray[np.float64]:
    """(T, 32, 3) metres, in the file's axes."""
    index = {name: place for place, name in enumerate(motion.names)}
    positions, orientations = motion.global_poses()
    positions *= description["metres_per_unit"]
    joints = np.zeros((len(positions), len(KINECT_JOINTS), 3))
    for place, joint in enumerate(KINECT_JOINTS):
        weights = dict(description["joints"][joint])
        offset = np.array(weights.pop("offset", (0.0, 0.0, 0.0)))
        if missing := [name for name in weights if name not in index]:
            raise UserError(f"{path} has no joint {missing[0]}, so it is not the expected clip.")
        for name, weight in weights.items():
            joints[:, place] += weight * positions[:, index[name]]
        joints[:, place] += orientations[:, index[next(iter(weights))]] @ offset
    return joints
