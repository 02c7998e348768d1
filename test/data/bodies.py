"""Tiny motion files and motions that the tests of this room write themselves."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch

from remogen_ros.data.corpus import Record
from remogen_ros.data.corpus_writing import Entry
from remogen_ros.data.packed_motion import PackedMotion
from remogen_ros.data.splits import Split
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.skeleton import ADULT, JOINT_INDEX

ARM = """HIERARCHY
ROOT Base
{
  OFFSET 1 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT Tip
  {
    OFFSET 0 2 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    End Site
    {
      OFFSET 0 1 0
    }
  }
}
"""
"""Two joints, the second two units above the first."""


def write_bvh(
    path: Path, rows: list[list[float]], frames: int | None = None, dt: str = "0.1"
) -> Path:
    """The two-joint body of `ARM` in motion; `frames` may lie about how many rows there are."""
    lines = "\n".join(" ".join(map(str, row)) for row in rows)
    count = len(rows) if frames is None else frames
    path.write_text(f"{ARM}MOTION\nFrames: {count}\nFrame Time: {dt}\n{lines}\n")
    return path


def deepmimic_row(**joints: list[float]) -> list[float]:
    """One frame of DeepMimic's form, at rest but for the joints that are named."""
    widths = {
        "duration": [0.5], "position": [0.0, 0.9, 0.0], "root": 4, "chest": 4, "neck": 4,
        "right_hip": 4, "right_knee": 1, "right_ankle": 4, "right_shoulder": 4, "right_elbow": 1,
        "left_hip": 4, "left_knee": 1, "left_ankle": 4, "left_shoulder": 4, "left_elbow": 1,
    }  # fmt: skip
    rest = {4: [1.0, 0.0, 0.0, 0.0], 1: [0.0]}
    row: list[float] = []
    for name, width in widths.items():
        row += joints.get(name, rest[width] if isinstance(width, int) else width)
    return row


def write_deepmimic(path: Path, rows: list[list[float]]) -> Path:
    """A DeepMimic file of those rows."""
    path.write_text(json.dumps({"Loop": "none", "Frames": rows}))
    return path


def standing(frames: int) -> Motion:
    """The rest pose, which is a T-pose, for some frames."""
    roots = torch.zeros(frames, 3)
    roots[:, 2] = ADULT.pelvis_height
    return Motion(roots, torch.eye(3).repeat(frames, 22, 1, 1))


def walking(frames: int, speed: float = 1.0) -> Motion:
    """The rest pose gliding along x at so many m/s."""
    still = standing(frames)
    roots = still.root_positions.clone()
    roots[:, 0] = torch.arange(frames) * speed / 10
    return Motion(roots, still.rotations)


def hanging(frames: int) -> Motion:
    """Standing with hanging arms, the spine swaying by a degree or so."""
    motion = standing(frames)
    rotations = motion.rotations.clone()
    rotations[:, JOINT_INDEX["left_shoulder"]] = torch.tensor(turn("x", -80)).float()
    rotations[:, JOINT_INDEX["right_shoulder"]] = torch.tensor(turn("x", 80)).float()
    for frame in range(frames):
        lean = torch.tensor(turn("y", np.sin(frame / 3))).float()
        rotations[frame, JOINT_INDEX["spine1"]] = lean
    return Motion(motion.root_positions, rotations)


def waving(frames: int, side: str = "left") -> Motion:
    """Standing; one arm goes up, swings, and comes down again."""
    motion = hanging(frames)
    rotations = motion.rotations.clone()
    sign = 1.0 if side == "left" else -1.0
    for frame in range(frames):
        up = max(np.sin(np.pi * frame / (frames - 1)), 0.0) ** 0.5
        angle = -80 + 140 * up + 15 * up * np.sin(frame)
        rotations[frame, JOINT_INDEX[f"{side}_shoulder"]] = torch.tensor(
            turn("x", sign * angle)
        ).float()
    return Motion(motion.root_positions, rotations)


def strolling(frames: int, speed: float = 1.0) -> Motion:
    """Hanging arms, legs that swing, gliding along x at so many m/s."""
    motion = hanging(frames)
    roots, rotations = motion.root_positions.clone(), motion.rotations.clone()
    roots[:, 0] = torch.arange(frames) * speed / 10
    for frame in range(frames):
        swing = 20 * np.sin(frame / 2)
        rotations[frame, JOINT_INDEX["left_hip"]] = torch.tensor(turn("y", swing)).float()
        rotations[frame, JOINT_INDEX["right_hip"]] = torch.tensor(turn("y", -swing)).float()
    return Motion(roots, rotations)


def entry(
    name: str,
    motion: Motion,
    content: str = "walk",
    split: Split = "train",
    texts: tuple[str, ...] = ("walk left",),
    partner: Motion | None = None,
    style: str = "",
) -> Entry:
    """One clip on its way into a corpus."""
    record = Record(
        name=name, source="made", licence="none", content=content, style=style, split=split,
        phase=0, count=len(motion),
    )  # fmt: skip
    packed = None if partner is None else PackedMotion.of(partner)
    return Entry(record, texts, PackedMotion.of(motion), packed)


def turn(axis: str, degrees: float) -> np.ndarray:
    """(3, 3) the rotation about x, y or z, written out by hand."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return {
        "x": np.array([[1, 0, 0], [0, c, -s], [0, s, c]]),
        "y": np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]),
        "z": np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]),
    }[axis]
