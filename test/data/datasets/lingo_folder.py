"""A tiny LINGO: four segments of 60 frames, of which the last two mirror the first two."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from remogen_ros.data.smpl import SMPLX_REST_JOINTS, smpl_motion
from remogen_ros.motion.skeleton import MIRRORED_JOINTS

LENGTH, SEGMENTS = 60, 4
STANDING = 0.96
"""Height of the pelvis of SMPL-X' mean body on its soles, metres."""

CONTACT = 75
"""The frame in which the left hand of the second segment touches."""

WALKED = LENGTH - 1
"""Frames after which the first segment ends, at 1 m/s and 30 Hz."""


def write_lingo(folder: Path, columns: int = 0) -> Path:
    """The first segment walks along z from (0.5, 0, 0) in room 004; the second sits on a box in
    room 058-loco throughout, pelvis at 0.55 m.

    Args:
        folder: where.
        columns: of the index files; 0 makes them flat.
    """
    pose = np.zeros((2 * LENGTH, 22, 3))
    pelvis = np.zeros((2 * LENGTH, 3))
    pelvis[:LENGTH] = (0.5, STANDING, 0.0)
    pelvis[:LENGTH, 2] = np.arange(LENGTH) / 30.0
    pelvis[LENGTH:] = (1.2, 0.55, -1.8)
    pose[LENGTH:, (1, 2), 0] = -np.pi / 2
    pose[:, 16] = (0.0, 0.0, -1.2)
    pose = np.concatenate((pose, pose[:, MIRRORED_JOINTS] * (1.0, -1.0, -1.0)))
    joints = _joints(pose[: 2 * LENGTH], pelvis)
    joints = np.concatenate((joints, joints[:, [*MIRRORED_JOINTS, 23, 22, 26, 27, 24, 25]]))
    joints[2 * LENGTH :, :, 0] *= -1.0
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "human_orient.npy", pose[:, 0])
    np.save(folder / "human_pose.npy", pose[:, 1:].reshape(-1, 63))
    np.save(folder / "human_joints_aligned.npy", joints)
    np.save(folder / "transl_aligned.npy", joints[:, 0] - SMPLX_REST_JOINTS[0])
    starts = LENGTH * np.arange(SEGMENTS)
    for name, values in (("start", starts), ("end", starts + LENGTH)):
        shaped = np.tile(values[:, None], columns) if columns else values
        np.save(folder / f"{name}_idx.npy", shaped)
    np.save(folder / "left_hand_inter_frame.npy", np.array([-1, CONTACT, -1, -1]))
    np.save(folder / "right_hand_inter_frame.npy", np.array([-1, -1, -1, CONTACT + 2 * LENGTH]))
    write_pickle(folder / "text_aug.pkl", [["walk forward", "walk on"], "sit down on the box"] * 2)
    labels = ["004"] * LENGTH + ["058-loco"] * LENGTH + ["005_mirror"] * 2 * LENGTH
    write_pickle(folder / "scene_name.pkl", labels)
    cells = np.zeros((300, 100, 400), bool)
    cells[:, 0] = True  # the floor
    cells[200:220, :25, 100:120] = True  # x 1.0 to 1.4, y 0 to 0.5, z -2.0 to -1.6 m
    (folder / "Scene").mkdir(exist_ok=True)
    for name in ("004", "004_mirror", "058-loco", "005_mirror"):
        np.save(folder / "Scene" / f"{name}.npy", cells[::-1] if "mirror" in name else cells)
    return folder


def write_pickle(path: Path, value: object) -> None:
    path.write_bytes(pickle.dumps(value))


def _joints(pose: NDArray, pelvis: NDArray) -> NDArray:
    """(T, 28, 3); what lies beyond the wrists is 10 cm outwards of them."""
    rest = SMPLX_REST_JOINTS - SMPLX_REST_JOINTS[0]
    clip = smpl_motion(pose, pelvis, np.arange(len(pose)) / 30.0, rest)
    body, _ = clip.global_poses()
    outwards = (body[:, [20, 21]] - body[:, [18, 19]]) * 0.4
    hands = body[:, [20, 21]] + outwards
    return np.concatenate((body, body[:, [15, 15]], hands[:, [0, 0, 1, 1]]), axis=1)
