"""The guard: the last look at the ego's pose before any body follows it.

A frame within all limits goes through as the very object that came. Otherwise the body is shown
where it may be: held, slowed down, or kept where it stands; and once nothing is in the way, what
is shown comes back to what is generated without a jump.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remogen_ros.cues.occupancy import OccupancyGrid
from remogen_ros.embodiment.easing import slerp, smoothstep, turned_at_most
from remogen_ros.embodiment.free_space import IN_THE_WAY, FreeSpace
from remogen_ros.embodiment.guard_config import GuardConfig
from remogen_ros.embodiment.horizon import foreseen_within
from remogen_ros.embodiment.root_steps import TRUNK, Obstacles
from remogen_ros.embodiment.shown import FrameT, Shown, is_sound, posed
from remogen_ros.motion.poses import FRAME_RATE

Array = NDArray[np.floating]

INTERVENTIONS = (
    "not_finite",
    "held",
    "root_speed",
    "joint_speed",
    "partner_distance",
    "occupied",
    "horizon",
)
"""What the guard does, as it is counted."""

BRAKING = 0.5
"""Share of a tick's motion that is left in the next one, when the body is held while it moves."""

_RETURNING = 0.2
"""Share of the way back to what is generated that is covered in a tick, at most."""

_BACK = 1e-3
"""Metres off what is generated, below which the body is back."""

_STOPPED = 1e-4
_STOPPED_COSINE = 1.0 - 1e-6
"""Metres a tick, and cosine of half the angle a tick, within which a body that brakes stands."""


_NOBODY = np.zeros((0, 2))
_OVER_FLOOR = np.array((1.0, 1.0, 0.0))


@dataclass(frozen=True)
class Around:
    """What is around the ego at a tick, in the fixed frame.

    Attributes:
        people: (N, 2) where everybody is, metres.
        room: which cells are occupied, None if unknown.
    """

    people: Array = field(default_factory=lambda: _NOBODY)
    room: OccupancyGrid | None = None


