"""The launch files, loaded and run by the genuine launch where there is one."""

from __future__ import annotations

import importlib.util
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from ament_index_python.packages import get_packages_with_prefixes

from remogen_ros.bringup.bringups import BRINGUPS
from remogen_ros.nodes.resources import share_folder
from test.nodes.harness import PATIENCE_S, Harness

pytest.importorskip("launch_ros", reason="launch and launch_ros are not installed here")

FILES = sorted((share_folder() / "launch").glob("*.launch.py"))
ALONE = [path for path in FILES if path.name.split(".")[0] not in ("gazebo", "isaac", "record")]
"""Those that react with nothing else installed or running."""
RUN = """
import sys
from launch import LaunchDescription, LaunchService
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
path, *given = sys.argv[1:]
arguments = [tuple(argument.split(":=", 1)) for argument in given]
service = LaunchService()
source = PythonLaunchDescriptionSource(path)
service.include_launch_description(
    LaunchDescription([IncludeLaunchDescription(source, launch_arguments=arguments)])
)
sys.exit(service.run())
"""


def description(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.name.split(".")[0], path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.generate_launch_description()


def started(path: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(path), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def test_there_is_one_for_every_bringup() -> None:
    assert [path.name.split(".")[0] for path in FILES] == sorted(BRINGUPS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_declares_the_arguments_of_its_bringup(path: Path) -> None:
    bringup = BRINGUPS[path.name.split(".")[0]]
    declared = {a.name: a for a in description(path).get_launch_arguments()}
    assert set(declared) == {argument.name for argument in bringup.arguments}
    assert all(argument.description for argument in declared.values())


@pytest.mark.parametrize("path", ALONE, ids=lambda path: path.name)
def test_runs(path: Path, model: Path, harness: Harness) -> None:
    heard = len(harness.received["reaction"])
    arguments = [f"model:={model}", "mix:=hhi"]
    if path.name.startswith("demo"):
        arguments.append("viewer:=false")
    process = started(path, *arguments)
    drain = threading.Thread(target=lambda: list(process.stdout or ()), daemon=True)
    drain.start()
    try:
        harness.wait(lambda: len(harness.received["reaction"]) > heard + 3 or process.poll())
        assert process.poll() is None
        mix = harness.received["reaction"][-1].adapter_weights
        assert list(mix) == [1.0, 0.0]
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0
    finally:
        process.kill()


def test_what_is_not_installed_is_named(domain: int) -> None:
    if not {"gz_ros2_control", "ros_gz_sim"} - get_packages_with_prefixes().keys():
        pytest.skip("Gazebo is installed here")
    process = started(share_folder() / "launch" / "gazebo.launch.py", "gui:=false")
    output, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode != 0
    assert "gazebo needs what is not installed" in output and "apt install ros-" in output


def test_an_unknown_value_is_refused_with_the_choices(domain: int) -> None:
    process = started(FILES[0], "mix:=cocktail")
    output, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode != 0
    assert "cocktail" in output and "hybrid" in output
