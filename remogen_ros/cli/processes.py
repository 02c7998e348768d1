"""Runs a bring-up as plain processes: what `launch` does, where there is no `launch`."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from ament_index_python.packages import PackageNotFoundError, get_package_prefix

from remogen_ros.bringup.arguments import Values
from remogen_ros.bringup.description import Bringup, ParameterValue, Process
from remogen_ros.errors import UserError
from remogen_ros.nodes.resources import PACKAGE

PATIENCE_S = 5.0
"""How long a process may take to end after each signal, seconds."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
_PR_SET_PDEATHSIG = 1
_KEPT_LINES = 20

OnLine = Callable[[str, str], None]
"""Called with the name of a process and one line of its output."""


class ProcessGroup:
    """The processes of one bring-up, ended together.

    Use it as a context manager: leaving it ends every process that this object started, each by
    its id.
    """

    def __init__(self, bringup: Bringup, values: Values, on_line: OnLine) -> None:
        """
        Args:
            bringup: what to start.
            values: of every argument of the bring-up.
            on_line: gets what the processes say, on threads of this object.
        """
        if bringup.included:
            raise UserError(
                f"'{bringup.name}' includes what only ROS 2's launch can start: with a ROS 2 "
                f"distribution that has {', '.join(bringup.needed_packages)}, run 'ros2 launch "
                f"{PACKAGE} {bringup.name}.launch.py'."
            )
        self._specifications = bringup.running(values)
        self._values = values
        self._on_line = on_line
        self._running: dict[str, subprocess.Popen[str]] = {}
        self._required: set[str] = set()
        self._stopping = False
        self._readers: list[threading.Thread] = []
        self._last_lines: dict[str, deque[str]] = {}

    def __enter__(self) -> ProcessGroup:
        try:
            for specification in self._specifications:
                self._start(specification)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def ended(self) -> tuple[str, int] | None:
        """Name and exit code of a required process that has ended, or of any that failed."""
        for name, process in self._running.items():
            code = process.poll()
            if code is not None and (name in self._required or code != 0):
                return name, code
        return None

    def process_id(self, name: str) -> int:
        """Of a process that was started."""
        return self._running[name].pid

    def last_words(self, name: str) -> str:
        """The end of what a process said."""
        for reader in self._readers:
            if reader.name == name:
                reader.join(timeout=1.0)
        return "\n".join(self._last_lines[name])

    def stop(self) -> None:
        """End every process: ask (SIGINT), insist (SIGTERM), and at last kill.

        What they say from now on is not passed on: interrupted Python tends to say a lot.
        """
        self._stopping = True
        for request in _SIGNALS:
            alive = [p for p in self._running.values() if p.poll() is None]
            for process in alive:
                process.send_signal(request)
            deadline = time.monotonic() + PATIENCE_S
            for process in alive:
                try:
                    process.wait(max(0.0, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    continue
        for reader in self._readers:
            reader.join(timeout=1.0)

    def _start(self, specification: Process) -> None:
        chosen, command = _command(specification)
        name = chosen.executable
        process = subprocess.Popen(
            [*command, *chosen.arguments(self._values), *_ros_arguments(chosen, self._values)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # Ctrl-C reaches this process alone, which ends the others in order.
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            env=os.environ | {"PYTHONUNBUFFERED": "1", "RCUTILS_COLORIZED_OUTPUT": "0"},
        )
        self._running[name] = process
        self._last_lines[name] = deque(maxlen=_KEPT_LINES)
        if specification.required:
            self._required.add(name)
        reader = threading.Thread(target=self._read, args=(name, process), name=name, daemon=True)
        reader.start()
        self._readers.append(reader)

    def _read(self, name: str, process: subprocess.Popen[str]) -> None:
        for line in process.stdout or ():
            self._last_lines[name].append(line.rstrip())
            if not self._stopping:
                self._on_line(name, line.rstrip())


def _command(specification: Process) -> tuple[Process, list[str]]:
    """What is really started: the process or its stand-in, and how."""
    if specification.package == PACKAGE:
        module = f"remogen_ros.nodes.{specification.executable}"
        return specification, [sys.executable, "-m", module]
    try:
        prefix = Path(get_package_prefix(specification.package))
    except PackageNotFoundError as error:
        if specification.otherwise is not None:
            return _command(specification.otherwise)
        raise UserError(
            f"The package {specification.package} is not installed: install it (apt install "
            f"ros-$ROS_DISTRO-{specification.package.replace('_', '-')}), or do without it."
        ) from error
    executable = prefix / "lib" / specification.package / specification.executable
    return specification, [str(executable)]


def _ros_arguments(specification: Process, values: Values) -> list[str]:
    arguments = ["--ros-args", "--log-level", values["log_level"]]
    if values["namespace"]:
        arguments += ["-r", f"__ns:=/{values['namespace'].strip('/')}"]
    for source, target in specification.remappings(values):
        arguments += ["-r", f"{source}:={target}"]
    for path in specification.params_files(values):
        arguments += ["--params-file", path]
    for name, value in specification.parameters(values).items():
        arguments += ["-p", f"{name}:={_yaml(value)}"]
    return arguments


def _yaml(value: ParameterValue) -> str:
    """A parameter value as rcl reads it: strings in quotes, so that none turns into a number."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, list):
        return f"[{', '.join(map(_yaml, value))}]"
    return repr(value)


def _die_with_parent() -> None:
    """End with the process that started this one, even if that one is killed."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
