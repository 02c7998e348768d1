"""A tiny EgoBody: three recordings in one scan, seen by a Kinect that looks down at an angle."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from remogen_ros.data.smpl import SMPLX_REST_JOINTS

TRAIN, VAL, TEST = "recording_1_S01_S02_01", "recording_2_S03_S04_01", "recording_3_S05_S06_01"
SCENE = "seminar_x"
FLOOR = -0.8
"""Height of the floor in the scan, whose y is up."""

FIRST, LAST = 100, 190
STANDING = 0.96
WEARER = np.array((0.5, FLOOR + STANDING, 0.3))
"""Where its pelvis stands in the scan, facing z; the interactee is 1.5 m ahead and walks on."""

BOX = ((1.0, 2.0), (FLOOR, FLOOR + 0.7), (-2.0, -1.5))
"""Ranges of x, y and z, in the scan."""


def calibration() -> NDArray[np.float64]:
    """(4, 4) from a camera (x right, y down, z ahead), 1.6 m high, to the scan."""
    level = np.diag((-1.0, -1.0, 1.0))
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("yx", (35, 20), degrees=True).as_matrix() @ level
    matrix[:3, 3] = (-1.0, FLOOR + 1.6, -2.5)
    return matrix


def write_egobody(folder: Path, missing: tuple[int, ...] = ()) -> Path:
    """Frames in `missing` lack the interactee of the training recording."""
    folder.mkdir(parents=True, exist_ok=True)
    header = "recording_name,scene_name,start_frame,end_frame,body_idx_0,body_idx_1,body_idx_fpv\n"
    rows = "".join(
        f"{name},{SCENE},{FIRST},{LAST},0 male,1 female,{fpv}\n"
        for name, fpv in ((TRAIN, "1 female"), (VAL, "0 male"), (TEST, "1 female"))
    )
    (folder / "data_info_release.csv").write_text(header + rows)
    splits = f"train,val,test\n{TRAIN},{VAL},{TEST}\n,,recording_9_S09_S09_01"
    (folder / "data_splits.csv").write_text(splits)
    mesh = folder / "scene_mesh" / SCENE / f"{SCENE}.obj"
    mesh.parent.mkdir(parents=True)
    mesh.write_text(scan())
    for name, split, interactee in ((TRAIN, "train", 1), (VAL, "val", 0), (TEST, "test", 1)):
        path = folder / "calibrations" / name / "cal_trans" / "kinect12_to_world" / f"{SCENE}.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps({"trans": calibration().tolist()}))
        for frame in range(FIRST, LAST + 1):
            ahead = WEARER + (0.0, 0.0, 1.5 + (frame - FIRST) / 30.0)
            if not (split == "train" and frame in missing):
                write_frame(frame_path(folder, "interactee", split, name, interactee, frame), ahead)
            wearer = frame_path(folder, "camera_wearer", split, name, 1 - interactee, frame)
            write_frame(wearer, WEARER)
    return folder


def frame_path(folder: Path, role: str, split: str, name: str, body: int, frame: int) -> Path:
    results = folder / f"smplx_{role}_{split}" / name / f"body_idx_{body}" / "results"
    return results / f"frame_{frame:05d}" / "000.pkl"


def write_frame(path: Path, pelvis: NDArray) -> None:
    """Somebody in a T-pose who faces z of the scan, in the camera's frame, as the authors do."""
    matrix = calibration()
    turn = matrix[:3, :3].T
    values = {
        "transl": turn @ (pelvis - matrix[:3, 3]) - SMPLX_REST_JOINTS[0],
        "global_orient": Rotation.from_matrix(turn).as_rotvec(),
        "body_pose": np.zeros(63),
        "betas": np.zeros(10),
        "pose_embedding": np.zeros(32),
        "camera_rotation": np.eye(3),
        "left_hand_pose": np.zeros(12),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {name: value[None].astype(np.float32) for name, value in values.items()}
    path.write_bytes(pickle.dumps(arrays | {"gender": "male"}, protocol=2))


def scan(up: str = "y") -> str:
    """An .obj of twelve triangles: a floor of 6 x 8 m, and a box without a bottom."""
    floor = [(x, FLOOR, z) for x, z in ((-3, -3), (-3, 5), (3, 5), (3, -3))]
    box = [(x, y, z) for x in BOX[0] for y in BOX[1] for z in BOX[2]]
    faces = [(1, 2, 3), (1, 3, 4)]
    for a, b, c, d in ((0, 1, 3, 2), (4, 6, 7, 5), (0, 2, 6, 4), (1, 5, 7, 3), (2, 3, 7, 6)):
        faces += [(a + 5, b + 5, c + 5), (a + 5, c + 5, d + 5)]
    vertices = [(x, y, z) if up == "y" else (z, x, y) for x, y, z in floor + box]
    lines = [f"v {x} {y} {z}" for x, y, z in vertices] + [f"f {a} {b} {c}" for a, b, c in faces]
    return "\n".join(lines) + "\n"
