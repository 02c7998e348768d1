"""What tests of nodes share: a domain of their own, a small model, sensors and a listener."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from remogen_ros.cli.domain import own_domain
from remogen_ros.streaming.bundle import save_untrained
from test.nodes.harness import Harness


@pytest.fixture(scope="module")
def domain() -> Iterator[int]:
    """A ROS domain that is this module's alone, and stays on this machine."""
    with pytest.MonkeyPatch.context() as patch, own_domain(first=os.getpid() % 100) as number:
        patch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
        if os.environ.get("ROS_DISTRO") == "humble":  # which has no discovery range yet
            patch.setenv("ROS_LOCALHOST_ONLY", "1")
        yield number


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model of random weights."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    save_untrained(folder)
    return folder


@pytest.fixture(scope="module")
def harness(domain: int) -> Iterator[Harness]:
    """Sensors and a listener in the module's domain."""
    harness = Harness()
    yield harness
    harness.close()
