"""Who is who: detections given to people, through changed ids, gaps, and more than one tracker."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from scipy.optimize import linear_sum_assignment

from remogen_ros.perception.bones import limb_lengths, size_ratio
from remogen_ros.perception.detections import NANOSECONDS, SkeletonDetection
from remogen_ros.perception.partner_config import PartnerConfig
from remogen_ros.perception.tracks import Track

ID_TRUST = 2.0
"""How many times as far a person may have come if the id is the same. Farther is somebody else, to
whom the tracker gave the id anew."""

EXCHANGE_M = 0.3
"""Two ids have changed over if both people are farther than this from where they were, and the
other way round would bring them nearer by so much each, on average."""

SIZE_TOLERANCE = 0.25
"""A body that is larger or smaller than a person by more than this part is somebody else. One frame
is too noisy to tell two adults apart; it tells a child from an adult."""

MOST_PEOPLE = 16
"""Of more people than these, those who were seen longest ago are forgotten."""

_NO_MATCH = 1e6
"""Costs more than every match, so that as many as can be are matched, metres."""


class People:
    """Everybody who is tracked, or was a moment ago.

    Each tracker (`source`) has people of its own. Who appears to one tracker where another sees
    somebody already is the same person; the tracker that saw that person first is believed until
    it has lost them for `hold_s`.

    Attributes:
        tracks: one a person.
    """

    def __init__(self, config: PartnerConfig) -> None:
        self._config = config
        self._said: set[frozenset[str]] = set()
        self.reset()

    def reset(self) -> None:
        """Forget everybody."""
        self.tracks: list[Track] = []
        self._newest_ns: dict[str, int] = {}

    def add(
        self,
        detections: Sequence[SkeletonDetection],
        source: str,
        present: Iterable[str] | None = None,
    ) -> list[str]:
        """Take what one tracker saw at one time. Stamps that do not advance are ignored.

        Args:
            detections: in the fixed frame.
            source: the tracker.
            present: ids of all whom it follows at present, if those are more than the detections.

        Returns:
            Sentences about what was left out, each said once.
        """
        if not detections:
            return []
        self._forget_the_future(source, max(d.stamp_ns for d in detections))
        certain = [self._without_guesses(d) for d in detections]
        seen = [d for d in certain if not np.isnan(d.positions).all() and self._is_news(d, source)]
        # Who is followed, but not to be seen here, is not away.
        elsewhere = {*(present or ()), *(d.body_id for d in certain)} - {d.body_id for d in seen}
        matches = self._exchanged(self._by_id(seen, source))
        taken = [track for _, track in matches]
        absent = [
            track
            for track in self.tracks
            if track.source == source and track not in taken and track.body_id not in elsewhere
        ]
        strangers = _others(seen, matches)
        returned = self._returned(strangers, absent)
        for detection, track in (*matches, *returned):
            track.append(detection)
        news = self._take_in(_others(strangers, returned), source)
        self._forget_the_past(source)
        return news

    def _is_news(self, detection: SkeletonDetection, source: str) -> bool:
        """Whether it is newer than all that is known of whoever has this id, or had it."""
        own = [t for t in self.tracks if t.source == source]
        named = [t for t in own if t.body_id == detection.body_id]
        known = named or [t for t in own if detection.body_id in t.ids]
        return all(detection.stamp_ns > track.newest_stamp_ns for track in known)

    def _by_id(
        self, detections: Sequence[SkeletonDetection], source: str
    ) -> list[tuple[SkeletonDetection, Track]]:
        """Each detection with the person of its id, if that person can have come there."""
        matches = []
        for detection in detections:
            named = [
                (track.distance_to(detection.positions), index)
                for index, track in enumerate(self.tracks)
                if track.source == source and track.body_id == detection.body_id
            ]
            if not named:
                continue
            distance, index = min(named)
            track = self.tracks[index]
            # Not farther: with no joint in common (NaN), the id is all there is to go by.
            if not distance > ID_TRUST * self._reach(detection, track):
                matches.append((detection, track))
        return matches

    def _exchanged(
        self, matches: list[tuple[SkeletonDetection, Track]]
    ) -> list[tuple[SkeletonDetection, Track]]:
        """The same, but for pairs whose ids the tracker has changed over."""
        matches = list(matches)
        # Who is about where they were has not changed places with anybody.
        moved = [
            place
            for place, (detection, track) in enumerate(matches)
            if track.distance_to(detection.positions) > EXCHANGE_M
        ]
        for one, other in combinations(moved, 2):
            (first, mine), (second, yours) = matches[one], matches[other]
            kept = mine.distance_to(first.positions) + yours.distance_to(second.positions)
            crossed = yours.distance_to(first.positions) + mine.distance_to(second.positions)
            if crossed + 2 * EXCHANGE_M < kept:
                matches[one], matches[other] = (first, yours), (second, mine)
        return matches

    def _returned(
        self, strangers: Sequence[SkeletonDetection], absent: Sequence[Track]
    ) -> list[tuple[SkeletonDetection, Track]]:
        """Who of the strangers is somebody whose id has gone: by place, and by size."""
        if not strangers or not absent:
            return []
        costs = np.array([[self._cost(d, track) for track in absent] for d in strangers])
        rows, columns = linear_sum_assignment(costs)
        return [
            (strangers[row], absent[column])
            for row, column in zip(rows, columns, strict=True)
            if costs[row, column] < _NO_MATCH
        ]

    def _cost(self, detection: SkeletonDetection, track: Track) -> float:
        """Metres between a stranger and somebody who is away, as if another size were a distance
        too; _NO_MATCH if they cannot be the same."""
        away = (detection.stamp_ns - track.newest_stamp_ns) / NANOSECONDS
        distance = track.distance_to(detection.positions)
        if not 0 < away <= self._config.reassociate_s:
            return _NO_MATCH
        if not distance <= self._reach(detection, track):
            return _NO_MATCH
        ratio = size_ratio(limb_lengths(detection.positions), track.bones.lengths)
        if not np.isfinite(ratio) or ratio <= 0.0:
            return distance
        size = abs(float(np.log(ratio)))
        return distance + size if size <= SIZE_TOLERANCE else _NO_MATCH

    def _take_in(self, strangers: Sequence[SkeletonDetection], source: str) -> list[str]:
        """New people, unless another tracker sees them already."""
        news = []
        others = [track for track in self.tracks if track.source != source]
        for detection in strangers:
            same = min(
                (track for track in others if self._is_same(detection, track)),
                key=lambda track: track.distance_to(detection.positions),
                default=None,
            )
            if same is None:
                steady = self._config.steady_limbs
                self.tracks.append(Track(detection, source, steady_limbs=steady))
                continue
            others.remove(same)
            away = (detection.stamp_ns - same.newest_stamp_ns) / NANOSECONDS
            if away > self._config.hold_s:
                same.append(detection)
                same.source = source
            elif frozenset((source, same.source)) not in self._said:
                self._said.add(frozenset((source, same.source)))
                news.append(
                    f"body {detection.body_id!r} is left out: '{same.source}' sees the same "
                    f"person as body {same.body_id!r}, and saw them first; choose one by the "
                    "parameter tracker, if both cameras see everybody"
                )
        return news

    def _is_same(self, detection: SkeletonDetection, track: Track) -> bool:
        """Whether another tracker's person is this one."""
        away = (detection.stamp_ns - track.newest_stamp_ns) / NANOSECONDS
        near = track.distance_to(detection.positions) <= self._reach(detection, track)
        return near and abs(away) <= self._config.reassociate_s

    def _reach(self, detection: SkeletonDetection, track: Track) -> float:
        """How far from where they were last a person can be at the time of a detection, metres."""
        away = abs(detection.stamp_ns - track.newest_stamp_ns) / NANOSECONDS
        return self._config.reassociate_m + self._config.walking_speed * away

    def _without_guesses(self, detection: SkeletonDetection) -> SkeletonDetection:
        guessed = ~(detection.confidence >= self._config.min_confidence)
        if not guessed.any():
            return detection
        positions = np.where(guessed[:, None], np.nan, detection.positions)
        return replace(detection, positions=positions)

    def _forget_the_future(self, source: str, stamp_ns: int) -> None:
        """A tracker whose time jumps back begins anew."""
        newest = self._newest_ns.get(source)
        if newest is not None and stamp_ns < newest - self._config.jump_s * NANOSECONDS:
            self.tracks = [track for track in self.tracks if track.source != source]
            newest = None
        self._newest_ns[source] = stamp_ns if newest is None else max(stamp_ns, newest)

    def _forget_the_past(self, source: str) -> None:
        """Drop who has been away too long to be believed, or to be taken for a new id."""
        # Otherwise a tracker whose bodies are never twice at one place would fill the room.
        if len(self.tracks) > MOST_PEOPLE:
            self.tracks.sort(key=lambda track: track.newest_stamp_ns)
            del self.tracks[:-MOST_PEOPLE]
        keep_s = max(self._config.lost_after_s, self._config.reassociate_s)
        oldest = self._newest_ns[source] - round(keep_s * NANOSECONDS)
        self.tracks = [t for t in self.tracks if t.source != source or t.newest_stamp_ns >= oldest]


def _others(
    detections: Sequence[SkeletonDetection], matches: Sequence[tuple[SkeletonDetection, Track]]
) -> list[SkeletonDetection]:
    """The detections that are in no match."""
    matched = {id(detection) for detection, _ in matches}
    return [detection for detection in detections if id(detection) not in matched]
