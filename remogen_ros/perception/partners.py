"""Which of the tracked people the ego reacts to, and their last 1.6 s at 10 Hz."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from remogen_ros.cues.partners import PARTNER_FRAMES, PartnerWindow
from remogen_ros.errors import UserError
from remogen_ros.motion.poses import FRAME_RATE
from remogen_ros.perception.detections import NANOSECONDS, SkeletonDetection
from remogen_ros.perception.tracks import Track

PartnerState = Literal["never", "tracked", "held", "lost"]

_OFFSETS_NS = (np.arange(1 - PARTNER_FRAMES, 1) * (NANOSECONDS / FRAME_RATE)).astype(np.int64)


@dataclass(frozen=True)
class PartnerConfig:
    """How partners are chosen and for how long they are believed.

    Attributes:
        policy: "nearest" to the ego; "locked" onto the first until lost; "id:<x>", the body that
            the tracker calls x and whatever ids it gets later; "all".
        switch_margin_m: "nearest" changes partner only for one that is nearer by this much.
        fresh_s: a partner seen within this time is "tracked", later "held".
        hold_s: how long the last position of a joint is carried forward.
        bridge_s: gaps between two observations up to this long are interpolated.
        lost_after_s: a partner not seen for this long is "lost".
        reassociate_s: for this long after an id vanished, a new id at its place is the same person.
        reassociate_m: how near that place is, at once.
        walking_speed: metres per second by which that place grows while the id is away.
        min_confidence: joints below it count as not observed.
        jump_s: a stamp that is older than the newest by more than this is a jump in time.
    """

    policy: str = "nearest"
    switch_margin_m: float = 0.5
    fresh_s: float = 0.25
    hold_s: float = 0.5
    bridge_s: float = 0.5
    lost_after_s: float = 1.0
    reassociate_s: float = 1.2
    reassociate_m: float = 0.5
    walking_speed: float = 1.2
    min_confidence: float = 0.05
    jump_s: float = 1.0

    def __post_init__(self) -> None:
        wanted = self.policy.removeprefix("id:")
        if self.policy not in ("nearest", "locked", "all") and wanted in ("", self.policy):
            raise UserError(
                f"partner policy {self.policy!r} is unknown; use nearest, locked, all or id:<x>"
            )
        if not 0 <= self.fresh_s <= self.lost_after_s:
            raise UserError(
                f"partner times: fresh_s ({self.fresh_s}) must lie between 0 and lost_after_s "
                f"({self.lost_after_s})"
            )


@dataclass(frozen=True)
class PartnerSnapshot:
    """What is known of the chosen partners at one tick.

    Attributes:
        window: their last 1.6 s, float32; empty (P = 0) if nobody is there.
        partner_ids: the tracker's present names, in the order of the window.
        newest_stamp_ns: capture time of the newest observation in the window, None if empty.
        state: of the partner seen last.
    """

    window: PartnerWindow
    partner_ids: tuple[str, ...]
    newest_stamp_ns: int | None
    state: PartnerState


class PartnerTracker:
    """Follows people through changes of id and short gaps. Not thread-safe: one caller."""

    def __init__(self, config: PartnerConfig | None = None) -> None:
        self.config = config or PartnerConfig()
        self.reset()

    def reset(self) -> None:
        """Forget everybody: time has jumped, or a new session begins."""
        self._tracks: list[Track] = []
        self._chosen: Track | None = None
        self._newest_ns: int | None = None
        self._seen_anybody = False

    def add(self, detections: list[SkeletonDetection]) -> None:
        """Take what one message saw, in the fixed frame. Stamps that do not advance are ignored."""
        if not detections:
            return
        newest = max(d.stamp_ns for d in detections)
        if self._newest_ns is not None and newest < self._newest_ns - self.config.jump_s * 1e9:
            self.reset()
        self._newest_ns = max(newest, self._newest_ns or newest)
        present = {d.body_id for d in detections}
        strangers = []
        for detection in map(self._without_guesses, detections):
            if np.isnan(detection.positions).all():
                continue
            known = next((t for t in self._tracks if t.body_id == detection.body_id), None)
            if known is None:
                strangers.append(detection)
            else:
                known.append(detection)
        for detection in strangers:
            vanished = self._vanished_near(detection, present)
            if vanished is None:
                self._tracks.append(Track(detection))
            else:
                vanished.append(detection)
        self._seen_anybody = self._seen_anybody or bool(self._tracks)
        self._forget_old()

    def window(self, now_ns: int, ego_position: NDArray[np.floating] | None) -> PartnerSnapshot:
        """The chosen partners up to `now_ns`; nothing newer than that is looked at.

        Args:
            now_ns: the tick.
            ego_position: (2,) or (3,) in the fixed frame; if None, "nearest" keeps to whom it has
                followed longest.
        """
        ages = {}
        for track in self._tracks:
            stamp = track.newest_until(now_ns)
            if stamp is not None:
                ages[track] = (now_ns - stamp) / NANOSECONDS
        alive = [t for t, age in ages.items() if age <= self.config.lost_after_s]
        chosen = self._choose(alive, now_ns, ego_position)
        if not chosen:
            state: PartnerState = "lost" if self._seen_anybody else "never"
            return PartnerSnapshot(PartnerWindow.nobody(), (), None, state)
        times = now_ns + _OFFSETS_NS
        sampled = [t.resampled(times, self.config.hold_s, self.config.bridge_s) for t in chosen]
        positions = np.stack([p for p, _ in sampled]).astype(np.float32)
        valid = np.stack([v for _, v in sampled])
        age = min(ages[t] for t in chosen)
        return PartnerSnapshot(
            PartnerWindow(torch.from_numpy(positions), torch.from_numpy(valid)),
            tuple(t.body_id for t in chosen),
            now_ns - round(age * NANOSECONDS),
            "tracked" if age <= self.config.fresh_s else "held",
        )

    def _choose(
        self, alive: list[Track], now_ns: int, ego_position: NDArray[np.floating] | None
    ) -> list[Track]:
        policy = self.config.policy
        if policy == "all":
            return alive
        if policy.startswith("id:"):
            wanted = policy.removeprefix("id:")
            by_name = [t for t in alive if t.body_id == wanted]
            return (by_name or [t for t in alive if wanted in t.ids])[:1]
        if not alive:
            self._chosen = None
            return []

        def distance(track: Track) -> float:
            if ego_position is None:
                return 0.0
            return float(np.linalg.norm(track.place(now_ns) - np.asarray(ego_position)[:2]))

        nearest = min(alive, key=distance)
        current = self._chosen if self._chosen in alive else None
        margin = self.config.switch_margin_m
        if current is None or (
            policy == "nearest" and distance(nearest) < distance(current) - margin
        ):
            current = nearest
        self._chosen = current
        return [current]

    def _vanished_near(self, detection: SkeletonDetection, present: set[str]) -> Track | None:
        """The person whose id has gone and near whose last place this new id appears."""
        best, best_distance = None, float("inf")
        for track in self._tracks:
            away = (detection.stamp_ns - track.newest_stamp_ns) / NANOSECONDS
            if track.body_id in present or not 0 < away <= self.config.reassociate_s:
                continue
            reach = self.config.reassociate_m + self.config.walking_speed * away
            distance = track.distance_to(detection.positions)
            if distance <= min(reach, best_distance):
                best, best_distance = track, distance
        return best

    def _without_guesses(self, detection: SkeletonDetection) -> SkeletonDetection:
        guessed = ~(detection.confidence >= self.config.min_confidence)
        if not guessed.any():
            return detection
        positions = np.where(guessed[:, None], np.nan, detection.positions)
        return replace(detection, positions=positions)

    def _forget_old(self) -> None:
        """Drop who has been away too long to be believed, or to be taken for a new id."""
        if self._newest_ns is None:
            return
        keep_s = max(self.config.lost_after_s, self.config.reassociate_s)
        oldest = self._newest_ns - round(keep_s * NANOSECONDS)
        self._tracks = [t for t in self._tracks if t.newest_stamp_ns >= oldest]
