"""Message types by their names, as those of the rosidl_runtime_py of a ROS 2 distribution."""

from importlib import import_module
from typing import Any


def get_message(identifier: str) -> type[Any]:
    """Return the class of a message, by a name like ``std_msgs/msg/String``.

    Raises:
        ValueError: ``identifier`` is not of the form package/msg/Type.
        ModuleNotFoundError: the package is not installed.
        AttributeError: the package has no such message.
    """
    package, kind, name, *rest = [*identifier.split("/"), "", ""]
    if not package or kind != "msg" or not name or any(rest):
        raise ValueError(f"Expected the full name of a message, got '{identifier}'")
    return getattr(import_module(f"{package}.msg"), name)
