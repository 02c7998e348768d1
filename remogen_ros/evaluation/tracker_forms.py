"""How much it matters by which tracker a person is seen: the same recording in every form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from remogen_ros.evaluation.tracker_replay import Heard, blurred, heard, reaction, snapshots
from remogen_ros.motion.skeleton import JOINT_INDEX
from remogen_ros.perception.partners import PartnerSnapshot
from remogen_ros.recording.sightings import Sighting
from remogen_ros.recording.tracker_forms import NATIVE_FORM, TrackerForm, write_form
from remogen_ros.streaming.generator import Generator
from remogen_ros.training.config import TrackingNoise

_PELVIS = JOINT_INDEX["pelvis"]


@dataclass(frozen=True)
class FormRow:
    """One form beside the native one with 22 joints.

    Attributes:
        form: its name.
        partner_mm: mean distance of the partner's newest joints that are known in both.
        unknown: share of the partner's newest joints that are known in the native form alone.
        root_m: mean distance of the ego's pelvis over the floor.
        root_last_m: the same, in the last second.
        joints_m: mean distance of the ego's joints from their own pelvis.
        moved_m: how far the ego's joints are, on average, from where they were at first.
    """

    form: str
    partner_mm: float
    unknown: float
    root_m: float
    root_last_m: float
    joints_m: float
    moved_m: float


class FormComparison:
    """Replays one recording in its forms, each against the native one.

    What a difference means is told by the native form as trackers blur it in training, by each
    joint's idea and jitter: what a model was trained to take for the same.
    """

    def __init__(self, generator: Generator, sightings: Sequence[Sighting], folder: Path) -> None:
        """
        Args:
            generator: the model.
            sightings: the recording.
            folder: where the bags are written, one a form.

        Raises:
            UserError: a bag of that name exists already.
        """
        self._generator = generator
        self._sightings = sightings
        self._folder = folder
        self._native = self._heard(NATIVE_FORM)
        self._known = self._snapshots(self._native)
        self._ego = self._reaction(self._known)

    def row(self, form: TrackerForm) -> FormRow:
        """Write the recording in a form, read it, react to it, and compare."""
        told = self._native if form == NATIVE_FORM else self._heard(form)
        return self._compared(form.name, told)

    def blurred_row(self, seed: int, noise: TrackingNoise | None = None) -> FormRow:
        """The native form by a tracker that is as bad as those in training."""
        noise = noise or TrackingNoise()
        random = np.random.default_rng(seed)
        told = blurred(self._native, noise.offset, noise.jitter, random)
        return self._compared(f"native, blurred ({seed})", told)

    def _heard(self, form: TrackerForm) -> list[Heard]:
        bag = self._folder / form.name.lower().replace(",", "").replace(" ", "_")
        write_form(form, self._sightings, bag)
        return heard(form, bag)

    def _snapshots(self, told: Sequence[Heard]) -> list[PartnerSnapshot]:
        return snapshots(told, self._sightings[0].received_ns, self._sightings[-1].received_ns)

    def _reaction(self, known: Sequence[PartnerSnapshot]) -> NDArray[np.float64]:
        return np.array(list(reaction(self._generator, known)), np.float64)

    def _compared(self, name: str, told: Sequence[Heard]) -> FormRow:
        known = self._snapshots(told)
        ego = self._reaction(known)
        partner, there = _newest(known)
        native, native_there = _newest(self._known)
        both = there & native_there
        gaps = np.linalg.norm(partner - native, axis=-1)[both]
        roots = np.linalg.norm((ego - self._ego)[:, _PELVIS, :2], axis=-1)
        posed = [joints - joints[:, _PELVIS, None] for joints in (ego, self._ego)]
        return FormRow(
            name,
            1e3 * float(gaps.mean()),
            float((native_there & ~there).sum() / native_there.sum()),
            float(roots.mean()),
            float(roots[-10:].mean()),
            float(np.linalg.norm(posed[0] - posed[1], axis=-1).mean()),
            float(np.linalg.norm(ego - ego[:1], axis=-1).mean()),
        )


def _newest(known: Sequence[PartnerSnapshot]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(T, 22, 3) the partner's joints at each tick, (T, 22) whether they are known."""
    positions = np.zeros((len(known), 22, 3))
    there = np.zeros((len(known), 22), bool)
    for tick, snapshot in enumerate(known):
        if snapshot.partner_ids:
            positions[tick] = snapshot.window.positions[0, -1].numpy()
            there[tick] = snapshot.window.valid[0, -1].numpy()
    return positions, there
