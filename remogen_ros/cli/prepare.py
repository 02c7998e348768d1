"""`./remogen data prepare`: from datasets, or by composition, to corpora."""

from __future__ import annotations

import os
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, get_args, get_type_hints

import tyro
from rich.console import Console
from rich.table import Table

from remogen_ros.cli.compose import Duet, DuetInRooms, Rooms
from remogen_ros.cli.reports import progress_bar, show_rejected
from remogen_ros.data.datasets.bvh_folder import find_bvh
from remogen_ros.data.datasets.climbing import find_climbing
from remogen_ros.data.datasets.egobody import egobody_scenes, find_egobody
from remogen_ros.data.datasets.humanml3d import find_humanml3d
from remogen_ros.data.datasets.inter_x import find_inter_x
from remogen_ros.data.datasets.kth_handover import find_kth_handover
from remogen_ros.data.datasets.lingo import find_lingo, lingo_scenes
from remogen_ros.data.joint_maps import read_joint_map
from remogen_ros.data.parts import forget_parts
from remogen_ros.data.prepare import Summary, part_count, prepare_corpus
from remogen_ros.data.recordings import Recording
from remogen_ros.data.scenes import Scene
from remogen_ros.data.sources import find_recordings, unpack_archives
from remogen_ros.data.splits import SPLITS
from remogen_ros.errors import UserError


@dataclass(frozen=True, kw_only=True)
class Dataset(ABC):
    """What preparing any dataset needs.

    Attributes:
        source: folder of the dataset.
        out: folder of the corpus.
        phases: 10 Hz samplings of each training recording, each starting a little later.
        workers: processes; 0 means one per processor.
        afresh: throw away what an interrupted run has left, instead of going on from there.
    """

    source: Path
    out: Path
    phases: int = 3
    workers: int = 0
    afresh: bool = False

    def run(self, console: Console) -> None:
        if self.phases < 1 or self.workers < 0:
            raise UserError("--phases must be at least 1 and --workers at least 0.")
        if not self.source.is_dir():
            raise UserError(f"There is no folder {self.source} to prepare data from.")
        with tempfile.TemporaryDirectory() as unpacked, progress_bar(console) as progress:
            looking = progress.add_task("looking for recordings", total=None)
            recordings = self.recordings(Path(unpacked))
            scenes = self.scenes()
            progress.remove_task(looking)
            task = progress.add_task("retargeting", total=part_count(recordings))
            if self.afresh:
                forget_parts(self.out)
            summary = prepare_corpus(
                recordings,
                self.out,
                self.phases,
                self.workers or os.cpu_count() or 1,
                lambda: progress.advance(task),
                scenes,
            )
        _show_summary(console, summary, self.out)

    @abstractmethod
    def recordings(self, unpacked: Path) -> Sequence[Recording]:
        """All of the dataset; archives may be unpacked into a temporary folder."""

    def scenes(self) -> Sequence[Scene]:
        """The rooms in which they were recorded."""
        return ()


@dataclass(frozen=True)
class Single(Dataset):
    """One person: Bandai-Namco, CMU and DeepMimic files, packed (.tar.xz, .bvh.xz) or unpacked."""

    def recordings(self, unpacked: Path) -> Sequence[Recording]:
        unpack_archives(self.source, unpacked)
        found = find_recordings(self.source, unpacked)
        if not found:
            raise UserError(
                f"{self.source} holds no Bandai-Namco, CMU or DeepMimic recording, packed or "
                "unpacked."
            )
        return found


@dataclass(frozen=True)
class HumanML3D(Dataset):
    """One person, with captions: HumanML3D's index, texts and splits, and AMASS' motion.

    Attributes:
        amass: folder of AMASS; `amass_data` in the source if left out.
    """

    amass: Path | None = None

    def recordings(self, unpacked: Path) -> Sequence[Recording]:
        return find_humanml3d(self.source, self.amass)


