"""Sheets that show a motion on two skeletons."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from remogen_ros.motion.skeleton import JOINT_NAMES, PARENTS
from remogen_ros.rendering.comparison import ComparedMotion, comparison_sheet
from test.data.bodies import walking


def test_a_row_for_each_motion(tmp_path: Path) -> None:
    joints = walking(20).joints().numpy()
    sides = [name.split("_")[0] if "_" in name else "" for name in JOINT_NAMES]
    rows = [ComparedMotion(name, joints, joints * 1.1, PARENTS, sides) for name in ("a", "b")]
    comparison_sheet(rows, tmp_path / "sheet.png", moments=3, panel=(80, 72))
    pixels = np.asarray(Image.open(tmp_path / "sheet.png")).astype(int)
    assert pixels.shape == (2 * 72 + 4, 3 * 80 + 2 * 4, 3)
    red, green, blue = np.moveaxis(pixels[:72, :40], -1, 0)  # the left of the first panel
    assert (blue - red > 80).any(), "the source's left side is drawn in blue"
    assert (red - blue > 80).any() and (red - green > 80).any(), "its right side in red"


def test_nothing_to_draw(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one motion"):
        comparison_sheet([], tmp_path / "sheet.png")
