"""`./remogen bench voxels`: how long a cloud takes to become the map, and what ticks feel of it."""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from remogen_ros.cli.measured import check_folder, machine, percentiles, write_json
from remogen_ros.cues.partners import PARTNER_FRAMES, PartnerWindow
from remogen_ros.errors import UserError
from remogen_ros.motion.skeleton import JOINT_COUNT
from remogen_ros.nodes.generation import warm_up
from remogen_ros.nodes.ledger import Ledger
from remogen_ros.nodes.resources import shipped_folder
from remogen_ros.nodes.room import Room, Sighting
from remogen_ros.nodes.transforms import Rigid
from remogen_ros.perception.carving import Body
from remogen_ros.perception.occupancy_config import OccupancyConfig
from remogen_ros.perception.transforms import OPTICAL_TO_BODY, quaternion_from_matrix
from remogen_ros.recording import camera
from remogen_ros.recording.bags import message_types
from remogen_ros.recording.box_room import STANDING, box_room
from remogen_ros.recording.messages import MessageFactory
from remogen_ros.streaming.generator import Generator
from remogen_ros.streaming.observation import Observation

BUDGETED = ("transform", "crop", "voxelise")
BUDGET_MS = 40.0
"""What these stages may take together."""

CAMERA = camera.DepthCamera(
    position=(-2.2, -2.2, 2.1), yaw=np.radians(45.0), pitch=np.radians(18.0), width=640, height=480
)
"""A camera in a corner, of 307,200 points a cloud."""

_FLESH = 0.1
"""Radius of the balls at the joints of who stands in the room, metres."""

_WARM_UP = 3
_PERCENTILES = (50, 95)
_TICK_PERIOD_S = 0.1


