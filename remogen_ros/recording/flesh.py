"""A body's volume as balls along its bones, for the virtual depth camera."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from remogen_ros.recording.actors import KINECT_JOINTS

_SPACING = 0.05
"""Metres between the balls of a bone, at most."""

_BONES: tuple[tuple[str, str, float, float], ...] = (
    ("PELVIS", "SPINE_CHEST", 0.14, 0.15),
    ("SPINE_CHEST", "NECK", 0.15, 0.07),
    ("NECK", "HEAD", 0.06, 0.09),
    ("HEAD", "NOSE", 0.09, 0.09),
    *(
        (start.format(side), end.format(side), first, last)
        for side in ("LEFT", "RIGHT")
        for start, end, first, last in (
            ("CLAVICLE_{}", "SHOULDER_{}", 0.08, 0.07),
            ("SHOULDER_{}", "ELBOW_{}", 0.06, 0.045),
            ("ELBOW_{}", "WRIST_{}", 0.045, 0.035),
            ("WRIST_{}", "HANDTIP_{}", 0.04, 0.03),
            ("HIP_{}", "KNEE_{}", 0.085, 0.06),
            ("KNEE_{}", "ANKLE_{}", 0.06, 0.045),
            ("ANKLE_{}", "FOOT_{}", 0.045, 0.03),
        )
    ),
)
"""Joints at both ends of a bone, and the radii of the body there, metres."""

_INDEX = {name: place for place, name in enumerate(KINECT_JOINTS)}


def balls_of_body(joints: NDArray[np.floating]) -> NDArray[np.float64]:
    """(32, 3) joints -> (B, 4) centres and radii, metres."""
    balls = []
    for start, end, first, last in _BONES:
        a, b = joints[_INDEX[start]], joints[_INDEX[end]]
        count = int(np.linalg.norm(b - a) / _SPACING) + 2
        fraction = np.linspace(0.0, 1.0, count)[:, None]
        radii = first + fraction * (last - first)
        balls.append(np.hstack((a + fraction * (b - a), radii)))
    return np.concatenate(balls)
