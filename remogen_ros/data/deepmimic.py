"""Reading the motion files of DeepMimic (Peng et al., SIGGRAPH 2018).

A JSON object whose "Frames" are rows of 44 numbers: the duration of the frame in seconds, the
root's position (3), then the rotations of `_COLUMNS`: quaternions wxyz, or one angle about z for
knees and elbows. The body is that of DeepMimic's `humanoid3d.txt`: x forward, y up, z to the right,
metres; when every angle is zero it stands with the arms hanging down.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from remogen_ros.data.source_motion import SourceMotion
from remogen_ros.errors import UserError

_COLUMNS: tuple[tuple[str, int], ...] = (
    ("root", 4), ("chest", 4), ("neck", 4),
    ("right_hip", 4), ("right_knee", 1), ("right_ankle", 4),
    ("right_shoulder", 4), ("right_elbow", 1),
    ("left_hip", 4), ("left_knee", 1), ("left_ankle", 4),
    ("left_shoulder", 4), ("left_elbow", 1),
)  # fmt: skip
_FIRST_JOINT_COLUMN = 4
_WIDTH = _FIRST_JOINT_COLUMN + sum(width for _, width in _COLUMNS)

_BODY: dict[str, tuple[str, tuple[float, float, float]]] = {
    "chest": ("root", (0.0, 0.236151, 0.0)),
    "neck": ("chest", (0.0, 0.223894, 0.0)),
    "right_hip": ("root", (0.0, 0.0, 0.084887)),
    "right_knee": ("right_hip", (0.0, -0.421546, 0.0)),
    "right_ankle": ("right_knee", (0.0, -0.40987, 0.0)),
    "right_shoulder": ("chest", (-0.02405, 0.2435, 0.18311)),
    "right_elbow": ("right_shoulder", (0.0, -0.274788, 0.0)),
    "left_hip": ("root", (0.0, 0.0, -0.084887)),
    "left_knee": ("left_hip", (0.0, -0.421546, 0.0)),
    "left_ankle": ("left_knee", (0.0, -0.40987, 0.0)),
    "left_shoulder": ("chest", (-0.02405, 0.2435, -0.18311)),
    "left_elbow": ("left_shoulder", (0.0, -0.274788, 0.0)),
}
"""Parent and offset of each joint, from `humanoid3d.txt`."""


def read_deepmimic(path: Path) -> SourceMotion:
    """Read one motion file.

    Raises:
        UserError: a file that is missing, is not of this form, or holds bad numbers.
    """
    rows = _rows(path)
    durations = rows[:-1, 0]
    if np.any(durations <= 0):
        raise UserError(f"{path} has a frame whose duration is not positive.")
    times = np.concatenate(([0.0], np.cumsum(durations)))
    names = tuple(name for name, _ in _COLUMNS)
    parents = tuple(names.index(_BODY[n][0]) if n in _BODY else -1 for n in names)
    offsets = np.array([_BODY[n][1] if n in _BODY else (0.0, 0.0, 0.0) for n in names])
    translations = np.broadcast_to(offsets, (len(rows), *offsets.shape)).copy()
    translations[:, 0] = rows[:, 1:_FIRST_JOINT_COLUMN]
    column = _FIRST_JOINT_COLUMN
    rotations = np.empty((len(rows), len(names), 3, 3))
    for joint, (name, width) in enumerate(_COLUMNS):
        values = rows[:, column : column + width]
        if width == 4 and np.any(np.linalg.norm(values, axis=1) < 0.5):
            raise UserError(f"{path} has a quaternion of {name} that is not of unit length.")
        rotations[:, joint] = _rotation(values)
        column += width
    return SourceMotion(names, parents, offsets, translations, rotations, times)


def _rows(path: Path) -> NDArray[np.float64]:
    """(T, 44) the frames of a file."""
    try:
        rows = np.array(json.loads(path.read_text("utf-8"))["Frames"], np.float64)
    except FileNotFoundError:
        raise UserError(f"There is no DeepMimic file {path}.") from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise UserError(f"{path} is not a readable DeepMimic file: {error}.") from None
    except (KeyError, TypeError, ValueError):
        raise UserError(f'{path} needs "Frames": rows of {_WIDTH} numbers.') from None
    if rows.ndim != 2 or rows.shape[1] != _WIDTH or len(rows) < 2:
        raise UserError(
            f"{path} needs at least two frames of {_WIDTH} numbers; its frames have the shape "
            f"{rows.shape}."
        )
    if not np.isfinite(rows).all():
        raise UserError(f"{path} holds a number that is not finite.")
    return rows


def _rotation(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(T, 4) quaternions wxyz, or (T, 1) angles about z -> (T, 3, 3)."""
    if values.shape[1] == 4:
        rotation = Rotation.from_quat(values, scalar_first=True)
    else:
        rotation = Rotation.from_rotvec(values * [0.0, 0.0, 1.0])
    matrices: NDArray[np.float64] = rotation.as_matrix()
    return matrices
