"""BVH files: hand-computed poses, and one clear sentence for every way a file can be wrong."""

from __future__ import annotations

import lzma
from pathlib import Path

import numpy as np
import pytest

from remogen_ros.data.bvh import read_bvh
from remogen_ros.errors import UserError
from test.data.bodies import ARM, turn, write_bvh

REST = [0.0] * 9


def test_hierarchy_and_times(tmp_path: Path) -> None:
    clip = read_bvh(write_bvh(tmp_path / "a.bvh", [REST, REST, REST]))
    assert clip.names == ("Base", "Tip")
    assert clip.parents == (-1, 0)
    np.testing.assert_allclose(clip.offsets, [[1, 0, 0], [0, 2, 0]])
    np.testing.assert_allclose(clip.times, [0, 0.1, 0.2])


def test_position_channels_replace_the_offset(tmp_path: Path) -> None:
    clip = read_bvh(write_bvh(tmp_path / "a.bvh", [[5, 6, 7, 0, 0, 0, 0, 0, 0]]))
    positions, _ = clip.global_poses()
    np.testing.assert_allclose(positions[0], [[5, 6, 7], [5, 8, 7]])


@pytest.mark.parametrize(
    ("angles", "tip"),
    [
        ((90, 0, 0), (-2, 0, 0)),  # about z: y goes to -x
        ((0, 90, 0), (0, 0, 2)),  # about x: y goes to z
        ((0, 0, 90), (0, 2, 0)),  # about y: y stays
        ((90, 90, 0), (0, 0, 2)),  # first z, then about the turned x: intrinsic
    ],
)
def test_angles_turn_the_right_way(
    tmp_path: Path, angles: tuple[float, ...], tip: tuple[float, ...]
) -> None:
    clip = read_bvh(write_bvh(tmp_path / "a.bvh", [[0, 0, 0, *angles, 0, 0, 0]]))
    positions, _ = clip.global_poses()
    np.testing.assert_allclose(positions[0, 1], tip, atol=1e-12)


def test_angles_apply_in_channel_order(tmp_path: Path) -> None:
    clip = read_bvh(write_bvh(tmp_path / "a.bvh", [[0, 0, 0, 10, 20, 30, 40, 50, 60]]))
    base = turn("z", 10) @ turn("x", 20) @ turn("y", 30)
    tip = turn("z", 40) @ turn("x", 50) @ turn("y", 60)
    np.testing.assert_allclose(clip.rotations[0], [base, tip], atol=1e-12)
    _, orientations = clip.global_poses()
    np.testing.assert_allclose(orientations[0, 1], base @ tip, atol=1e-12)


def test_xz_is_read_too(tmp_path: Path) -> None:
    plain = write_bvh(tmp_path / "a.bvh", [REST])
    packed = tmp_path / "a.bvh.xz"
    packed.write_bytes(lzma.compress(plain.read_bytes()))
    np.testing.assert_array_equal(read_bvh(packed).translations, read_bvh(plain).translations)


def test_rows_beyond_the_promised_are_left_out(tmp_path: Path) -> None:
    assert len(read_bvh(write_bvh(tmp_path / "a.bvh", [REST] * 3, frames=2)).times) == 2


@pytest.mark.parametrize("dt", ["0", "-0.1", "nan"])
def test_bad_frame_time(tmp_path: Path, dt: str) -> None:
    with pytest.raises(UserError, match=r"frame time of .* must be positive"):
        read_bvh(write_bvh(tmp_path / "a.bvh", [REST], dt=dt))


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"There is no BVH file .*nothing\.bvh"):
        read_bvh(tmp_path / "nothing.bvh")


def test_truncated_motion(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="promises 3 frames of 9 channels but holds 18 numbers"):
        read_bvh(write_bvh(tmp_path / "a.bvh", [REST, REST], frames=3))


def test_wrong_channel_count(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="truncated or has wrong channels"):
        read_bvh(write_bvh(tmp_path / "a.bvh", [REST + [0.0]] * 2))


def test_not_finite(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not finite"):
        read_bvh(write_bvh(tmp_path / "a.bvh", [[float("nan")] + REST[1:]]))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not a BVH file"),
        ("hello", "not a BVH file"),
        (ARM, "not a BVH file"),
        (ARM + "MOTION\nFrames: x\n", "MOTION block"),
        (ARM + "MOTION\nFrames: 1\nFrame Time: 0.1\n1 2 three\n", "MOTION block"),
        (ARM.replace("Zrotation", "Wrotation") + "MOTION\n", "unknown channel 'Wrotation'"),
        (ARM.rstrip("}\n") + "MOTION\n", "ends inside a joint"),
        (ARM.replace("OFFSET 0 2 0", "OFFSET 0 2") + "MOTION\n", "HIERARCHY block"),
        (ARM + ARM.removeprefix("HIERARCHY") + "MOTION\n", "exactly one ROOT"),
    ],
)
def test_damaged_files(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "a.bvh"
    path.write_text(text)
    with pytest.raises(UserError, match=why) as caught:
        read_bvh(path)
    assert "\n" not in str(caught.value)
