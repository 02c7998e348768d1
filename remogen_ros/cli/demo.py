"""./remogen demo: a recorded person in a room, and an avatar that reacts, to be watched."""

from __future__ import annotations

import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro
from rich.console import Console

from remogen_ros.bringup.bringups import DEMO
from remogen_ros.cli.domain import own_domain, stay_on_this_machine
from remogen_ros.cli.measured import check_folder, write_json
from remogen_ros.cli.processes import ProcessGroup
from remogen_ros.cli.resident import MemoryLog
from remogen_ros.cli.run_report import report, save_snapshot
from remogen_ros.embodiment.choosing import AVATAR, embodiment_named
from remogen_ros.errors import UserError
from remogen_ros.nodes.monitor import Monitor, watching
from remogen_ros.nodes.resources import shipped_folder

START_PATIENCE_S = 180.0
"""How long the nodes may take until the first reaction, seconds; a busy machine loads slowly."""

LAST_DIAGNOSTICS_S = 3.0
"""How long to wait, after the last frame that counts, for the node's counts to arrive."""

_ORDINARY = ("[INFO]", "[DEBUG]")


@dataclass(frozen=True)
class DemoArguments:
    """Replays a recorded person in a room, and lets the avatar react, at 10 Hz."""

    headless: bool = False
    """No browser viewer."""
    duration: float | None = None
    """Seconds from the first reaction; without it, until Ctrl-C."""
    report: Path | None = None
    """Write the numbers of the run to this JSON file."""
    snapshot: Path | None = None
    """Draw the last moment (partner, room, avatar) to this PNG file."""
    record: Path | None = None
    """Record what goes in and what is published into a new bag of this name."""
    mix: Literal["prior", "hhi", "hsi", "hybrid", "auto"] = "hybrid"
    """Which adapters react: none, to people, to the room, both, or as it fits at the moment."""
    model: str = "demo"
    """Name of a shipped model, or the path of a model folder."""
    embodiment: Annotated[str, tyro.conf.arg(metavar="BODY")] = AVATAR
    """The body that reacts: avatar, a shipped robot such as unitree_g1, or a robot's YAML file."""
    sim: Literal["mujoco"] | None = None
    """Simulate the robot, which then does with gravity and contact what the reaction says."""
    base: Literal["carried", "fixed"] = "carried"
    """The simulated robot's base: carried along by the reaction, or fixed."""
    port: int = 8080
    """Port of the browser viewer."""
    seed: int = 0
    """Seed of the generator."""
    bag: Annotated[str, tyro.conf.arg(metavar="DIR")] = "demo"
    """Recording to replay: name of a shipped one, or the path of a bag."""


def main(argv: list[str]) -> int:
    """Run the demo; returns 0 if the avatar was seen to react.

    Raises:
        UserError: something is in the way; says what and what to do.
    """
    arguments = tyro.cli(DemoArguments, args=argv, prog="./remogen demo")
    model = _checked(arguments)
    console = Console(stderr=True, highlight=False)
    stay_on_this_machine()
    with own_domain() as domain:
        console.print(f"starting; to look in from outside: ROS_DOMAIN_ID={domain}")
        monitor, memory = _run(arguments, console)
    if not monitor.stamps_ns:
        raise UserError("The demo ended before the avatar moved.")
    numbers = report(monitor, model, arguments.mix, memory.report())
    if arguments.report:
        write_json(arguments.report, numbers)
    if arguments.snapshot:
        caption = f"mix {arguments.mix}, model {model.name}"
        if arguments.sim:
            caption += f", simulated by {arguments.sim}"
        save_snapshot(
            monitor, arguments.snapshot, caption, arguments.embodiment if arguments.sim else None
        )
    console.print(_summary(numbers))
    return 0


def _checked(arguments: DemoArguments) -> Path:
    """The folder of the model, once everything that can be checked beforehand is in order."""
    if arguments.duration is not None and not arguments.duration > 0:
        raise UserError(f"--duration is {arguments.duration}, but it must be above 0.")
    if arguments.sim and arguments.embodiment == AVATAR:
        raise UserError("--sim needs a robot: set --embodiment to one, such as unitree_g1.")
    if arguments.embodiment != AVATAR:
        # Its file, and what robots need, are looked at here: a node would say it later, and less.
        embodiment_named(arguments.embodiment)
    for name in ("report", "snapshot", "record"):
        check_folder(f"--{name}", getattr(arguments, name))
    if arguments.record and arguments.record.exists():
        raise UserError(f"--record is {arguments.record}, which exists; choose another name.")
    if not arguments.headless:
        _check_port(arguments.port)
    shipped_folder("bag", arguments.bag)
    return shipped_folder("model", arguments.model)


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise UserError(
                f"Port {port} cannot be used for the viewer ({error.strerror}): choose another "
                "with --port, or do without the viewer with --headless."
            ) from error


