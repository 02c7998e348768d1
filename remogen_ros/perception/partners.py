"""Which of the tracked people the ego reacts to, and their last 1.6 s at 10 Hz."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from remogen_ros.cues.partners import PARTNER_FRAMES, PartnerWindow
from remogen_ros.motion.poses import FRAME_RATE
from remogen_ros.perception.detections import NANOSECONDS, SkeletonDetection
from remogen_ros.perception.partner_config import NAMED, PartnerConfig
from remogen_ros.perception.people import People
from remogen_ros.perception.tracks import Track

PartnerState = Literal["never", "tracked", "held", "lost"]

_OFFSETS_NS = (np.arange(1 - PARTNER_FRAMES, 1) * (NANOSECONDS / FRAME_RATE)).astype(np.int64)


@dataclass(frozen=True)
class PartnerSnapshot:
    """What is known of the chosen partners, and of everybody else, at one tick.

    Attributes:
        window: their last 1.6 s, float32; empty (P = 0) if nobody is there.
        partner_ids: the tracker's present names, in the order of the window.
        newest_stamp_ns: capture time of the newest observation in the window, None if empty.
        state: of the partner seen last.
        everybody: (N, 2) metres, where all who are not lost were seen last, chosen or not.
    """

    window: PartnerWindow
    partner_ids: tuple[str, ...]
    newest_stamp_ns: int | None
    state: PartnerState
    everybody: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2)))


class PartnerTracker:
    """Follows people, and chooses among them. Not thread-safe: one caller."""

    def __init__(self, config: PartnerConfig | None = None) -> None:
        self.config = config or PartnerConfig()
        self._people = People(self.config)
        self._chosen: Track | None = None
        self._seen_anybody = False

    @property
    def tracks(self) -> Sequence[Track]:
        """Everybody who is tracked, or was a moment ago, chosen or not."""
        return self._people.tracks

    def reset(self) -> None:
        """Forget everybody: time has jumped, or a new session begins."""
        self._people.reset()
        self._chosen = None
        self._seen_anybody = False

    def choose_by(self, policy: str) -> None:
        """Choose by another policy from now on.

        `locked` locks onto the person who is reacted to now, `id:<x>` looks anew for who is called
        so; `nearest` leaves the present person only for one that is nearer by the margin.

        Args:
            policy: as `PartnerConfig.policy`.
        """
        if policy.startswith(NAMED) or self.config.policy == "all":
            self._chosen = None
        self.config = self.config.model_copy(update={"policy": policy})

    def add(
        self,
        detections: Sequence[SkeletonDetection],
        source: str = "",
        present: Iterable[str] | None = None,
    ) -> list[str]:
        """Take what one message saw, in the fixed frame: `People.add`."""
        news = self._people.add(detections, source, present)
        self._seen_anybody = self._seen_anybody or bool(self._people.tracks)
        return news

    def window(self, now_ns: int, ego_position: NDArray[np.floating] | None) -> PartnerSnapshot:
        """The chosen partners up to `now_ns`; nothing newer than that is looked at.

        Args:
            now_ns: the tick.
            ego_position: (2,) or (3,) in the fixed frame; if None, "nearest" keeps to whom it has
                followed longest.
        """
        ages = {}
        for track in self._people.tracks:
            stamp = track.newest_until(now_ns)
            if stamp is not None:
                ages[track] = (now_ns - stamp) / NANOSECONDS
        alive = [t for t, age in ages.items() if age <= self.config.lost_after_s]
        places = np.array([t.pelvis_place(now_ns) for t in alive]).reshape(-1, 2)
        everybody = places[np.isfinite(places).all(-1)]
        chosen = self._choose(alive, now_ns, ego_position)
        if not chosen:
            state: PartnerState = "lost" if self._seen_anybody else "never"
            return PartnerSnapshot(PartnerWindow.nobody(), (), None, state, everybody)
        times = now_ns + _OFFSETS_NS
        config = self.config
        sampled = [
            t.resampled(times, config.hold_s, config.bridge_s, config.extrapolate_s) for t in chosen
        ]
        positions = np.stack([p for p, _ in sampled]).astype(np.float32)
        valid = np.stack([v for _, v in sampled])
        age = min(ages[t] for t in chosen)
        return PartnerSnapshot(
            PartnerWindow(torch.from_numpy(positions), torch.from_numpy(valid)),
            tuple(t.body_id for t in chosen),
            now_ns - round(age * NANOSECONDS),
            "tracked" if age <= self.config.fresh_s else "held",
            everybody,
        )

    def _choose(
        self, alive: list[Track], now_ns: int, ego_position: NDArray[np.floating] | None
    ) -> list[Track]:
        policy = self.config.policy
        if policy == "all":
            return alive
        if policy.startswith(NAMED):
            self._chosen = self._named(policy.removeprefix(NAMED), alive)
            return [self._chosen] if self._chosen else []
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

    def _named(self, wanted: str, alive: list[Track]) -> Track | None:
        """Who was called so when first chosen, until lost; then, who is called so now."""
        if self._chosen in alive:
            return self._chosen
        by_name = [t for t in alive if t.body_id == wanted]
        return next(iter(by_name or [t for t in alive if wanted in t.ids]), None)
