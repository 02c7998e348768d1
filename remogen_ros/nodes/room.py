"""The thread that owns the map of the room: a cloud goes in, an occupancy grid comes out."""

from __future__ import annotations

from collections.abc import Sequence
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
        people: in the fixed frame, as they were then: they are not furniture.
        ego_position: (3,) in the fixed frame, which the map stays centred on; None leaves it.
    """

    topic: str
    cloud: Any
    sensor: Rigid
    stamp_ns: int
    people: Sequence[Body] = ()
    ego_position: NDArray[np.floating] | None = None


class Room:
    """Maps clouds off the tick. The newest grid is always at hand, the newest cloud always next."""

    def __init__(self, config: OccupancyConfig, ledger: Ledger, lap: Lap = no_lap) -> None:
        """
        Args:
            config: of the map.
            ledger: where clouds that are of no use are counted.
            lap: told, on this object's thread, of each stage that is done: unpack, transform, those
                of `OccupancyMap.integrate`, and snapshot.
        """
        self._map = OccupancyMap(config)
        self._ledger = ledger
        self._lap = lap
        self._worker: LatestWorker[Sighting] = LatestWorker("room", self.integrate)
        self.grid: OccupancyGrid | None = None
        """The newest map, never modified once it is here; None while nothing is known."""

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

    def forget(self) -> None:
        """Begin a new map: time has jumped."""
        self.grid = None
        self._worker.reset(self._reset_map)

    def _reset_map(self) -> None:
        self._map.reset()
        self.grid = None

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
            if sighting.ego_position is not None:
                self._map.follow(sighting.ego_position)
            self._map.integrate(
                placed, sensor.translation, sighting.stamp_ns, sighting.people, self._lap
            )
            self.grid = self._map.snapshot()
            self._lap("snapshot")
        except Exception as error:  # As in Ledger.guarded: no message may end the node.
            sentence = f"dropped a message of topic '{sighting.topic}': {describe(error)}"
            self._ledger.drop(sighting.topic, "malformed", sentence)
