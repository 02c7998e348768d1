"""How old the process is, and when it came how far."""

from __future__ import annotations

import subprocess
import sys
import time

from remogen_ros.nodes.milestones import Milestones, process_age_s

AGE = "import time; time.sleep(0.3); from remogen_ros.nodes.milestones import process_age_s as age"


def test_the_first_time_counts() -> None:
    milestones = Milestones()
    milestones.reach("loaded")
    first = milestones.seconds["loaded"]
    time.sleep(0.02)
    milestones.reach("loaded")
    milestones.reach("activated")
    assert milestones.seconds["loaded"] == first < milestones.seconds["activated"]


def test_age_is_counted_from_the_start_of_the_process() -> None:
    begun = time.monotonic()
    child = subprocess.run([sys.executable, "-c", f"{AGE}; print(age())"], capture_output=True)
    lasted = time.monotonic() - begun
    # The start is known to a hundredth of a second.
    assert 0.28 <= float(child.stdout) <= lasted + 0.02
    assert process_age_s() > lasted
