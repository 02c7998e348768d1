"""`./remogen play BAG`: replay a bag over DDS with its own timing and /clock."""

from __future__ import annotations

import tyro

from remogen_ros.recording.playback import PlaybackConfig


def main(argv: list[str]) -> int:
    """Play until the end of the bag or an interruption; return the exit code."""
    config = tyro.cli(
        PlaybackConfig, prog="remogen play", args=argv, config=(tyro.conf.PositionalRequiredArgs,)
    )
    # Not before the arguments are known to be right: importing ROS takes a second.
    from remogen_ros.nodes.player import Player
    from remogen_ros.nodes.spinning import run_node

    return run_node(lambda: Player(config), arguments=[])
