"""The body that a user asks for by name: the avatar, or a robot."""

from __future__ import annotations

from importlib.util import find_spec

from remogen_ros.embodiment.avatar import AvatarEmbodiment
from remogen_ros.embodiment.embodying import Embodiment
from remogen_ros.embodiment.robot_description import shipped_robots
from remogen_ros.errors import UserError

AVATAR = "avatar"

_NEEDED = ("mujoco", "mink", "daqp")


def embodiments() -> tuple[str, ...]:
    """Names of the bodies that come with the package."""
    return (AVATAR, *shipped_robots())


def embodiment_named(name: str) -> Embodiment:
    """The body of this name, at rest.

    Args:
        name: "avatar", a shipped robot such as "unitree_g1", or the path of a robot's YAML file.

    Raises:
        UserError: there is no such body, its file is wrong, or what robots need is not installed.
    """
    if name == AVATAR:
        return AvatarEmbodiment()
    missing = [package for package in _NEEDED if find_spec(package) is None]
    if missing:
        raise UserError(
            f"Embodiment '{name}' needs {' and '.join(missing)}, which the avatar does not: run "
            "'./remogen build robots', or 'pip install -r requirements/robots.txt'."
        )
    # Only here, so that who has no robot needs none of what it needs.
    from remogen_ros.embodiment.robot import RobotEmbodiment
    from remogen_ros.embodiment.robot_model import RobotModel

    return RobotEmbodiment(RobotModel.load(name))
