"""A configuration class as read-only parameters of a node, one for each of its fields."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import docstring_parser
from rcl_interfaces.msg import ParameterDescriptor
from rclpy.node import Node

from remogen_ros.errors import UserError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Config = TypeVar("Config", bound="DataclassInstance")


def declared(node: Node, kind: type[Config], defaults: Config | None, folder: str) -> Config:
    """Declare a parameter for each field of a dataclass, and read what the user gave.

    Args:
        node: whose parameters they are.
        kind: the dataclass; its docstring describes its fields.
        defaults: of the parameters; None asks for the folder.
        folder: the field that is a path and has no default.

    Raises:
        UserError: naming the parameter that is missing or of another type.
    """
    documented = docstring_parser.parse(kind.__doc__ or "").params
    descriptions = {p.arg_name: p.description or "" for p in documented}
    values: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        default = getattr(defaults, field.name) if defaults is not None else field.default
        if field.name == folder:
            default = "" if defaults is None else str(default)
        values[field.name] = _declared(node, field.name, default, descriptions[field.name])
    if not values[folder]:
        raise UserError(
            f"Parameter '{folder}' is missing; give {descriptions[folder].rstrip('.')}."
        )
    return kind(**(values | {folder: Path(values[folder]).expanduser()}))


def _declared(node: Node, name: str, default: Any, description: str) -> Any:
    descriptor = ParameterDescriptor(description=description, read_only=True, dynamic_typing=True)
    several = isinstance(default, tuple)
    value = node.declare_parameter(name, list(default) if several else default, descriptor).value
    if several and not isinstance(value, str | bytes) and hasattr(value, "__iter__"):
        value = tuple(value)
    # `rate:=2` is a whole number to ROS, and as good as 2.0.
    number = isinstance(default, float) and isinstance(value, int)
    value = float(value) if number and not isinstance(value, bool) else value
    if not isinstance(value, type(default)):
        wanted = "list" if several else type(default).__name__
        raise UserError(f"Parameter '{name}' is {value!r}; it must be a {wanted}.")
    return value
