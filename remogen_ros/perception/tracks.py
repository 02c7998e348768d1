"""The observations of one person, and their resampling by time stamps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from remogen_ros.motion.skeleton import JOINT_COUNT
from remogen_ros.perception.bones import BoneLengths, with_limb_lengths
from remogen_ros.perception.detections import NANOSECONDS, SkeletonDetection
from remogen_ros.perception.extrapolation import floor_velocity

CAPACITY = 256
"""Observations kept of one person: over 4 s at 60 Hz, 2 s at 120 Hz."""


class Track:
    """A ring of observations of one person, by ascending time stamp.

    Attributes:
        source: the tracker that sees this person.
        ids: every id that the tracker gave this person, the newest last.
        bones: how long the person's limbs are.
    """

    def __init__(
        self, first: SkeletonDetection, source: str = "", *, steady_limbs: bool = True
    ) -> None:
        """
        Args:
            first: the first observation.
            source: the tracker that made it.
            steady_limbs: whether observations are kept with limbs as long as the person's.
        """
        self.source = source
        self.ids: list[str] = []
        self.bones = BoneLengths()
        self._steady_limbs = steady_limbs
        self._stamps = np.zeros(2 * CAPACITY, np.int64)
        self._positions = np.zeros((2 * CAPACITY, JOINT_COUNT, 3))
        self._observed = np.zeros((2 * CAPACITY, JOINT_COUNT), bool)
        self._end = 0
        self.append(first)

    @property
    def body_id(self) -> str:
        """The tracker's present name for this person."""
        return self.ids[-1]

    @property
    def newest_stamp_ns(self) -> int:
        """Capture time of the last observation."""
        return int(self._stamps[self._end - 1])

    def append(self, detection: SkeletonDetection) -> bool:
        """Take one more observation; False if its stamp does not advance, and it is ignored."""
        if self._end and detection.stamp_ns <= self.newest_stamp_ns:
            return False
        if self._end == len(self._stamps):
            for ring in (self._stamps, self._positions, self._observed):
                ring[:CAPACITY] = ring[CAPACITY:]
            self._end = CAPACITY
        self.bones.see(detection.stamp_ns, detection.positions)
        positions = detection.positions
        if self._steady_limbs:
            positions = with_limb_lengths(positions, self.bones.lengths)
        observed = np.isfinite(positions.sum(axis=-1))
        self._stamps[self._end] = detection.stamp_ns
        self._positions[self._end] = np.where(observed[:, None], positions, 0.0)
        self._observed[self._end] = observed
        self._end += 1
        if detection.body_id in self.ids:
            self.ids.remove(detection.body_id)
        self.ids.append(detection.body_id)
        return True

    def newest_until(self, now_ns: int) -> int | None:
        """Stamp of the last observation that is not newer than `now_ns`."""
        stamps = self._stamps[: self._end]
        count = int(np.searchsorted(stamps, now_ns, side="right"))
        return int(stamps[count - 1]) if count else None

    def distance_to(self, positions: NDArray[np.float64]) -> float:
        """Metres from the newest observation to (22, 3) positions: the median over the joints.

        NaN where no joint is in both.
        """
        both = self._observed[self._end - 1] & np.isfinite(positions.sum(axis=-1))
        if not both.any():
            return float("nan")
        gaps = np.linalg.norm(self._positions[self._end - 1, both] - positions[both], axis=-1)
        return float(np.median(gaps))

    def place(self, now_ns: int) -> NDArray[np.float64]:
        """(2,) where the person was last seen on the floor plan, up to `now_ns`.

        The mean of the joints seen then; infinite if there was no such observation.
        """
        row = int(np.searchsorted(self._stamps[: self._end], now_ns, side="right")) - 1
        seen = self._observed[row]
        if row < 0 or not seen.any():
            return np.full(2, np.inf)
        return self._positions[row, seen, :2].mean(0)

    def pelvis_place(self, now_ns: int) -> NDArray[np.float64]:
        """(2,) the same, of the pelvis alone if it was seen then."""
        row = int(np.searchsorted(self._stamps[: self._end], now_ns, side="right")) - 1
        if row >= 0 and self._observed[row, 0]:
            return self._positions[row, 0, :2]
        return self.place(now_ns)

    def around(self, stamp_ns: int, within_s: float) -> tuple[NDArray[np.float64], float] | None:
        """The body at a time, from the observations before and after it.

        Every joint is interpolated linearly between the two nearest observations in which it was
        seen; if there is one on one side only, the joint is where that has it.

        Args:
            stamp_ns: the time.
            within_s: observations farther away in time than this do not count.

        Returns:
            (22, 3) metres, NaN where a joint was not seen, and seconds to the nearest observation;
            None if there is none.
        """
        reach_ns = round(within_s * NANOSECONDS)
        stamps = self._stamps[: self._end]
        begin = int(np.searchsorted(stamps, stamp_ns - reach_ns, side="left"))
        end = int(np.searchsorted(stamps, stamp_ns + reach_ns, side="right"))
        if begin == end:
            return None
        seconds = (stamps[begin:end] - stamp_ns) / NANOSECONDS
        observed, positions = self._observed[begin:end], self._positions[begin:end]
        index = np.arange(end - begin)[:, None]
        before = np.where(observed & (seconds <= 0)[:, None], index, -1).max(0)
        after = np.where(observed & (seconds >= 0)[:, None], index, end - begin).min(0)
        known_before, known_after = before >= 0, after < end - begin
        low = np.where(known_before, before, after).clip(0, end - begin - 1)
        high = np.where(known_after, after, low)
        span = seconds[high] - seconds[low]
        fraction = np.where(span > 0, -seconds[low] / np.where(span > 0, span, 1.0), 0.0)
        joints = np.arange(JOINT_COUNT)
        start, stop = positions[low, joints], positions[high, joints]
        body = start + fraction[:, None] * (stop - start)
        body[~(known_before | known_after)] = np.nan
        return body, float(np.abs(seconds).min())

    def resampled(
        self,
        times_ns: NDArray[np.int64],
        hold_s: float,
        bridge_s: float,
        extrapolate_s: float = 0.0,
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Joint positions at other times, from observations that are not newer than the last one.

        Every joint is interpolated linearly between the two observations next to each time *in
        which it was seen*, if they are at most `bridge_s` apart; otherwise its last observation
        is held for `hold_s`; otherwise it is not valid. What is held goes on with the trunk, over
        the floor, for `extrapolate_s` after the newest observation.

        Args:
            times_ns: (T,) ascending; no observation newer than times_ns[-1] is looked at.

        Returns:
            (T, 22, 3) metres, zero where not valid; (T, 22) validity.
        """
        end = int(np.searchsorted(self._stamps[: self._end], times_ns[-1], side="right"))
        reach_ns = int(max(hold_s, bridge_s) * NANOSECONDS)
        begin = int(np.searchsorted(self._stamps[:end], times_ns[0] - reach_ns, side="left"))
        count = end - begin
        if count == 0:
            shape = (len(times_ns), JOINT_COUNT)
            return np.zeros((*shape, 3)), np.zeros(shape, bool)
        stamps = self._stamps[begin:end]
        positions = self._positions[begin:end]
        observed = self._observed[begin:end]

        # For each observation and joint: the last one up to it and the first one from it on in
        # which the joint was seen; -1 and `count` where there is none.
        index = np.arange(count)[:, None]
        last = np.maximum.accumulate(np.where(observed, index, -1), axis=0)
        following = np.minimum.accumulate(np.where(observed, index, count)[::-1], axis=0)[::-1]
        none_yet = np.full((1, JOINT_COUNT), -1)
        none_more = np.full((1, JOINT_COUNT), count)
        passed = np.searchsorted(stamps, times_ns, side="right")
        before = np.concatenate((none_yet, last))[passed]
        after = np.concatenate((following, none_more))[passed]

        seconds = (stamps - times_ns[-1]) / NANOSECONDS
        targets = ((times_ns - times_ns[-1]) / NANOSECONDS)[:, None]
        seen, follows = before >= 0, after < count
        low, high = np.maximum(before, 0), np.minimum(after, count - 1)
        gap = seconds[high] - seconds[low]
        bridged = seen & follows & (gap <= bridge_s + 1e-9)
        age = targets - seconds[low]
        valid = bridged | (seen & (age <= hold_s + 1e-9))
        fraction = np.where(bridged & (gap > 0), age / np.where(gap > 0, gap, 1.0), 0.0)
        joints = np.arange(JOINT_COUNT)
        start, stop = positions[low, joints], positions[high, joints]
        joined = start + fraction[..., None] * (stop - start)
        if extrapolate_s > 0.0:
            ahead = np.clip(targets - seconds[-1], 0.0, extrapolate_s)
            joined[..., :2] += ahead[..., None] * floor_velocity(stamps, positions, observed)
        return np.where(valid[..., None], joined, 0.0), valid
