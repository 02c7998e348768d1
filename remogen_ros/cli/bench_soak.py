"""`./remogen bench soak`: hours of ticks in minutes, and whether anything grows or breaks."""

from __future__ import annotations

import itertools
import logging
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from remogen_ros.cli.bench_voxels import synthetic_sighting
from remogen_ros.cli.measured import check_folder, machine, percentiles, write_json
from remogen_ros.cli.resident import MemoryLog
from remogen_ros.embodiment.choosing import AVATAR, embodiment_named
from remogen_ros.embodiment.embodying import Pose
from remogen_ros.embodiment.guard import Around, Guard
from remogen_ros.embodiment.joint_guard import JointGuard
from remogen_ros.errors import UserError
from remogen_ros.evaluation.tracker_replay import Heard, heard
from remogen_ros.motion.poses import FRAME_RATE
from remogen_ros.nodes.ledger import Ledger
from remogen_ros.nodes.resources import shipped_folder
from remogen_ros.nodes.room import Room
from remogen_ros.perception.detections import NANOSECONDS
from remogen_ros.perception.occupancy_config import OccupancyConfig
from remogen_ros.perception.partners import PartnerTracker
from remogen_ros.recording.tracker_forms import TRACKER_FORMS
from remogen_ros.streaming.generator import Generator
from remogen_ros.streaming.observation import Observation

_PERIOD_NS = round(NANOSECONDS / FRAME_RATE)
_TOLERANCE = 1e-6
"""Radians, and radians a second."""

GREATEST_GROWTH_MB = 20.0
"""By which resident memory may grow over the second half of the ticks: allocators wander by less,
and 1.2 kB a tick leaked for an hour are more."""

FAILED = 1
"""Exit code of a run in which something grew or broke."""

_PAUSE_NS = 2 * NANOSECONDS
"""Between one round of the recording and the next, in which the person is lost."""


