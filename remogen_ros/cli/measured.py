"""What benchmarks and reports of runs share: percentiles, the machine, a JSON file."""

from __future__ import annotations

import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from remogen_ros.errors import UserError

VERSIONS = ("rclpy", "torch", "onnxruntime", "numpy", "open3d-cpu", "rosbags")


def percentiles(values: ArrayLike, wanted: tuple[int, ...]) -> dict[str, float | None]:
    """p50 and so on, and the greatest; null where there are no values."""
    numbers = np.asarray(values, np.float64)
    found: dict[str, float | None] = dict.fromkeys((*(f"p{p}" for p in wanted), "max"))
    if len(numbers):
        for p in wanted:
            found[f"p{p}"] = round(float(np.percentile(numbers, p)), 3)
        found["max"] = round(float(numbers.max()), 3)
    return found


def machine() -> dict[str, Any]:
    """The machine on which something was measured, and how busy it is otherwise."""
    return {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processor": _processor(),
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "ros": os.environ.get("ROS_DISTRO", "wheels"),
    }


def versions() -> dict[str, str]:
    """Of Python, and of the packages that matter for speed."""
    found = {"python": platform.python_version()}
    for package in VERSIONS:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def check_folder(option: str, path: Path | None) -> None:
    """See that a file can be written later.

    Raises:
        UserError: there is no such folder.
    """
    if path is not None and not path.resolve().parent.is_dir():
        raise UserError(f"{option} is {path}, but there is no folder {path.resolve().parent}.")


def write_json(path: Path, numbers: dict[str, Any]) -> None:
    """Write what was measured."""
    path.write_text(json.dumps(numbers, indent=2, allow_nan=False) + "\n")


def _processor() -> str:
    """Its name, as Linux knows it; elsewhere what Python knows, which may be nothing."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor())
