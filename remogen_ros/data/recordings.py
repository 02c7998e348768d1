"""What every dataset gives: recordings, each of which can be read on its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from remogen_ros.data.scenes import Goal
from remogen_ros.data.splits import Split
from remogen_ros.motion.poses import Motion


@dataclass(frozen=True)
class Take:
    """A stretch of a recording, on the standard adult, at the times at which it was recorded.

    Attributes:
        motion: (T,) of the person, or of the one of two who reacts; z up, floor at z = 0.
        times: (T,) seconds.
        texts: what is done, in several phrasings.
        partner: (T,) of the other of two, in the same world; None where there is one person.
        part: which stretch; empty for the whole of a recording.
        scene: name of the room in which it was recorded, whose frame is the motion's world.
        goals: what the person is after in it.
    """

    motion: Motion
    times: NDArray[np.float64]
    texts: tuple[str, ...]
    partner: Motion | None = None
    part: str = ""
    scene: str = ""
    goals: tuple[Goal, ...] = ()


class Recording(Protocol):
    """One recording of a dataset; it travels between processes, so it holds no motion itself."""

    @property
    def source(self) -> str:
        """The dataset."""

    @property
    def licence(self) -> str:
        """Under which it, and what is trained on it, may be used."""

    @property
    def name(self) -> str:
        """Unique within the dataset, the same however its files were packed."""

    @property
    def content(self) -> str:
        """Label of what is done, e.g. "walk"."""

    @property
    def style(self) -> str:
        """Label of how, e.g. "angry"; empty where the dataset has none."""

    @property
    def split(self) -> Split:
        """Official where the dataset has splits."""

    def takes(self) -> Sequence[Take]:
        """Read it: at least one stretch.

        Raises:
            UserError: the file cannot be read, or what it holds is unfit.
        """
