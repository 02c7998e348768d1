"""Which joint map fits a body whose joints come by name."""

from __future__ import annotations

from functools import lru_cache

from remogen_ros.perception.joint_mapping import JointMap, plain_name, shipped_joint_map

RECOGNISED = ("smpl", "coco_17", "coco_18", "mediapipe_33", "azure_kinect", "zed_38")
"""Shipped joint maps that are recognised by their joints' names; in doubt, the first."""


@lru_cache(maxsize=64)
def recognised_joint_map(joint_names: tuple[str, ...]) -> JointMap | None:
    """The joint map that knows most of these names, however they are spelled.

    Returns:
        None if no map knows any of them.
    """
    names = {plain_name(name) for name in joint_names}
    maps = [shipped_joint_map(name) for name in RECOGNISED]
    best = max(maps, key=lambda joint_map: len(names & joint_map.index.keys()))
    return best if names & best.index.keys() else None
