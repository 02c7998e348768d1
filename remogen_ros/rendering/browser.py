"""The live view in a web browser: people, avatar and room in 3D, and a panel to steer with.

Knows nothing of ROS: a node, or a script, hands it joint positions and is called back when
somebody moves a slider or sends an intent. Callbacks come from threads of the web server.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from remogen_ros.cues.occupancy import CELL
from remogen_ros.embodiment.colours import EGO, PARTNER, Colour
from remogen_ros.rendering.browser_bodies import BodyView, VoxelView
from remogen_ros.rendering.browser_panel import Panel, Status
from remogen_ros.rendering.playout import Playout
from remogen_ros.rendering.scene import Body, Scene
from remogen_ros.rendering.stage import close_stage, look_at, open_stage

EXPIRES_S = 0.6
"""Seconds after which a partner that is no longer heard of disappears."""


@dataclass
class _Shown:
    view: BodyView
    playout: Playout


@dataclass(frozen=True)
class Steering:
    """What is called when somebody uses the panel.

    Attributes:
        on_weight: adapter name and its new mix weight.
        on_intent: the words of the new intent.
    """

    on_weight: Callable[[str, float], None] = field(default=lambda name, weight: None)
    on_intent: Callable[[str], None] = field(default=lambda intent: None)


class Browser:
    """A web page with the live scene. The methods are for one thread.

    Args:
        host: address to serve on; 127.0.0.1 is this machine only.
        port: of the page.
        steering: what to call when the panel is used.

    Raises:
        UserError: the port is taken, or may not be used.
    """

    def __init__(
        self, host: str = "127.0.0.1", port: int = 8080, steering: Steering | None = None
    ) -> None:
        steering = steering or Steering()
        self._server = open_stage(host, port)
        self._panel = Panel(self._server, steering.on_weight, steering.on_intent, self.look)
        self._voxels = VoxelView(self._server, "/room", CELL)
        self._ego: _Shown | None = None
        self._partners: dict[str, _Shown] = {}
        self._looked = False

    @property
    def viewers(self) -> int:
        """How many pages are open."""
        return len(self._server.get_clients())

    def show_ego(self, joints: NDArray[np.floating], now: float) -> None:
        """The avatar's newest pose, (22, 3) metres; `now` in seconds, of any steady clock."""
        if self._ego is None:
            self._ego = self._added("/ego", EGO, None)
        self._ego.playout.add(joints, now)

    def show_partners(self, partners: Mapping[str, NDArray[np.floating]], now: float) -> None:
        """The newest pose of each partner by its id, (22, 3) metres, NaN where not observed."""
        for name, joints in partners.items():
            if name not in self._partners:
                self._partners[name] = self._added(
                    f"/partner/{len(name)}_{name}", PARTNER, EXPIRES_S
                )
            self._partners[name].playout.add(joints, now)

    def show_voxels(self, centres: NDArray[np.floating]) -> None:
        """The occupied cells, (N, 3) centres in metres."""
        self._voxels.show(centres)

    def show_status(self, status: Status) -> None:
        """Numbers of the newest tick."""
        self._panel.show(status)

    def refresh(self, now: float) -> None:
        """Move every body to where it is at this time; call this as often as frames are wanted."""
        with self._server.atomic():
            if self._ego is not None:
                self._ego.view.show(self._ego.playout.at(now))
            for name in list(self._partners):
                partner = self._partners[name]
                joints = partner.playout.at(now)
                partner.view.show(joints)
                if joints is None:
                    partner.view.remove()
                    del self._partners[name]
        if not self._looked and self._ego is not None:
            self._looked = True
            self.look()

    def look(self) -> None:
        """Turn every page's camera to the bodies, seen from the side."""
        shown = [*([] if self._ego is None else [self._ego]), *self._partners.values()]
        bodies = [Body(joints, EGO) for one in shown if (joints := one.view.joints) is not None]
        if not bodies:
            return
        look_at(self._server, Scene(bodies, self._voxels.centres))

    def close(self) -> None:
        """Stop serving."""
        close_stage(self._server)

    def _added(self, name: str, colour: Colour, expires_s: float | None) -> _Shown:
        return _Shown(BodyView(self._server, name, colour), Playout(expires_s))
