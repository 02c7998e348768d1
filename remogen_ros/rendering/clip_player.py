"""A page in the browser on which prepared clips are played: people, captions, a slider of time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remogen_ros.cues.occupancy import CELL
from remogen_ros.embodiment.colours import Colour
from remogen_ros.motion.poses import FRAME_RATE
from remogen_ros.rendering.browser_bodies import BodyView, VoxelView
from remogen_ros.rendering.scene import Body, Scene
from remogen_ros.rendering.stage import close_stage, look_at, open_stage

_REFRESH_S = 1 / 30
_PREVIOUS, _NEXT = "previous", "next"


@dataclass(frozen=True)
class Person:
    """One body of a clip.

    Attributes:
        name, colour: of the figure.
        joints: (T, 22, 3) metres, at 10 Hz.
    """

    name: str
    colour: Colour
    joints: NDArray[np.floating]

    def at(self, frame: float) -> NDArray[np.floating]:
        """(22, 3) joints at a time between frames."""
        before = int(np.clip(np.floor(frame), 0, len(self.joints) - 1))
        after = min(before + 1, len(self.joints) - 1)
        share = min(max(frame - before, 0.0), 1.0)
        return self.joints[before] * (1 - share) + self.joints[after] * share


@dataclass(frozen=True)
class PlayedClip:
    """A clip on its way to the page.

    Attributes:
        people: all with as many frames.
        caption: in Markdown.
        voxels: (N, 3) centres of the occupied cells of the room, metres.
    """

    people: Sequence[Person]
    caption: str
    voxels: NDArray[np.floating] = field(default_factory=lambda: np.zeros((0, 3)))

    @property
    def frames(self) -> int:
        """How many there are."""
        return len(self.people[0].joints)


class ClipPlayer:
    """The page. Its methods are for one thread; what people do on the page is only noted.

    Args:
        host, port: where to serve.
        names: of the clips, in order.
        load: reads one of them by name.
        first: name of the one to begin with.

    Raises:
        UserError: the port is taken, or may not be used.
    """

    def __init__(
        self,
        host: str,
        port: int,
        names: Sequence[str],
        load: Callable[[str], PlayedClip],
        first: str,
    ) -> None:
        self._names, self._load = list(names), load
        self._server = open_stage(host, port)
        gui = self._server.gui
        gui.configure_theme(show_logo=False, show_share_button=False)
        self._wanted = first
        # Any: viser's types call the value of an input read-only, which it is not.
        self._name: Any = gui.add_text("clip", first)
        step = gui.add_button_group("go to", (_PREVIOUS, _NEXT))
        self._playing = gui.add_checkbox("play", True)
        self._speed = gui.add_slider("speed", 0.1, 2.0, 0.1, 1.0)
        self._frame: Any = gui.add_slider("frame", 0, 1, 1, 0)
        self._caption = gui.add_markdown("")
        self._name.on_update(lambda _: self._ask_for(self._name.value))
        step.on_click(lambda _: self._step(1 if step.value == _NEXT else -1))
        self._views: list[BodyView] = []
        self._room = VoxelView(self._server, "/room", CELL)
        self._shown = ""
        self._clip: PlayedClip | None = None
        self._time = 0.0

    def run(self) -> None:
        """Play until the process is interrupted."""
        last = time.monotonic()
        while True:
            now = time.monotonic()
            self.refresh(now - last)
            last = now
            time.sleep(_REFRESH_S)

    def refresh(self, passed: float) -> None:
        """Show what is asked for, so many seconds after the last time."""
        if self._wanted != self._shown:
            self._open(self._wanted)
        if self._clip is None:
            return
        if self._playing.value:
            self._time += passed * FRAME_RATE * self._speed.value
            self._time %= self._clip.frames
            self._frame.value = int(self._time)
        else:
            self._time = float(self._frame.value)
        with self._server.atomic():
            for view, person in zip(self._views, self._clip.people, strict=True):
                view.show(person.at(self._time))

    def close(self) -> None:
        """Stop serving."""
        close_stage(self._server)

    def _ask_for(self, name: str) -> None:
        if name in self._names:
            self._wanted = name
        elif self._clip is not None:
            self._caption.content = f"There is no clip `{name}` in this corpus."

    def _step(self, by: int) -> None:
        place = (self._names.index(self._wanted) + by) % len(self._names)
        self._wanted = self._names[place]

    def _open(self, name: str) -> None:
        self._clip, self._shown, self._time = self._load(name), name, 0.0
        for view in self._views:
            view.remove()
        self._views = [
            BodyView(self._server, f"/{person.name}", person.colour) for person in self._clip.people
        ]
        self._room.show(self._clip.voxels)
        self._frame.max = self._clip.frames - 1
        self._name.value = name
        self._caption.content = self._clip.caption
        middle = self._clip.frames // 2
        bodies = [
            Body(person.joints[frame], person.colour)
            for person in self._clip.people
            for frame in (0, middle, -1)
        ]
        look_at(self._server, Scene(bodies, self._clip.voxels))
