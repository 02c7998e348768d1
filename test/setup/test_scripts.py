"""The bash parts of ./remogen, each on a folder of its own."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def bash(tmp_path):
    """Return a runner of bash lines, with every part sourced and ROOT at an empty folder."""

    def run(lines: str, **environment: str) -> subprocess.CompletedProcess[str]:
        parts = "".join(f'source "{part}"\n' for part in sorted(REPOSITORY.glob("setup/*.sh")))
        return subprocess.run(
            ["bash", "-c", f"set -euo pipefail\nROOT='{tmp_path}'\n{parts}mkdir -p $LOGS\n{lines}"],
            env={"PATH": os.environ["PATH"], **environment},
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


def test_help_lists_the_commands():
    done = subprocess.run(
        [REPOSITORY / "remogen", "--help"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0
    for command in ("demo", "test", "build", "shell", "train"):
        assert f"\n  {command} " in done.stdout


def test_a_step_is_done_once_for_each_key(bash, tmp_path):
    done = bash("for key in a a b b; do step 1/1 name 'doing it' $ROOT/stamp $key date; done")
    assert done.returncode == 0
    assert done.stderr.count("[1/1] doing it ... ") == 2
    assert (tmp_path / "stamp").read_text() == "b"


def test_a_step_that_failed_is_done_again(bash, tmp_path):
    failed = bash("step 1/1 name 'doing it' $ROOT/stamp key ls /no/such/folder")
    assert failed.returncode == 1
    assert "/no/such/folder" in failed.stderr
    assert "log/setup/name.log" in failed.stderr
    assert not (tmp_path / "stamp").exists()
    assert bash("step 1/1 name 'doing it' $ROOT/stamp key true").returncode == 0


def test_an_interrupted_step_says_so_and_is_done_again(tmp_path):
    clone = tmp_path / "clone"
    shutil.copytree(REPOSITORY / "setup", clone / "setup")
    shutil.copy(REPOSITORY / "remogen", clone)
    (clone / "setup/system.sh").write_text(
        "install_system_packages() { touch $ROOT/on; sleep 60; }"
    )
    process = subprocess.Popen(
        [clone / "remogen", "build"],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # As a terminal would start it; some test runners ignore the signal.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 30
    while not (clone / "on").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "interrupted; run the command again" in said
    assert not (clone / "log/setup/system.done").exists()


def test_two_set_ups_do_not_overlap(bash):
    count = "c=$(<$ROOT/n); sleep 0.2; echo $((c + 1)) >$ROOT/n"
    done = bash(
        f"echo 0 >$ROOT/n; add() {{ {count}; }}\n"
        "locked add & locked add & locked add & wait; cat $ROOT/n"
    )
    assert done.stdout == "3\n"


def test_this_clone_is_taken_out_of_the_search_paths(bash, tmp_path):
    done = bash(
        'forget_workspace; echo "$PYTHONPATH ${AMENT_PREFIX_PATH-unset}"',
        PYTHONPATH=f"{tmp_path}/install/lib:/opt/ros/lib:{tmp_path}/build:/other",
        AMENT_PREFIX_PATH=f"{tmp_path}/install",
    )
    assert done.stdout == "/opt/ros/lib:/other unset\n"


def test_a_distribution_counts_when_its_rclpy_is_on_the_path(bash, tmp_path):
    (tmp_path / "ros/share/rclpy").mkdir(parents=True)
    found = bash("sourced_distribution", ROS_DISTRO="jazzy", AMENT_PREFIX_PATH=f"{tmp_path}/ros")
    assert found.stdout == "jazzy"
    left_over = bash("sourced_distribution", ROS_DISTRO="jazzy", AMENT_PREFIX_PATH="/elsewhere")
    assert (left_over.stdout, left_over.returncode) == ("", 0)
    assert bash("sourced_distribution").stdout == ""


@pytest.mark.parametrize(
    "arguments, wanted",
    [
        ("demo", False),
        ("build", False),
        ("up reaction embodiment:=avatar", False),
        ("bench data corpora/single", False),
        ("up reaction embodiment:=unitree_g1", True),
        ("demo --embodiment mine.yaml", True),
        ("build robots", True),
        ("bench robot", True),
        ("test", True),
    ],
)
def test_what_robots_need_is_installed_when_a_robot_is_named(bash, arguments, wanted):
    done = bash(f"wants_robots {arguments} && echo yes || echo no")
    assert done.stdout == ("yes\n" if wanted else "no\n")


def test_only_the_missing_underlay_is_built(bash, tmp_path):
    for folder in ("underlay/tf2_ros_py", "underlay/tf2_msgs", "ros/share/tf2_msgs"):
        (tmp_path / folder).mkdir(parents=True)
    done = bash("needed_underlay", AMENT_PREFIX_PATH=f"/nowhere:{tmp_path}/ros")
    assert done.stdout == f"{tmp_path}/underlay/tf2_ros_py\n"


def test_packages_that_pip_left_half_installed_are_forgotten(bash, tmp_path):
    site = tmp_path / ".venv/lib/python3.11/site-packages"
    for folder in ("whole-1.0.dist-info", "half-1.0.dist-info", "~half"):
        (site / folder).mkdir(parents=True)
    (site / "whole-1.0.dist-info/INSTALLER").write_text("pip")
    assert bash("mend_packages").returncode == 0
    assert [entry.name for entry in site.iterdir()] == ["whole-1.0.dist-info"]


def test_no_suitable_python_is_one_sentence(bash):
    done = bash("DISTRIBUTION=; find_python", REMOGEN_PYTHON="/no/such/python")
    assert done.returncode == 1
    assert "no Python 3.10 to 3.13" in done.stderr


def test_the_machine_stays_by_itself_unless_told_otherwise(bash):
    show = "DISTRIBUTION=; stay_on_this_machine; echo $ROS_DOMAIN_ID $ROS_AUTOMATIC_DISCOVERY_RANGE"
    assert bash(show).stdout == "0 LOCALHOST\n"
    told = bash(show, ROS_DOMAIN_ID="7", ROS_AUTOMATIC_DISCOVERY_RANGE="SUBNET")
    assert told.stdout == "7 SUBNET\n"
