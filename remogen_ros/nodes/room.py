"""The thread that owns the map of the room: clouds and maps go in, an occupancy grid comes out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remogen_ros.cues.occupancy import OccupancyGrid
from remogen_ros.nodes.ledger import Ledger, describe
from remogen_ros.nodes.transforms import Rigid
from remogen_ros.nodes.worker import LatestWorker
from remogen_ros.perception.carving import Body
from remogen_ros.perception.clouds import placed_cloud, points_from_cloud
from remogen_ros.perception.floor import FloorWatch
from remogen_ros.perception.occupancy_config import OccupancyConfig
from remogen_ros.perception.occupancy_map import Lap, OccupancyMap, no_lap


@dataclass(frozen=True)
class Sighting:
    """One cloud, and what is needed to place it.

    Attributes:
        topic: where it came from.
        cloud: sensor_msgs/PointCloud2.
        sensor: pose of its frame in the fixed frame.
        stamp_ns: when it was captured.
        bodies: in the fixed frame, as they were then, people's and the ego's: no furniture.
        ego_position: (3,) in the fixed frame, which the map stays centred on; None leaves it.
    """

    topic: str
    cloud: Any
    sensor: Rigid
    stamp_ns: int
    bodies: Sequence[Body] = ()
    ego_position: NDArray[np.floating] | None = None


@dataclass(frozen=True)
class _Look:
    """No cloud, but another place to look at, or news of what is known beforehand."""

    ego_position: NDArray[np.floating] | None = None


Build = Callable[[], OccupancyGrid]
"""Makes cells of what is known beforehand; a ValueError says why that cannot be."""

LOOK_ANEW_M = 0.5
"""When the ego is so far from the middle of a map that no cloud renews, it is moved along."""


FLOOR_PERIOD_S = 1.5
"""The floor is looked for in a cloud as often, seconds: it hardly moves, and looking takes
milliseconds in which Open3D holds the interpreter."""


class Room:
    """Maps clouds off the tick. The newest grid is always at hand, the newest cloud always next."""

    def __init__(self, config: OccupancyConfig, ledger: Ledger, lap: Lap = no_lap) -> None:
        """
        Args:
            config: of the map.
            ledger: where clouds that are of no use are counted.
            lap: told, on this object's thread, of each stage that is done: unpack, transform,
                floor, those of `OccupancyMap.integrate`, and snapshot.
        """
        self._map = OccupancyMap(config)
        self._ledger = ledger
        self._lap = lap
        self.floor = FloorWatch()
        self._floor_seen_at = -FLOOR_PERIOD_S
        self._worker: LatestWorker[Sighting | _Look] = LatestWorker("room", self._work)
        self._builds: dict[str, Build] = {}
        self._built: dict[str, tuple[Build, OccupancyGrid | None]] = {}
        self._middle: NDArray[np.floating] | None = None
        self.grid: OccupancyGrid | None = None
        """The newest map, never modified once it is here; None while nothing is known."""
        self.stamp_ns: int | None = None
        """Of the newest cloud in it."""

    def start(self) -> None:
        """Start the thread."""
        self._worker.start()

    def stop(self) -> None:
        """Finish the cloud in work, and end the thread."""
        self._worker.stop()

    def hand(self, sighting: Sighting) -> None:
        """Hand over the newest cloud; an older one that still waits is skipped, and counted."""
        if not self._worker.hand(sighting):
            self._ledger.skip(sighting.topic, "newer cloud came first")

    def know(self, topic: str, build: Build) -> None:
        """Take what is known beforehand, from one source; it is built on this object's thread.

        What became known first goes before the rest, and the newest clouds before all of it.
        """
        self._builds = {**self._builds, topic: build}
        self._worker.offer(_Look())

    def look_from(self, ego_position: NDArray[np.floating] | None) -> None:
        """Keep what is known beforehand around the ego while no cloud comes."""
        if ego_position is None or not self._builds:
            return
        middle = self._middle
        if middle is None or np.linalg.norm(ego_position[:2] - middle[:2]) > LOOK_ANEW_M:
            self._worker.offer(_Look(ego_position))

    def forget(self) -> None:
        """Begin a new map: time has jumped. What is known beforehand stays."""
        self.grid = self.stamp_ns = None
        self._worker.reset(self._reset_map)

    def _reset_map(self) -> None:
        self._map.reset()
        self.stamp_ns = None
        self.floor.reset()
        self._middle = None
        self.grid = self._map.snapshot()

    def _work(self, work: Sighting | _Look) -> None:
        self._learn()
        if isinstance(work, Sighting):
            self.integrate(work)
            return
        self._follow(work.ego_position)
        self.grid = self._map.snapshot()

    def _learn(self) -> None:
        """Build what has become known since."""
        builds = self._builds
        if all(topic in self._built and self._built[topic][0] is b for topic, b in builds.items()):
            return
        grid: OccupancyGrid | None
        for topic, build in builds.items():
            last = self._built.get(topic)
            if last is not None and last[0] is build:
                continue
            grid = None if last is None else last[1]
            try:
                grid = build()
            except Exception as error:  # As in Ledger.guarded: no message may end the node.
                sentence = f"dropped a message of topic '{topic}': {describe(error)}"
                self._ledger.drop(topic, "malformed", sentence)
            self._built[topic] = build, grid
        self._map.know([known for _, known in self._built.values() if known is not None])

    def _follow(self, ego_position: NDArray[np.floating] | None) -> None:
        if ego_position is not None:
            self._map.follow(ego_position)
            self._middle = ego_position

    def integrate(self, sighting: Sighting) -> None:
        """Enter one cloud into the map: on this object's thread, once that is started."""
        try:
            points = points_from_cloud(sighting.cloud, self._map.config.max_points)
            self._lap("unpack")
            if len(points) == 0:
                self._ledger.skip(sighting.topic, "no finite point")
                return
            sensor = sighting.sensor
            placed = placed_cloud(points, sensor.translation, sensor.quaternion)
            self._lap("transform")
            self._watch_floor(sighting.topic, placed)
            self._lap("floor")
            self._follow(sighting.ego_position)
            self._map.integrate(
                placed, sensor.translation, sighting.stamp_ns, sighting.bodies, self._lap
            )
            self.grid, self.stamp_ns = self._map.snapshot(), sighting.stamp_ns
            self._lap("snapshot")
        except Exception as error:  # As in Ledger.guarded: no message may end the node.
            sentence = f"dropped a message of topic '{sighting.topic}': {describe(error)}"
            self._ledger.drop(sighting.topic, "malformed", sentence)

    def _watch_floor(self, topic: str, placed: NDArray[np.floating]) -> None:
        now = time.monotonic()
        if now - self._floor_seen_at < FLOOR_PERIOD_S:
            return
        self._floor_seen_at = now
        before = self.floor.problem
        self.floor.see(placed)
        if self.floor.problem and not before:
            self._ledger.say(topic, "floor", f"topic '{topic}': {self.floor.problem}")
