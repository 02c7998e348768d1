"""rosidl_runtime_py.utilities: message classes by their names."""

import pytest

utilities = pytest.importorskip("rosidl_runtime_py.utilities")

from std_msgs.msg import String  # noqa: E402


def test_message_by_its_name():
    assert utilities.get_message("std_msgs/msg/String") is String


@pytest.mark.parametrize("name", ["String", "std_msgs/String", "std_msgs/srv/String", "a/msg/B/C"])
def test_what_is_not_a_message_name(name):
    with pytest.raises((ValueError, ModuleNotFoundError)):
        utilities.get_message(name)


def test_unknown_packages_and_messages():
    with pytest.raises(ModuleNotFoundError):
        utilities.get_message("no_such_msgs/msg/String")
    with pytest.raises(AttributeError):
        utilities.get_message("std_msgs/msg/NoSuchMessage")
