"""Random windows of people in furnished rooms: what the scene adapter is trained on."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from remogen_ros.data.corpus import Corpus
from remogen_ros.data.scenes import SceneStack
from remogen_ros.data.splits import Split
from remogen_ros.data.windows import People, Windows
from remogen_ros.errors import UserError
from remogen_ros.motion.canonical import CanonicalFrame


@dataclass(frozen=True)
class Surroundings:
    """The rooms of a batch of windows.

    Attributes:
        stack: all rooms.
        rooms: (B,) which of them each window is in.
        mirrored: how many windows, from the first on, are in the mirror image of their room.
    """

    stack: SceneStack
    rooms: Tensor
    mirrored: int

    def ego_occupancy(self, frame: CanonicalFrame) -> Tensor:
        """(B) canonical frames -> (B, 32, 32, 20) uint8 cell states."""
        return self.stack.ego_occupancy(self.rooms, frame, self.mirrored)

    def to(self, device: torch.device | str) -> Surroundings:
        """The same on another device."""
        return Surroundings(self.stack.to(device), self.rooms.to(device), self.mirrored)


@dataclass(frozen=True)
class Residents(People):
    """A batch of windows of one person in a room.

    Attributes:
        surroundings: the rooms.
        goal: (B, 3) where the pelvis is to be, in the window's world; zero where it is not known.
        goal_known: (B,) bool.
    """

    surroundings: Surroundings
    goal: Tensor
    goal_known: Tensor


class RoomWindows(Windows):
    """Windows of one person in rooms; of a pair in rooms, of the ego alone."""

    def __init__(
        self,
        corpus: Corpus,
        split: Split,
        mirrored_share: float = 0.5,
        balance: float = 0.5,
        onset_share: float = 0.0,
    ) -> None:
        """Set up the draw, as for `SingleWindows`; rooms are mirrored with who is in them.

        Raises:
            UserError: a clip of the split plays in no room.
        """
        super().__init__(corpus, split, mirrored_share, balance, onset_share, lead=0)
        homeless = [clip.name for clip in self._clips if not clip.scene]
        if homeless:
            raise UserError(
                f"The clip {homeless[0]!r} plays in no room; windows in rooms need a corpus such "
                "as `./remogen data prepare rooms` composes."
            )
        numbers = {name: number for number, name in enumerate(corpus.scenes)}
        self._rooms = torch.tensor([numbers[clip.scene] for clip in self._clips])
        self._stack = SceneStack([scene.grid for scene in corpus.scenes.values()])
        goals = [
            next((goal.position for goal in clip.goals if goal.joint == "pelvis"), None)
            for clip in self._clips
        ]
        self._goals = torch.tensor([goal or (0.0, 0.0, 0.0) for goal in goals])
        self._goal_known = torch.tensor([goal is not None for goal in goals])

    def draw(self, batch: int, frames: int, random: torch.Generator) -> Residents:
        """A batch of windows.

        Raises:
            UserError: no clip of the split is long enough.
        """
        draw = self._draw(batch, frames, random)
        goal = self._goals[draw.clips]
        goal[: draw.mirrored, 1] *= -1.0
        rooms = self._there(self._rooms[draw.clips])
        return Residents(
            self._motion(draw, frames),
            self._there(draw.texts),
            self._acts(draw, frames),
            draw.clips,
            Surroundings(self._stack.to(self._place), rooms, draw.mirrored),
            self._there(goal),
            self._there(self._goal_known[draw.clips]),
        )
