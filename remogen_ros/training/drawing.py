"""Batches of windows, checked on the CPU and brought to the device that trains."""

from __future__ import annotations

from dataclasses import dataclass

from remogen_ros.data.window_rows import not_finite
from remogen_ros.errors import UserError
from remogen_ros.training.batches import Source, Window
from remogen_ros.training.randomness import Randomness


@dataclass(frozen=True)
class Drawing:
    """Draws from one source, always as many windows.

    Attributes:
        source: draws, on the CPU or already where they go.
        batch: windows at a time.
        random: decides which; its device is where they go.
    """

    source: Source
    batch: int
    random: Randomness

    def window(self, frames: int) -> Window:
        """The next batch of windows of so many frames.

        Raises:
            UserError: a clip holds a number that is not finite.
        """
        window = self.source.draw(self.batch, frames, self.random)
        # Of windows on a GPU, the whole corpus was looked at when it went there.
        if window.text.device.type == "cpu" and (damaged := window.damaged()):
            row = damaged[0]
            name = f"the clip '{window.clips[row]}'" if window.clips else f"window {row} of a batch"
            raise UserError(not_finite(name))
        return window.to(self.random.place)
