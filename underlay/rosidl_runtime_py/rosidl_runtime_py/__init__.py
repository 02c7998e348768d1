"""Interfaces at run time: the part of rosidl_runtime_py that remogen_ros uses."""