def _run(arguments: DemoArguments, console: Console) -> tuple[Monitor, MemoryLog]:
    values = DEMO.values(
        {
            "mix": arguments.mix,
            "model": arguments.model,
            "bag": arguments.bag,
            "port": str(arguments.port),
            "seed": str(arguments.seed),
            "embodiment": "" if arguments.embodiment == AVATAR else arguments.embodiment,
            "sim": arguments.sim or "",
            "base": arguments.base,
            "viewer": "false" if arguments.headless else "true",
            "record": str(arguments.record or ""),
        }
    )

    def show(name: str, line: str) -> None:
        if line and not line.startswith(_ORDINARY):
            console.print(f"{name}: {line}", markup=False)

    # Both end the demo in order and with its report, also where a shell script started it.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    keep_moments = arguments.snapshot is not None
    with ProcessGroup(DEMO, values, show) as group, watching(keep_moments) as monitor:
        _wait_for_first(monitor, group, console)
        if not arguments.headless:
            console.print(f"watch it at [bold]http://127.0.0.1:{arguments.port}[/bold]")
        memory = MemoryLog(group.process_id("reaction"))
        _follow(monitor, group, memory, arguments.duration, console)
    return monitor, memory


def _wait_for_first(monitor: Monitor, group: ProcessGroup, console: Console) -> None:
    deadline = time.monotonic() + START_PATIENCE_S
    with console.status("loading the model and the recording"):
        while not monitor.stamps_ns:
            monitor.look()
            _raise_if_ended(group)
            if time.monotonic() > deadline:
                raise UserError(
                    f"Nothing came on topic 'reaction' within {START_PATIENCE_S:.0f} s; the node "
                    f"said:\n{group.last_words('reaction')}"
                )


def _follow(
    monitor: Monitor,
    group: ProcessGroup,
    memory: MemoryLog,
    duration: float | None,
    console: Console,
) -> None:
    begun = time.monotonic()
    try:
        with console.status("") as status:
            while duration is None or time.monotonic() - begun < duration:
                monitor.look()
                memory.look()
                _raise_if_ended(group)
                status.update(_live_line(monitor, time.monotonic() - begun))
    except KeyboardInterrupt:
        return
    frames = len(monitor.stamps_ns)
    deadline = time.monotonic() + LAST_DIAGNOSTICS_S
    while int(monitor.status.get("frames", 0)) < frames and time.monotonic() < deadline:
        monitor.look()


def _raise_if_ended(group: ProcessGroup) -> None:
    ended = group.ended()
    if ended is not None:
        name, code = ended
        raise UserError(f"The node '{name}' ended (exit code {code}):\n{group.last_words(name)}")


def _live_line(monitor: Monitor, elapsed: float) -> str:
    tick = f"{monitor.tick_ms[-1]:.1f} ms" if monitor.tick_ms else "-"
    partner = monitor.status.get("partner_state", "-")
    missed = monitor.status.get("missed_ticks", "0")
    return (
        f"{elapsed:5.1f} s, {len(monitor.stamps_ns)} frames, tick {tick}, missed {missed}, "
        f"partner {partner}"
    )


def _missed(numbers: dict) -> str:
    missed, by_stalls = numbers["missed_ticks"], numbers["missed_by_stalls"]
    return f"{missed} ({by_stalls} by stalls of the machine)" if by_stalls else f"{missed}"


def _summary(numbers: dict) -> str:
    tick = numbers["tick_ms"]
    simulated = ""
    if "tracking_error_rad" in numbers:
        error = numbers["tracking_error_rad"]
        simulated = f"; joints off p50 {error['p50']}, p95 {error['p95']} rad"
    return (
        f"{numbers['frames']} frames at {numbers['rate_hz']:.2f} Hz; tick p50 {tick['p50']} ms, "
        f"p99 {tick['p99']} ms; missed {_missed(numbers)}; {numbers['partner_messages']} "
        f"partner and {numbers['cloud_messages']} cloud messages{simulated}"
    )
