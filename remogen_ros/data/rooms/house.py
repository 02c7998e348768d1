"""All the rooms of the composed corpora, by number: the modelled ones, then drawn layouts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from remogen_ros.data.rooms.furnished_room import FurnishedRoom
from remogen_ros.data.rooms.furniture import Piece, read_furniture
from remogen_ros.data.rooms.layouts import layout_name, layout_split, random_room
from remogen_ros.data.rooms.scans import read_scans, scans
from remogen_ros.data.splits import Split
from remogen_ros.errors import UserError

LAYOUTS = 320
FURNITURE = "BlendSwap-CC-0.sh3f"


@dataclass(frozen=True)
class House:
    """Where the rooms come from.

    Attributes:
        folder: with the furniture library, and those of the modelled rooms that are there.
        seed: of the layouts.
        layouts: how many are drawn.
    """

    folder: Path
    seed: int
    layouts: int = LAYOUTS

    def splits(self) -> dict[str, Split]:
        """Every room's name and split; the clips of a split play in its rooms alone.

        Raises:
            UserError: the folder or the furniture library is missing.
        """
        if not (self.folder / FURNITURE).is_file():
            raise UserError(f"There is no furniture library {FURNITURE} in {self.folder}.")
        modelled = {
            name: scan.split
            for name, scan in scans().items()
            if (self.folder / scan.file).is_file()
        }
        names = (layout_name(number) for number in range(self.layouts))
        return modelled | {name: layout_split(name) for name in names}

    def room(self, name: str) -> FurnishedRoom:
        """One of them.

        Raises:
            UserError: a file of it cannot be read.
        """
        if name in scans():
            return next(room for room in read_scans(self.folder) if room.scene.name == name)
        number = int(name.split()[-1])
        return random_room(number, _pieces(self.folder / FURNITURE), self.seed)


@cache
def _pieces(library: Path) -> list[Piece]:
    return read_furniture(library)
