"""Everything that is measured of generated clips one by one; what it means is told beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from remogen_ros.data.corpus import Corpus
from remogen_ros.evaluation.extent import RoomExtent, share_outside
from remogen_ros.evaluation.interaction import (
    LATE,
    ContactCounts,
    both_palms,
    in_contact,
    pelvis_distance_error,
)
from remogen_ros.evaluation.penetration import (
    Penetration,
    SignedDistance,
    depth_below_floor,
    depth_in_body,
    depth_in_scene,
)
from remogen_ros.evaluation.physical import (
    jumps_at_boundaries,
    largest_jerk,
    skating_ratio,
)
from remogen_ros.evaluation.takes import Take
from remogen_ros.evaluation.tracking_error import (
    HORIZONS,
    goal_error,
    heading_error,
    root_aligned_error,
    root_error_at,
)
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.quality import foot_skate, jerk


@dataclass(frozen=True)
class ClipValues:
    """Of a batch of clips.

    Attributes:
        values: (B,) by name of the metric; NaN where it does not apply.
        contacts: palms that meet, frame by frame and within LATE frames, by what is added to the
            metrics' names; none without a partner.
        jerk_curves: (B, N) m/s^3, of `largest_jerk`.
    """

    values: Mapping[str, Tensor]
    contacts: Mapping[str, ContactCounts]
    jerk_curves: Tensor


class ClipMetrics:
    """Measures clips of one corpus; rooms are looked into once."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._rooms: dict[str, SignedDistance] = {}
        self._extents: dict[str, RoomExtent] = {}

    def of(self, take: Take, motion: Motion) -> ClipValues:
        """Measure (B, T) motion generated for a take."""
        joints, truth, valid = motion.joints(), take.truth.joints(), take.valid
        values = {
            "skating ratio": skating_ratio(joints, valid),
            "foot skate, m/s": foot_skate(joints, valid),
            "jerk, m/s^3": jerk(joints, valid),
            "joint error, root aligned, cm": root_aligned_error(joints, truth, valid),
            "heading error, deg": heading_error(joints, truth, valid),
        }
        velocity, acceleration = jumps_at_boundaries(joints, valid)
        values["velocity jump at boundaries, times"] = velocity
        values["acceleration jump at boundaries, times"] = acceleration
        errors = root_error_at(joints, truth, valid)
        for horizon, column in zip(HORIZONS, errors.unbind(-1), strict=True):
            values[f"root error at {horizon:g} s, m"] = column
        below = Penetration.of(depth_below_floor(motion), valid)
        values["depth below floor, cm"] = 100 * below.mean_depth
        values["frames below floor, %"] = 100 * below.share
        contacts = {}
        if take.partner_motion is not None:
            partner = take.partner_motion.joints()
            values["distance error, m"] = pelvis_distance_error(joints, truth, partner, valid)
            depth = Penetration.of(depth_in_body(joints, partner), valid)
            values["depth in partner, cm"] = 100 * depth.mean_depth
            palms = both_palms(take.partner_motion)
            found = in_contact(both_palms(motion), palms)
            true = in_contact(both_palms(take.truth), palms)
            contacts = {
                name: ContactCounts.of(found, true, valid, tolerance)
                for name, tolerance in (("", 0), (" within 0.5 s", LATE))
            }
        if self._corpus.scenes:
            depth = Penetration.of(self._depths(take, joints), valid)
            values["depth in scene, cm"] = 100 * depth.mean_depth
            values["deepest in scene, cm"] = 100 * depth.max_depth
            values["frames in scene, %"] = 100 * depth.share
            values["frames outside the room, %"] = 100 * self._outside(take, joints)
            if take.window.goal is not None and take.window.goal_given is not None:
                missed = goal_error(joints, take.window.goal, valid)
                # Of a clip that goes on for longer, nobody has to be there yet.
                due = take.window.goal_given & take.whole
                values["goal error, m"] = torch.where(due, missed, torch.nan)
        return ClipValues(values, contacts, largest_jerk(joints, valid))

    def _depths(self, take: Take, joints: Tensor) -> Tensor:
        rows = [
            depth_in_scene(body, self._room(clip.scene))
            for clip, body in zip(take.records, joints, strict=True)
        ]
        return torch.stack(rows)

    def _outside(self, take: Take, joints: Tensor) -> Tensor:
        rows = [
            share_outside(body, self._extent(clip.scene), valid)
            for clip, body, valid in zip(take.records, joints, take.valid, strict=True)
        ]
        return torch.stack(rows)

    def _extent(self, name: str) -> RoomExtent:
        if name not in self._extents:
            self._extents[name] = RoomExtent(self._corpus.scenes[name].grid)
        return self._extents[name]

    def _room(self, name: str) -> SignedDistance:
        if name not in self._rooms:
            self._rooms[name] = SignedDistance(self._corpus.scenes[name].grid)
        return self._rooms[name]
