"""`./remogen data retargeting`: how true motion stays when it is put on our skeleton."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.box import SIMPLE
from rich.console import Console
from rich.progress import track
from rich.table import Table

from remogen_ros.data.anatomy import SIDES
from remogen_ros.data.datasets.bvh_folder import BvhFile, find_bvh
from remogen_ros.data.joint_maps import read_joint_map
from remogen_ros.data.retarget_quality import Comparison, Quality, matching_joints, quality
from remogen_ros.data.sources import MotionFile, find_recordings, unpack_archives
from remogen_ros.errors import UserError
from remogen_ros.motion.skeleton import JOINT_NAMES
from remogen_ros.rendering.comparison import ComparedMotion, comparison_sheet

_FORGIVING = ("scaled", "stretched", "fitted")
_ON_THE_FLOOR = 0.02
_CENTIMETRES = 100.0
_WORST = 3

Recorded = MotionFile | BvhFile


@dataclass(frozen=True)
class Retargeting:
    """Judge the retargeting of recordings, dataset by dataset, by the skeletons they came on.

    Joint errors: `scaled` with the source at one scale, hips on hips; `stretched` with each of its
    bones at our length; `fitted` with its own bones turned as ours turn, which leaves the pose.
    At fault: knees that bend forward, sides exchanged, elbows or wrists twisted beyond nature.

    Attributes:
        source: folder of Bandai-Namco, CMU and DeepMimic files, packed or unpacked; of any BVH
            files with --joint-map.
        joint_map: YAML file of the skeleton of the BVH files.
        sample: recordings of each dataset, chosen at random; 0 takes all.
        seed: of the choice.
        sheet: draw the source skeletons beside the bodies, and write this PNG.
        rows: recordings on the sheet; the first ones are the worst.
        joints: also list every joint.
    """

    source: Path
    joint_map: Path | None = None
    sample: int = 60
    seed: int = 0
    sheet: Path | None = None
    rows: int = 6
    joints: bool = False

    def run(self, console: Console) -> None:
        if self.sample < 0 or self.seed < 0 or self.rows < 1:
            raise UserError("--sample and --seed must be at least 0, and --rows at least 1.")
        if self.sheet is not None and not self.sheet.parent.is_dir():
            raise UserError(f"There is no folder {self.sheet.parent} to write the picture to.")
        if not self.source.is_dir():
            raise UserError(f"There is no folder {self.source} to read recordings from.")
        with TemporaryDirectory() as unpacked:
            chosen = self._chosen(Path(unpacked))
            judged = [
                (recording, quality(Comparison.of(*recording.original())))
                for recording in track(chosen, "comparing", console=console)
            ]
            _show(console, judged)
            if self.joints:
                _show_joints(console, judged)
            if self.sheet is not None:
                worst_first = sorted(judged, key=lambda row: -_error(row[1]))
                _draw([recording for recording, _ in _spread(worst_first, self.rows)], self.sheet)
                console.print(f"wrote {self.sheet}")

    def _chosen(self, unpacked: Path) -> list[Recorded]:
        found: Sequence[Recorded]
        if self.joint_map is not None:
            found = find_bvh(self.source, read_joint_map(self.joint_map), "")
        else:
            unpack_archives(self.source, unpacked)
            found = find_recordings(self.source, unpacked)
        if not found:
            raise UserError(f"{self.source} holds no Bandai-Namco, CMU or DeepMimic recording.")
        random = np.random.default_rng(self.seed)
        chosen: list[Recorded] = []
        for source in sorted({recording.source for recording in found}):
            own = [recording for recording in found if recording.source == source]
            count = min(self.sample or len(own), len(own))
            chosen += [own[i] for i in sorted(random.choice(len(own), count, replace=False))]
        return chosen


def _show(console: Console, judged: Sequence[tuple[Recorded, Quality]]) -> None:
    table = Table(
        "source", "clips", *_FORGIVING, "knees", "sides", "arms", "soles", "< 2 cm",
        title="mean joint error and height of soles in contact, cm; frames at fault",
        box=SIMPLE, padding=0,
    )  # fmt: skip
    worst = Table("worst clips", "scaled, cm", "stretched, cm", "why else")
    for source in sorted({recording.source for recording, _ in judged}):
        rows = [(r, q) for r, q in judged if r.source == source]
        soles = np.concatenate([q.soles for _, q in rows])
        frames = np.array([q.frames for _, q in rows])
        shares = (
            np.average([getattr(q, fault) for _, q in rows], weights=frames)
            for fault in ("backward_knees", "swapped", "wrung")
        )
        table.add_row(
            source,
            str(len(rows)),
            *(f"{np.mean([_error(q, way) for _, q in rows]):.2f}" for way in _FORGIVING),
            *(f"{share:.2%}" for share in shares),
            f"{np.abs(soles).mean() * _CENTIMETRES:.2f}" if len(soles) else "-",
            f"{(np.abs(soles) < _ON_THE_FLOOR).mean():.1%}" if len(soles) else "-",
        )
        for recording, q in sorted(rows, key=lambda row: -_error(row[1]))[:_WORST]:
            worst.add_row(
                recording.name, f"{_error(q):.2f}", f"{_error(q, 'stretched'):.2f}", _faults(q)
            )
    console.print(table)
    console.print(worst)


def _show_joints(console: Console, judged: Sequence[tuple[Recorded, Quality]]) -> None:
    sources = sorted({recording.source for recording, _ in judged})
    table = Table("joint", *sources, title="scaled / stretched / fitted, cm")
    for joint in JOINT_NAMES:
        cells = []
        for source in sources:
            qualities = [q for recording, q in judged if recording.source == source]
            cells.append(" / ".join(_joint(qualities, joint, way) for way in _FORGIVING))
        table.add_row(joint, *cells)
    console.print(table)


def _joint(qualities: Sequence[Quality], joint: str, way: str) -> str:
    known = [getattr(q, way)[joint] for q in qualities if joint in getattr(q, way)]
    return f"{np.mean(known) * _CENTIMETRES:.1f}" if known else "-"


def _error(q: Quality, way: str = "scaled") -> float:
    """Mean over the joints, centimetres."""
    return float(np.mean(list(getattr(q, way).values()))) * _CENTIMETRES


def _faults(q: Quality) -> str:
    shares = {"backward knees": q.backward_knees, "sides": q.swapped, "arms": q.wrung}
    if len(q.soles):
        shares["soles off the floor"] = float((np.abs(q.soles) >= _ON_THE_FLOOR).mean())
    return ", ".join(f"{name} {share:.0%}" for name, share in shares.items() if share >= 0.005)


def _spread(
    worst_first: Sequence[tuple[Recorded, Quality]], rows: int
) -> list[tuple[Recorded, Quality]]:
    """The worst ones, and others evenly down to the best."""
    places = np.linspace(0, len(worst_first) - 1, min(rows, len(worst_first))).round().astype(int)
    return [worst_first[place] for place in places]


def _draw(recordings: Sequence[Recorded], path: Path) -> None:
    comparison_sheet([_compared(recording) for recording in recordings], path)


def _compared(recording: Recorded) -> ComparedMotion:
    clip, joint_map = recording.original()
    compared = Comparison.of(clip, joint_map)
    ours = {source: name for name, source in matching_joints(joint_map).items()}
    drawn: list[int] = []
    sides: list[str] = []
    parents: list[int] = []
    for joint, (name, parent) in enumerate(zip(clip.names, clip.parents, strict=True)):
        # What is above the pelvis is no bone: some files have a root on the floor.
        if ours.get(name) == "pelvis" or parent in drawn:
            side = ours.get(name, "").split("_")[0]
            above = drawn.index(parent) if parent in drawn else -1
            # Fingers have the side of the hand.
            inherited = sides[above] if above >= 0 else ""
            sides.append(side if side in SIDES else inherited)
            parents.append(above)
            drawn.append(joint)
    return ComparedMotion(recording.name, compared.ours, compared.source[:, drawn], parents, sides)
