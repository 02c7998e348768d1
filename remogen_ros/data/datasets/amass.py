"""AMASS (Mahmood et al., ICCV 2019): motion capture as SMPL-H or SMPL-X parameters.

`<name>_poses.npz` holds SMPL-H (`poses` (T, 156), `mocap_framerate`), `<name>_stageii.npz` SMPL-X
(`poses` (T, 165), `mocap_frame_rate`). In both, `trans` is (T, 3), z is up, and the first 66
columns of `poses` are the 22 joints of the body.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from remogen_ros.data.numpy_files import read_npz
from remogen_ros.errors import UserError
from remogen_ros.motion.skeleton import JOINT_COUNT

_FORMS = {"_poses": ("mocap_framerate", 156), "_stageii": ("mocap_frame_rate", 165)}
"""By the end of the file's name: what the frame rate is called, and the width of `poses`."""

_RENAMED = {
    "BioMotionLab_NTroje": "BMLrub",
    "MPI_HDM05": "HDM05",
    "MPI_Limits": "PosePrior",
    "MPI_mosh": "MoSh",
    "SSM_synced": "SSM",
    "DFaust_67": "DFaust",
    "Transitions_mocap": "Transitions",
    "TCD_handMocap": "TCDHands",
}
"""Subsets that later releases name otherwise."""


@dataclass(frozen=True)
class AmassSequence:
    """One file of AMASS.

    Attributes:
        pose: (T, 22, 3) axis-angle.
        translation: (T, 3) metres, z up.
        frame_rate: Hz.
    """

    pose: NDArray[np.float64]
    translation: NDArray[np.float64]
    frame_rate: float


def read_amass(path: Path) -> AmassSequence:
    """Read one file.

    Raises:
        UserError: it is missing, damaged, or not of AMASS' form.
    """
    rate_name, width = next(
        (form for end, form in _FORMS.items() if path.stem.endswith(end)), _FORMS["_poses"]
    )
    arrays = read_npz(path, ("poses", "trans", rate_name))
    poses, translation = arrays["poses"], arrays["trans"]
    if poses.ndim != 2 or poses.shape[1] != width or translation.shape != (len(poses), 3):
        raise UserError(
            f"{path} needs `poses` (T, {width}) and `trans` (T, 3), not {poses.shape} and "
            f"{translation.shape}."
        )
    rate = float(arrays[rate_name])
    if not rate > 0:
        raise UserError(f"{path} has a frame rate of {rate:g} Hz.")
    body = poses[:, : 3 * JOINT_COUNT].astype(np.float64)
    return AmassSequence(body.reshape(-1, JOINT_COUNT, 3), translation.astype(np.float64), rate)


def find_sequence(root: Path, subset: str, rest: str) -> Path | None:
    """The file of a sequence, in either form and under either name of its subset.

    Args:
        root: folder of AMASS.
        subset: its name in the releases with SMPL-H.
        rest: path below the subset without `_poses` or `_stageii`, such as `3/kick_left02`.
    """
    for name in (subset, _RENAMED.get(subset, subset)):
        for end in _FORMS:
            path = root / name / f"{rest}{end}.npz"
            if path.is_file():
                return path
    return None