@dataclass(frozen=True)
class SoakBench:
    """Hours of ticks as fast as they go, and whether anything grows or breaks.

    Everything between messages and joints runs in one thread, without ROS: the people of a
    recording, again and again, are tracked and reacted to; clouds of a synthetic room become the
    map; the guard and the body follow. Told are resident memory over time, and what was not finite
    or beyond a limit of the body. The exit code is 1 if anything was, or if memory grew by more
    than 20 MB over the second half.

    Attributes:
        minutes: of ticks, at ten a second.
        embodiment: a shipped robot, the path of a robot's YAML file, or avatar.
        model: name of a shipped one, or path of a model folder.
        bag: with Azure Kinect bodies: name of a shipped one, or path of a bag.
        cloud_every: ticks between clouds; 0 for none.
        json: write the numbers to this file.
    """

    minutes: float = 60.0
    embodiment: str = AVATAR
    model: str = "demo"
    bag: str = "demo"
    cloud_every: int = 10
    json: Path | None = None

    def run(self, console: Console) -> int:
        ticks = round(60 * FRAME_RATE * self.minutes)
        if ticks < 2 or self.cloud_every < 0:
            raise UserError("--minutes must be above 0, and --cloud-every at least 0.")
        check_folder("--json", self.json)
        torch.set_num_threads(1)
        numbers = self._soaked(ticks)
        if self.json is not None:
            write_json(self.json, numbers)
        memory = numbers["memory_mb"] or {}
        console.print(
            f"{ticks} ticks in {numbers['seconds']:.0f} s, {numbers['speed']:.1f} times real time; "
            f"not finite {numbers['not_finite']}, beyond a joint's limits "
            f"{numbers['limit_violations']}, guarded {numbers['guard']}; memory "
            f"{memory.get('start')} MB at first, {memory.get('end')} MB at last, "
            f"{memory.get('growth_per_minute')} MB a minute over the second half"
        )
        broken = what_broke(numbers)
        for sentence in broken:
            console.print(sentence, style="red", highlight=False)
        return FAILED if broken else 0

    def _soaked(self, ticks: int) -> dict[str, Any]:
        body = embodiment_named(self.embodiment)
        guard, joint_guard = Guard(), JointGuard(body.limits, 1.0 / FRAME_RATE, 0.0)
        generator = Generator.load(shipped_folder("model", self.model), backend="auto")
        weights = dict.fromkeys(generator.adapter_names, 1.0)
        tracker, told = PartnerTracker(), _again_and_again(self._heard())
        coming = next(told)
        room = Room(OccupancyConfig(), Ledger(logging.getLogger("soak")))
        sighting, _ = synthetic_sighting()
        memory, spent = MemoryLog(os.getpid()), np.zeros(ticks)
        not_finite = violations = 0
        ego: NDArray[np.floating] = np.zeros(3)
        lower, upper = body.limits.lower - _TOLERANCE, body.limits.upper + _TOLERANCE
        fastest = body.limits.velocity + _TOLERANCE
        begun = time.perf_counter()
        for tick in track(range(ticks), "ticks"):
            now = tick * _PERIOD_NS
            while coming[0] <= now:
                tracker.add(coming[1])
                coming = next(told)
            if self.cloud_every and tick % self.cloud_every == 0:
                room.integrate(replace(sighting, stamp_ns=now, ego_position=ego))
            started = time.perf_counter()
            seen = tracker.window(now, ego[:2])
            observation = Observation(seen.window, room.grid, adapter_weights=weights, mix="auto")
            frame = guard.guarded(generator.step(observation), Around(seen.everybody, room.grid))
            if frame is None:
                not_finite += 1
                continue
            ego = frame.root_position
            horizon = zip(frame.horizon_root_positions, frame.horizon_joint_rotations, strict=True)
            pose = Pose(frame.root_position, frame.joint_rotations)
            sent = joint_guard.guarded(body.tick(pose, [Pose(*each) for each in horizon]))
            spent[tick] = time.perf_counter() - started
            if sent is None or not np.isfinite(sent.joints.positions).all():
                not_finite += 1
                continue
            joints, speeds = sent.joints.positions, np.abs(sent.joints.velocities)
            beyond = (joints < lower) | (joints > upper) | (speeds > fastest)
            violations += int(beyond.any())
            memory.look()
        seconds = time.perf_counter() - begun
        changed = {**guard.counts, **body.interventions}
        return {
            "ticks": ticks,
            "embodiment": self.embodiment,
            "seconds": round(seconds, 1),
            "speed": round(ticks / FRAME_RATE / seconds, 2),
            "tick_ms": percentiles(1e3 * spent, (50, 95, 99)),
            "not_finite": not_finite,
            "limit_violations": violations,
            "guard": {name: count for name, count in changed.items() if count},
            "replans": generator.replans,
            "memory_mb": memory.report(),
            "people": "of a recording, again and again",
            "room": "synthetic: boxes",
            "machine": machine(),
        }

    def _heard(self) -> list[Heard]:
        form = next(form for form in TRACKER_FORMS if form.tracker == "azure_kinect")
        return heard(form, shipped_folder("bag", self.bag), {form.topic})


def what_broke(numbers: dict[str, Any]) -> list[str]:
    """A sentence for each thing that must not be so; none if all is well."""
    sentences = []
    if count := numbers["not_finite"]:
        sentences.append(f"In {count} of {numbers['ticks']} ticks something was not finite.")
    if count := numbers["limit_violations"]:
        sentences.append(
            f"In {count} of {numbers['ticks']} ticks a joint was beyond its range or its velocity."
        )
    memory = numbers["memory_mb"]
    if memory is not None:
        grown = memory["growth_per_minute"] * numbers["seconds"] / 2 / 60
        if grown > GREATEST_GROWTH_MB:
            sentences.append(
                f"Memory grew by {grown:.0f} MB over the second half; {GREATEST_GROWTH_MB:.0f} MB "
                "is the most that is allowed."
            )
    return sentences


def _again_and_again(told: list[Heard]) -> Iterator[Heard]:
    """A recording from time 0 on, with a pause after each round."""
    first = told[0][0]
    length = told[-1][0] - first + _PAUSE_NS
    for number in itertools.count():
        shift = number * length - first
        for received_ns, detections in told:
            moved = [replace(each, stamp_ns=each.stamp_ns + shift) for each in detections]
            yield received_ns + shift, moved
