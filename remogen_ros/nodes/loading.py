"""A generator as the node's parameters want it, ready for its first tick."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import torch

from remogen_ros.cues.occupancy import OccupancyGrid
from remogen_ros.nodes.generation import warm_up
from remogen_ros.nodes.milestones import Milestones
from remogen_ros.nodes.parameters import ReactionConfig, check_adapters
from remogen_ros.streaming.backends.choosing import share_threads
from remogen_ros.streaming.bundle import read_manifest
from remogen_ros.streaming.generator import Generator


class Logger(Protocol):
    """The part of an rclpy logger that is used here."""

    def info(self, message: str) -> object: ...

    def warning(self, message: str) -> object: ...


def load_generator(
    config: ReactionConfig, folder: Path, logger: Logger, milestones: Milestones
) -> Generator:
    """Load a model, build what runs it, and go through two segments, so that no tick pays for that.

    Args:
        config: of the node.
        folder: of the model.
        logger: told what takes seconds, and later when another back end takes over.
        milestones: of the node's start.

    Raises:
        UserError: anything the user can mend.
    """
    torch.set_num_threads(config.torch_threads)
    check_adapters(config, tuple(read_manifest(folder).config.adapters))
    generator = Generator.load(
        folder,
        config.device,
        config.seed,
        config.plan,
        config.backend,
        config.adapters,
        config.torch_threads,
        say=logger.info,
        warn=logger.warning,
    )
    share_threads(generator.backend, config.torch_threads)
    generator.prepare_intent(config.intent)
    milestones.reach("loaded")
    warm_up(generator, config.adapters)
    milestones.reach("warmed_up")
    return generator


def saved_scene(config: ReactionConfig) -> OccupancyGrid | None:
    """The cells of the parameter `scene_file`; None if it is empty.

    Raises:
        UserError: see `load_scene`.
    """
    if not config.scene_file:
        return None
    # Only here: the image labelling that it needs would delay every start.
    from remogen_ros.perception.scene_file import load_scene

    room = config.occupancy
    return load_scene(Path(config.scene_file).expanduser(), room.size[2], room.floor_height)
