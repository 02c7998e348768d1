"""A ROS domain of its own for each demo, and each test, on this machine."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from remogen_ros.errors import UserError

DOMAIN = "ROS_DOMAIN_ID"
DOMAINS = 102
"""Domain ids 0 to 101 work on every platform; the ports of higher ones may be in other use."""


@contextmanager
def own_domain(first: int | None = None) -> Iterator[int]:
    """Set ROS_DOMAIN_ID to a domain that nobody else here holds, and restore it afterwards.

    Held means: by this function, in any process of the same user.

    Args:
        first: the domain to try first, by default that of the environment; then the next ones.

    Raises:
        UserError: ROS_DOMAIN_ID is not a number, or every domain is held.
    """
    before = os.environ.get(DOMAIN)
    folder = Path(tempfile.gettempdir(), f"remogen_ros_domains_{os.getuid()}")
    folder.mkdir(exist_ok=True)
    start = _given(before or "0") if first is None else first
    for domain in ((start + step) % DOMAINS for step in range(DOMAINS)):
        with (folder / f"{domain}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            os.environ[DOMAIN] = str(domain)
            try:
                yield domain
            finally:
                os.environ.pop(DOMAIN)
                if before is not None:
                    os.environ[DOMAIN] = before
            return
    raise UserError(f"Every ROS domain from 0 to {DOMAINS - 1} is in use; end a demo or a test.")


def stay_on_this_machine() -> None:
    """Keep discovery local, unless the user has decided otherwise."""
    os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")


def _given(text: str) -> int:
    if not text.isdecimal():
        raise UserError(f"{DOMAIN} is '{text}', but it must be a number from 0 to {DOMAINS - 1}.")
    return int(text)
