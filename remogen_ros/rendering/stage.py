"""An empty stage in the web browser: a floor under a light, and a camera that finds the bodies."""

from __future__ import annotations

import errno
import io
import socket
from contextlib import AbstractContextManager, redirect_stdout

import viser

from remogen_ros.errors import UserError
from remogen_ros.rendering.scene import Scene
from remogen_ros.rendering.viewpoint import clear_view

_FIELD_OF_VIEW = 75.0
"""Vertical, degrees: what a page starts with."""

_FREE_ASPECT = 0.6
"""Width over height of the part of a page that the panel is sure to leave free."""


def open_stage(host: str, port: int) -> viser.ViserServer:
    """Serve a page with an empty stage.

    Args:
        host: address to serve on; 127.0.0.1 is this machine only.
        port: of the page.

    Raises:
        UserError: the port is taken, or may not be used.
    """
    require_free_port(host, port)
    with _without_banner():
        server = viser.ViserServer(host, port, label="remogen_ros", verbose=False)
    if server.get_port() != port:
        close_stage(server)
        raise UserError(_taken(host, port))
    server.scene.set_up_direction("+z")
    server.scene.configure_default_lights(cast_shadow=True)
    server.scene.add_grid(
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
    return server


def close_stage(server: viser.ViserServer) -> None:
    """Stop serving."""
    with _without_banner():
        server.stop()


def look_at(server: viser.ViserServer, scene: Scene) -> None:
    """Turn the camera of every page, open or yet to come, to the bodies of a scene."""
    camera = clear_view(scene, _FREE_ASPECT, _FIELD_OF_VIEW, cut_away=False)
    server.initial_camera.position = tuple(camera.eye)
    server.initial_camera.look_at = tuple(camera.target)
    for client in server.get_clients().values():
        client.camera.position = camera.eye
        client.camera.look_at = camera.target


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
                "'host' and 'port' to others."
            ) from error


def _taken(host: str, port: int) -> str:
    return (
        f"Port {port} on {host} is taken by another program: stop that one, or set 'port' to a "
        "free port."
    )
