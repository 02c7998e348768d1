"""What every room's tests may use."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Deadlines measure the machine, not the code; in CI a failure must be the same every time.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")

# Ports of higher domains reach into those the system hands out to others.
DOMAINS = range(1, 102)


@pytest.fixture
def ros_domain(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """A ROS 2 domain that nobody else on this machine tests in, and that stays on this machine.

    It is set for this process before rclpy starts; the value is the whole environment, for
    processes that the test starts.
    """
    with _free_domain() as domain:
        monkeypatch.setenv("ROS_DOMAIN_ID", str(domain))
        monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
        if os.environ.get("ROS_DISTRO") == "humble":  # which has no discovery range yet
            monkeypatch.setenv("ROS_LOCALHOST_ONLY", "1")
        yield dict(os.environ)


class _free_domain:  # noqa: N801 (used like a function)
    """Hold the lock of the first free domain, beginning at a place of this process's own."""

    def __enter__(self) -> int:
        folder = Path(tempfile.gettempdir(), f"remogen_ros_domains_{os.getuid()}")
        folder.mkdir(exist_ok=True)
        for attempt in range(len(DOMAINS)):
            domain = DOMAINS[(os.getpid() + attempt) % len(DOMAINS)]
            self._lock = open(folder / f"{domain}.lock", "w")
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._lock.close()
                continue
            return domain
        raise RuntimeError(f"All {len(DOMAINS)} domains are in use by tests on this machine.")

    def __exit__(self, *exception: object) -> None:
        self._lock.close()
