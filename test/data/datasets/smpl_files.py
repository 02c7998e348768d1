"""SMPL parameters of known motions, and files of AMASS' forms that hold them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from remogen_ros.data.smpl import REST_JOINTS

STAND_UP = Rotation.from_rotvec([np.pi / 2, 0, 0])
"""Turns SMPL's T-pose, y up facing z, into a world with z up: it then faces -y."""


def walking(frames: int, frame_rate: float, speed: float = 1.0) -> tuple[NDArray, NDArray]:
    """A T-pose that glides the way it faces: (T, 22, 3) axis-angle and (T, 3), y up facing z."""
    pose = np.zeros((frames, 22, 3))
    translation = np.zeros((frames, 3))
    translation[:, 1] = 1.3
    translation[:, 2] = speed * np.arange(frames) / frame_rate
    return pose, translation


def with_left_arm_up(pose: NDArray) -> NDArray:
    """The left upper arm (joint 16) turned up by 90 degrees, about z, which is forward."""
    raised = pose.copy()
    raised[:, 16] = (0.0, 0.0, np.pi / 2)
    return raised


def z_up(pose: NDArray, translation: NDArray) -> tuple[NDArray, NDArray]:
    """The same in a world with z up; what walked along z walks along -y.

    The body turns about its pelvis, which SMPL does not have at the origin of its model.
    """
    turned = pose.copy()
    turned[:, 0] = (STAND_UP * Rotation.from_rotvec(pose[:, 0])).as_rotvec()
    pelvis = REST_JOINTS[0]
    return turned, STAND_UP.apply(translation + pelvis) - pelvis


def write_amass(path: Path, pose: NDArray, translation: NDArray, frame_rate: float) -> Path:
    """A file of AMASS, of the form that its name asks for; `gender` as AMASS stores it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    smplx = path.stem.endswith("_stageii")
    poses = np.zeros((len(pose), 165 if smplx else 156))
    poses[:, :66] = pose.reshape(len(pose), 66)
    rate = {"mocap_frame_rate" if smplx else "mocap_framerate": np.array(frame_rate)}
    np.savez(
        path, poses=poses, trans=translation, betas=np.zeros(16), gender=np.array("neutral"), **rate
    )
    return path