class Guard:
    """Keeps one ego within its limits, tick by tick. Not thread-safe.

    Args:
        config: the limits.
        period: seconds from one tick to the next.

    Attributes:
        counts: ticks with each intervention since this guard was made.
    """

    def __init__(self, config: GuardConfig | None = None, period: float = 1.0 / FRAME_RATE) -> None:
        self.config = config or GuardConfig()
        self.counts: Counter[str] = Counter(dict.fromkeys(INTERVENTIONS, 0))
        self._period = period
        self._largest_turn = min(self.config.max_joint_speed * period, np.pi)
        self._ticks_of_ease = 1.0
        self._grid: OccupancyGrid | None = None
        self._obstacles: Obstacles | None = None
        self.reset()

    def reset(self) -> None:
        """Forget the last pose: the next one is shown wherever it is."""
        self._shown: Any = None
        self._before: Any = None
        self._generated: Array | None = None
        self._eased: int | None = None

    def ease(self, seconds: float | None = None) -> None:
        """Come softly from the pose shown last to the next one, which does not continue it.

        Args:
            seconds: in which the joints come there; None: `ease_s`.
        """
        self._ticks_of_ease = max((seconds or self.config.ease_s) / self._period, 1.0)
        self._generated = None
        self._eased = 0

    def guarded(self, frame: FrameT, around: Around, hold: bool = False) -> FrameT | None:
        """What may be shown of a frame.

        Args:
            frame: as generated; of any numbers.
            around: people and room at the tick.
            hold: whether the body is to stand still, whatever was generated.

        Returns:
            `frame` itself where it breaks no limit and there is nothing to come back from; None if
            it is not finite and no pose has been shown that could be held.
        """
        if not is_sound(frame):
            self.counts["not_finite"] += 1
            return self._kept(self._shown) if self._shown is not None else None
        space = self._space(around)
        if self._shown is None:
            self.counts["held"] += hold
            self._generated = frame.root_position
            self._eased = None
            return self._show(self._foreseen(frame, space))
        if hold:
            self.counts["held"] += 1
            return self._kept(self._braked(space))
        share = self._next_share()
        rotations = self._rotations(frame, share)
        place, blocked = self._place(frame, share, space)
        self._generated = frame.root_position
        if place is not None or rotations is not None:
            frame = self._moved(frame, place, rotations, blocked)
        return self._show(self._foreseen(frame, space))

    def _show(self, frame: FrameT) -> FrameT:
        self._before, self._shown = self._shown, frame
        return frame

    # --- holding -------------------------------------------------------------------------------

    def _kept(self, pose: FrameT) -> FrameT:
        """A pose that nothing follows, and from which motion is to come back softly."""
        # One at least: with none, the body would be foreseen to go on as it came.
        count = max(len(pose.horizon_root_positions), 1)
        self.ease()
        return self._show(
            replace(
                pose,
                horizon_root_positions=np.repeat(pose.root_position[None], count, 0),
                horizon_joint_rotations=np.repeat(pose.joint_rotations[None], count, 0),
            )
        )

    def _braked(self, space: FreeSpace) -> Any:
        """The pose shown last, a little further along the way that led there."""
        last, before = self._shown, self._before
        if before is None:
            return last
        step = last.root_position - before.root_position
        cosine = np.abs((last.joint_rotations * before.joint_rotations).sum(-1)).min()
        if np.abs(step).max() < _STOPPED and cosine > _STOPPED_COSINE:
            return last
        allowed = self._allowed(BRAKING * step, last.joint_positions[TRUNK], space)[0]
        rotations = slerp(before.joint_rotations, last.joint_rotations, 1.0 + BRAKING)
        return posed(last, last.root_position + allowed, rotations)

    # --- coming back ---------------------------------------------------------------------------

    def _next_share(self) -> float:
        """Share of the way from what is shown to what is generated for this tick; 1 normally."""
        if self._eased is None:
            return 1.0
        share = self._share_until(self._eased + 1)
        self._eased = None if share >= 1.0 else self._eased + 1
        return share

    def _share_until(self, tick: float) -> float:
        """Share of the way that is left now, that is covered by a tick of the easing.

        Each tick covers part of what is left at that time, so that what moves meanwhile is met, and
        a body that turns past its mirror image does not jump.
        """
        done = smoothstep((self._eased or 0) / self._ticks_of_ease)
        return (smoothstep(tick / self._ticks_of_ease) - done) / (1.0 - done)

    def _rotations(self, frame: Shown, share: float) -> Array | None:
        """(22, 4) to be shown; None where those of the frame may be."""
        last, target = self._shown.joint_rotations, frame.joint_rotations
        if share < 1.0:
            target = slerp(last, target, share)
        limited = turned_at_most(last, target, self._largest_turn)
        if limited is not None:
            self.counts["joint_speed"] += 1
            return limited
        return target if share < 1.0 else None

    # --- where the root may go -----------------------------------------------------------------

    def _place(self, frame: Shown, share: float, space: FreeSpace) -> tuple[Array | None, bool]:
        """(3,) where the root is shown, None where that of the frame may be; and whether something
        was in the way."""
        last, wanted = self._shown.root_position, frame.root_position
        generated = wanted if self._generated is None else self._generated
        off = (last - generated) * _OVER_FLOOR
        distance = float(np.linalg.norm(off))
        on_course = share >= 1.0 and distance <= _BACK
        if on_course:
            step = wanted - last
        else:
            fastest = self.config.return_speed * self._period
            back = share * min(_RETURNING, fastest / max(distance, _BACK))
            step = share * (wanted - generated) - back * off
            # Height belongs to the pose: it comes back with the joints, and feet keep the floor.
            step[2] = share * (wanted[2] - last[2])
        trunk = frame.joint_positions[TRUNK] + (last - wanted)
        allowed, blocked = self._allowed(step, trunk, space)
        if on_course and allowed is step:
            return None, False
        return last + allowed, blocked

    def _allowed(self, step: Array, trunk: Array, space: FreeSpace) -> tuple[Array, bool]:
        """The step that breaks no limit, and whether people or things were in its way."""
        allowed, broken = space.allowed(step, trunk)
        self.counts.update(broken)
        return allowed, any(limit in IN_THE_WAY for limit in broken)

    def _space(self, around: Around) -> FreeSpace:
        config = self.config
        room = around.room if config.avoid_occupied else None
        return FreeSpace(
            longest=config.max_root_speed * self._period,
            people=around.people,
            apart=config.min_partner_distance,
            room=None if room is None else self._room(room),
            clearance=config.clearance,
        )

    def _room(self, grid: OccupancyGrid) -> Obstacles:
        if grid is not self._grid or self._obstacles is None:
            self._grid, self._obstacles = grid, Obstacles.of(grid)
        return self._obstacles

    # --- what is shown -------------------------------------------------------------------------

    def _foreseen(self, frame: FrameT, space: FreeSpace) -> FrameT:
        """The frame, and of what is to come after it what keeps the limits."""
        within = foreseen_within(frame, self._shown, space, self._largest_turn)
        self.counts["horizon"] += within is not frame
        return within

    def _moved(
        self, frame: FrameT, place: Array | None, rotations: Array | None, blocked: bool
    ) -> FrameT:
        """The frame at another place or in another pose, and its horizon with it."""
        root = frame.root_position if place is None else place.astype(np.float32)
        shift = root - frame.root_position
        if rotations is None:
            moved = replace(
                frame, root_position=root, joint_positions=frame.joint_positions + shift
            )
        else:
            moved = posed(frame, root, rotations)
        roots, turns = frame.horizon_root_positions + shift, frame.horizon_joint_rotations
        if blocked:
            roots = np.repeat(root[None], len(roots), 0)
        if self._eased is not None and len(turns):
            ticks = range(self._eased + 1, self._eased + 1 + len(turns))
            shares = np.array([self._share_until(tick) for tick in ticks])
            turns = slerp(moved.joint_rotations, turns, shares[:, None, None]).astype(np.float32)
        return replace(moved, horizon_root_positions=roots, horizon_joint_rotations=turns)
