"""The live view in a web browser: people, avatar and room in 3D, and a panel to steer with.

Knows nothing of ROS: a node, or a script, hands it joint positions and is called back when
somebody moves a slider or sends an intent. Callbacks come from threads of the web server.
"""

from __future__ import annotations

import errno
import io
import socket
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, redirect_stdout
from dataclasses import dataclass, field

import numpy as np
import viser
from numpy.typing import NDArray

from remogen_ros.cues.occupancy import CELL
from remogen_ros.embodiment.colours import EGO, PARTNER, Colour
from remogen_ros.errors import UserError
from remogen_ros.rendering.browser_bodies import BodyView, VoxelView
from remogen_ros.rendering.browser_panel import Panel, Status
from remogen_ros.rendering.playout import Playout
from remogen_ros.rendering.scene import Body, Scene
from remogen_ros.rendering.viewpoint import clear_view

EXPIRES_S = 0.6
"""Seconds after which a partner that is no longer heard of disappears."""

_FIELD_OF_VIEW = 75.0
"""Vertical, degrees: what a page starts with."""

_FREE_ASPECT = 0.6
"""Width over height of the part of a page that the panel is sure to leave free."""


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
        require_free_port(host, port)
        steering = steering or Steering()
        with _without_banner():
            self._server = viser.ViserServer(host, port, label="remogen_ros", verbose=False)
        if self._server.get_port() != port:
            self.close()
            raise UserError(_taken(host, port))
        self._server.scene.set_up_direction("+z")
        self._server.scene.configure_default_lights(cast_shadow=True)
        self._server.scene.add_grid(
            "/floor",
            width=40.0,
            height=40.0,
            cell_size=0.5,
            infinite_grid=True,
            fade_distance=25.0,
            cell_color=(205, 208, 214),
            section_color=(178, 183, 191),
            plane_color=(232, 234, 238),
            plane_opacity=1.0,
            shadow_opacity=0.35,
        )
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
        scene = Scene(bodies, self._voxels.centres)
        camera = clear_view(scene, _FREE_ASPECT, _FIELD_OF_VIEW, cut_away=False)
        self._server.initial_camera.position = tuple(camera.eye)
        self._server.initial_camera.look_at = tuple(camera.target)
        for client in self._server.get_clients().values():
            client.camera.position = camera.eye
            client.camera.look_at = camera.target

    def close(self) -> None:
        """Stop serving."""
        with _without_banner():
            self._server.stop()

    def _added(self, name: str, colour: Colour, expires_s: float | None) -> _Shown:
        return _Shown(BodyView(self._server, name, colour), Playout(expires_s))


def _without_banner() -> AbstractContextManager[object]:
    """viser announces itself on the standard output, whatever `verbose` says."""
    return redirect_stdout(io.StringIO())


def require_free_port(host: str, port: int) -> None:
    """Make sure that a server can be started: viser would silently take another port.

    Raises:
        UserError: the port is taken, or may not be used, or the host is not of this machine.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise UserError(_taken(host, port)) from error
            raise UserError(
                f"The viewer cannot serve on {host} port {port} ({error.strerror or error}): set "
                "its parameters 'host' and 'port' to others."
            ) from error


def _taken(host: str, port: int) -> str:
    return (
        f"Port {port} on {host} is taken by another program: stop that one, or set the viewer's "
        "parameter 'port' to a free port."
    )
