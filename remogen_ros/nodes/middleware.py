"""What the middleware is told before ROS is initialised."""

from __future__ import annotations

import os

from remogen_ros.nodes.resources import share_folder

PROFILES_FILE = "FASTDDS_DEFAULT_PROFILES_FILE"
"""Names the file of settings that Fast DDS reads at a process's first participant."""

_GIVEN_BY = (PROFILES_FILE, "FASTRTPS_DEFAULT_PROFILES_FILE")


def without_type_lookup() -> None:
    """Have Fast DDS start no type lookup, whose threads crash now and then (docs/design.md).

    A user's own file of settings is left in force; other middlewares do not look.

    Raises:
        UserError: the package is not where ROS looks for packages.
    """
    if not any(os.environ.get(name) for name in _GIVEN_BY):
        os.environ[PROFILES_FILE] = str(share_folder() / "config" / "fastdds.xml")
