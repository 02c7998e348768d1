"""What every room's tests may use."""

import os
from collections.abc import Iterator

import pytest
import torch
from hypothesis import settings

from remogen_ros.cli.domain import DOMAINS, own_domain
from remogen_ros.nodes.middleware import without_type_lookup

# Deadlines measure the machine, not the code; in CI a failure must be the same every time.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
# Who listens in tests is to live as long as the nodes.
without_type_lookup()
# Small tensors are computed fastest by one thread, and the processes under test need the others.
torch.set_num_threads(1)
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture
def ros_domain(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """A ROS 2 domain that nobody else on this machine tests in, and that stays on this machine.

    It is set for this process before rclpy starts; the value is the whole environment, for
    processes that the test starts.
    """
    # Beginning at a place of this process's own: several runs may share the machine.
    with own_domain(first=os.getpid() % DOMAINS):
        monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
        if os.environ.get("ROS_DISTRO") == "humble":  # which has no discovery range yet
            monkeypatch.setenv("ROS_LOCALHOST_ONLY", "1")
        yield dict(os.environ)