@dataclass(frozen=True)
class VoxelBench:
    """How long a cloud of 307,200 points takes to become the map, stage by stage.

    The cloud is synthetic: a virtual depth camera looks at a room of boxes and at one who stands in
    it. It goes through what the node runs. Then the model ticks at 10 Hz, alone and beside clouds.

    Attributes:
        clouds: how many to measure.
        ticks: how many to measure each way; 0 for none.
        rate: of the clouds beside the ticks, Hz.
        max_points: of a larger cloud every n-th point is used; by default what the node uses.
        model: that ticks: name of a shipped one, or path of a model folder.
        json: write the numbers to this file.
    """

    clouds: int = 100
    ticks: int = 150
    rate: float = 15.0
    max_points: int = OccupancyConfig().max_points
    model: str = "demo"
    json: Path | None = None

    def run(self, console: Console) -> None:
        if self.clouds < 1 or self.ticks < 0 or self.rate <= 0:
            raise UserError("--clouds must be at least 1, --ticks at least 0 and --rate above 0.")
        check_folder("--json", self.json)
        model = shipped_folder("model", self.model)
        sighting, points = synthetic_sighting()
        numbers = {"points": points, "clouds": self.clouds, "max_points": self.max_points}
        numbers |= self._stages(sighting)
        if self.ticks:
            numbers |= self._ticks(sighting, model)
        numbers |= {"scene": "synthetic: boxes", "machine": machine()}
        if self.json:
            write_json(self.json, numbers)
        for table in _tables(numbers):
            console.print(table)

    def _stages(self, sighting: Sighting) -> dict[str, Any]:
        watch = _Watch()
        room = self._room(watch.lap)
        for _ in range(_WARM_UP + self.clouds):
            watch.start()
            room.integrate(sighting)
            watch.stop()
        wall, processor = (
            {stage: spent[_WARM_UP:] for stage, spent in each.items()}
            for each in (watch.wall, watch.processor)
        )
        return {
            "stages_ms": {stage: percentiles(wall[stage], _PERCENTILES) for stage in wall},
            "processor_ms": {stage: percentiles(processor[stage], _PERCENTILES) for stage in wall},
            "total_ms": percentiles(_sum(wall, tuple(wall)), _PERCENTILES),
            "budgeted_ms": percentiles(_sum(wall, BUDGETED), _PERCENTILES),
            "budgeted": list(BUDGETED),
            "budget_ms": BUDGET_MS,
        }

    def _ticks(self, sighting: Sighting, model: Path) -> dict[str, Any]:
        """Alone and beside, turn by turn, so that what else the machine does is the same."""
        torch.set_num_threads(1)
        generator = Generator.load(model, backend="auto")
        warm_up(generator, generator.adapter_names)
        generator.reset()
        room = self._room()
        room.start()
        feeder = _Feeder(room, sighting, 1.0 / self.rate)
        spent: dict[bool, list[float]] = {False: [], True: []}
        turns = max(1, self.ticks // 50)
        for turn in range(2 * turns):
            feeder.feeding.set() if turn % 2 else feeder.feeding.clear()
            for _ in range(-(-self.ticks // turns)):
                spent[bool(turn % 2)].append(_tick_ms(generator, room))
        feeder.stop()
        room.stop()
        return {
            "clouds_hz": self.rate,
            "tick_ms_alone": percentiles(spent[False], (50, 95, 99)),
            "tick_ms_beside": percentiles(spent[True], (50, 95, 99)),
        }

    def _room(self, *lap: Any) -> Room:
        config = OccupancyConfig(max_points=self.max_points)
        return Room(config, Ledger(logging.getLogger("bench")), *lap)


class _Watch:
    """Milliseconds of each stage of each cloud, by the wall and by this thread's processor."""

    def __init__(self) -> None:
        self.wall: dict[str, list[float]] = defaultdict(list)
        self.processor: dict[str, list[float]] = defaultdict(list)

    def start(self) -> None:
        self._spent: dict[str, NDArray[np.float64]] = {}
        self._last = _clocks()

    def lap(self, stage: str) -> None:
        now = _clocks()
        self._spent[stage] = self._spent.get(stage, 0.0) + now - self._last
        self._last = now

    def stop(self) -> None:
        for stage, (wall, processor) in self._spent.items():
            self.wall[stage].append(wall)
            self.processor[stage].append(processor)


class _Feeder:
    """A camera: hands the cloud over again and again, while it is told to."""

    def __init__(self, room: Room, sighting: Sighting, period_s: float) -> None:
        self.feeding = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, args=(room, sighting, period_s))
        self._thread.start()

    def stop(self) -> None:
        self._stopping = True
        self.feeding.set()
        self._thread.join()

    def _run(self, room: Room, sighting: Sighting, period_s: float) -> None:
        while not self._stopping:
            self.feeding.wait()
            room.hand(sighting)
            time.sleep(period_s)


def _clocks() -> NDArray[np.float64]:
    return 1e3 * np.array((time.perf_counter(), time.thread_time()))


def _sum(spent: dict[str, list[float]], stages: tuple[str, ...]) -> NDArray[np.float64]:
    return np.sum([spent[stage] for stage in stages], axis=0)


def synthetic_sighting() -> tuple[Sighting, dict[str, int]]:
    """One cloud as a message, with the transform and the bodies that the node would have."""
    balls = np.c_[STANDING, np.full(JOINT_COUNT, _FLESH)]
    room = camera.Room(box_room(seed=0))
    points = CAMERA.look(room, balls, np.random.default_rng(0))
    cloud = MessageFactory(message_types()).cloud(0, "camera", points)
    optical = quaternion_from_matrix(CAMERA.rotation @ OPTICAL_TO_BODY)
    sighting = Sighting(
        topic="points",
        cloud=cloud,
        sensor=Rigid(np.array(CAMERA.position), optical),
        stamp_ns=0,
        bodies=[Body.of_person(STANDING, OccupancyConfig().carve_radius)],
        ego_position=np.zeros(3),
    )
    finite = int(np.isfinite(points).all(-1).sum())
    return sighting, {"all": CAMERA.width * CAMERA.height, "finite": finite}


def _tick_ms(generator: Generator, room: Room) -> float:
    """One tick with a partner and the map, on an even grid of ticks."""
    time.sleep(_TICK_PERIOD_S - time.monotonic() % _TICK_PERIOD_S)
    partner = torch.from_numpy(STANDING).float().expand(1, PARTNER_FRAMES, JOINT_COUNT, 3)
    seen = torch.ones(1, PARTNER_FRAMES, JOINT_COUNT, dtype=torch.bool)
    observation = Observation(
        PartnerWindow(partner + torch.tensor((1.5, 0.0, 0.0)), seen),
        occupancy=room.grid,
        adapter_weights=dict.fromkeys(generator.adapter_names, 1.0),
    )
    begun = time.perf_counter()
    generator.step(observation)
    return 1e3 * (time.perf_counter() - begun)


def _tables(numbers: dict[str, Any]) -> list[Table]:
    points = numbers["points"]
    stages = Table(
        "stage", "p50, ms", "p95, ms", "max, ms", "processor p50, ms",
        title=f"{numbers['clouds']} synthetic clouds of {points['all']:,} points "
        f"({points['finite']:,} finite)",
        caption=f"budget of {', '.join(BUDGETED)}: {BUDGET_MS:.0f} ms",
    )  # fmt: skip
    for stage, found in numbers["stages_ms"].items():
        processor = f"{numbers['processor_ms'][stage]['p50']:.2f}"
        stages.add_row(stage, *_cells(found), processor)
    stages.add_section()
    stages.add_row("budgeted", *_cells(numbers["budgeted_ms"]))
    stages.add_row("all", *_cells(numbers["total_ms"]))
    if "clouds_hz" not in numbers:
        return [stages]
    ticks = Table("ticks", "p50, ms", "p95, ms", "p99, ms", "max, ms")
    ticks.add_row("alone", *_cells(numbers["tick_ms_alone"]))
    beside = f"beside clouds at {numbers['clouds_hz']:g} Hz"
    ticks.add_row(beside, *_cells(numbers["tick_ms_beside"]))
    return [stages, ticks]


def _cells(found: dict[str, float]) -> list[str]:
    return [f"{value:.2f}" for value in found.values()]