@dataclass(frozen=True)
class InterX(Dataset):
    """Pairs: Inter-X, raw or processed; the ego is who reacts."""

    def recordings(self, unpacked: Path) -> Sequence[Recording]:
        return find_inter_x(self.source)


@dataclass(frozen=True)
class Lingo(Dataset):
    """One person in rooms, with captions and goals: LINGO."""

    def recordings(self, unpacked: Path) -> Sequence[Recording]:
        return find_lingo(self.source)

    def scenes(self) -> Sequence[Scene]:
        return lingo_scenes(self.source)


@dataclass(frozen=True)
class EgoBody(Dataset):
    """Pairs in scanned rooms: EgoBody; the ego is who wears the camera."""

    def recordings(self, unpacked: Path) -> Sequence[Recording]:
        return find_egobody(self.source)

    def scenes(self) -> Sequence[Scene]:
        return egobody_scenes(self.source)


@dataclass(frozen=True)
class Climbing(Dataset):
    """One person who climbs onto boxes, and the boxes: the sequences of holosoma-retargeting."""

    def recordings(self, unpacked: Path) -> Sequence[Recording]:
        return find_climbing(self.source)

    def scenes(self) -> Sequence[Scene]:
        return [sequence.scene() for sequence in find_climbing(self.source)]


@dataclass(frozen=True)
class KthHandover(Dataset):
    """Pairs: handovers of the KTH dataset, on composed legs; the ego is who takes."""

    def recordings(self, unpacked: Path) -> Sequence[Recording]:
        return find_kth_handover(self.source)


@dataclass(frozen=True, kw_only=True)
class Bvh(Dataset):
    """One person: any folder of BVH files, with a joint map for their skeleton.

    Attributes:
        joint_map: YAML file; those in `remogen_ros/data/joint_maps` are examples.
        licence: of the files, kept with every clip.
    """

    joint_map: Path
    licence: str = "unknown"

    def recordings(self, unpacked: Path) -> Sequence[Recording]:
        return find_bvh(self.source, read_joint_map(self.joint_map), self.licence)


@dataclass(frozen=True)
class Prepare:
    """Prepare a corpus."""

    kind: (
        Annotated[Single, tyro.conf.subcommand("single")]
        | Annotated[HumanML3D, tyro.conf.subcommand("humanml3d")]
        | Annotated[InterX, tyro.conf.subcommand("inter-x")]
        | Annotated[Lingo, tyro.conf.subcommand("lingo")]
        | Annotated[EgoBody, tyro.conf.subcommand("egobody")]
        | Annotated[Climbing, tyro.conf.subcommand("climbing")]
        | Annotated[KthHandover, tyro.conf.subcommand("kth-handover")]
        | Annotated[Bvh, tyro.conf.subcommand("bvh")]
        | Annotated[Duet, tyro.conf.subcommand("duet")]
        | Annotated[Rooms, tyro.conf.subcommand("rooms")]
        | Annotated[DuetInRooms, tyro.conf.subcommand("duet-in-rooms")]
    )

    def run(self, console: Console) -> None:
        self.kind.run(console)


def preparable() -> dict[str, str]:
    """What can be prepared: names of datasets and of composed corpora, and what each is."""
    kinds = get_args(get_type_hints(Prepare, include_extras=True)["kind"])
    types = {get_args(kind)[1].name: get_args(kind)[0] for kind in kinds}
    return {name: (kind.__doc__ or "").splitlines()[0] for name, kind in types.items()}


def _show_summary(console: Console, summary: Summary, out: Path) -> None:
    table = Table("source", *SPLITS, "hours", title=str(out))
    for source, seconds in sorted(summary.seconds.items()):
        counts = (str(summary.clips[source, split]) for split in SPLITS)
        table.add_row(source, *counts, f"{seconds / 3600:.2f}")
    console.print(table)
    show_rejected(console, summary.rejected)
