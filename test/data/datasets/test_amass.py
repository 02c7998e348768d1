from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from remogen_ros.data.datasets.amass import find_sequence, read_amass
from remogen_ros.errors import UserError
from test.data.datasets.smpl_files import walking, write_amass, z_up


@pytest.mark.parametrize("end", ["poses", "stageii"])
def test_both_forms_are_read_alike(tmp_path: Path, end: str) -> None:
    pose, translation = z_up(*walking(60, 120.0))
    sequence = read_amass(write_amass(tmp_path / f"a_{end}.npz", pose, translation, 120.0))
    assert sequence.frame_rate == 120.0
    np.testing.assert_allclose(sequence.pose, pose)
    np.testing.assert_allclose(sequence.translation, translation)


def test_sequences_are_found_under_both_names_of_a_subset(tmp_path: Path) -> None:
    pose, translation = z_up(*walking(10, 100.0))
    write_amass(tmp_path / "KIT" / "3" / "kick_poses.npz", pose, translation, 100.0)
    later = write_amass(tmp_path / "HDM05" / "a" / "run_stageii.npz", pose, translation, 120.0)
    assert find_sequence(tmp_path, "KIT", "3/kick") == tmp_path / "KIT" / "3" / "kick_poses.npz"
    assert find_sequence(tmp_path, "MPI_HDM05", "a/run") == later
    assert find_sequence(tmp_path, "KIT", "3/punch") is None


def test_files_of_another_form(tmp_path: Path) -> None:
    pose, translation = walking(10, 100.0)
    with pytest.raises(UserError, match="frame rate of 0 Hz"):
        read_amass(write_amass(tmp_path / "a_poses.npz", pose, translation, 0.0))
    with pytest.raises(UserError, match=r"needs `poses` \(T, 156\) and `trans` \(T, 3\)"):
        read_amass(write_amass(tmp_path / "b_poses.npz", pose, translation[:5], 100.0))
    shape = tmp_path / "shape_poses.npz"
    np.savez(shape, betas=np.zeros(16))
    with pytest.raises(UserError, match="no array 'mocap_framerate'"):
        read_amass(shape)
