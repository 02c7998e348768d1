"""Everything of the reaction node that exists only while it is active."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rclpy.node import Node

from remogen_ros.cues.occupancy import OccupancyGrid
from remogen_ros.nodes.generation import GeneratorThread, Reaction
from remogen_ros.nodes.heartbeat import Heartbeat
from remogen_ros.nodes.inputs import Inputs
from remogen_ros.nodes.intent import Intent
from remogen_ros.nodes.ledger import Ledger
from remogen_ros.nodes.outputs import Outputs
from remogen_ros.nodes.parameters import ReactionConfig
from remogen_ros.nodes.room import Room
from remogen_ros.streaming.generator import Generator


@dataclass(frozen=True)
class Activity:
    """What listens, and the threads that map, understand and generate."""

    inputs: Inputs
    room: Room
    intent: Intent
    generation: GeneratorThread
    heartbeat: Heartbeat

    @staticmethod
    def begin(
        node: Node,
        config: ReactionConfig,
        generator: Generator,
        scene: OccupancyGrid | None,
        outputs: Outputs,
        ledger: Ledger,
        publish: Callable[[Reaction], None],
        ego_position: Callable[[], NDArray[np.floating] | None],
    ) -> Activity:
        """Start to listen, and every thread.

        Args:
            node: whose executor runs the callbacks.
            config: of the node.
            generator: begins anew from the start pose.
            scene: what is known of the room beforehand, None if nothing is.
            outputs: told when the ego is put back to its start.
            ledger: of the node.
            publish: called with each reaction, on the generator's thread.
            ego_position: (3,) in the fixed frame, None while the ego is nowhere.
        """
        x, y, yaw = config.start_pose
        generation = GeneratorThread(generator, (x, y, yaw), publish, outputs.forget, ledger)
        room = Room(config.occupancy, ledger)
        if scene is not None:
            room.know("scene_file", lambda: scene)
        intent = Intent(generator, config.intent, ledger)
        inputs = Inputs(
            node,
            config,
            room,
            intent,
            ledger,
            ego_position,
            ego_segments=lambda: outputs.body_segments,
            ego_links=outputs.links,
        )
        activity = Activity(inputs, room, intent, generation, Heartbeat())
        for thread in (generation, room, intent, activity.heartbeat):
            thread.start()
        return activity

    def restart(self, put_back: bool) -> None:
        """Forget people, room and moving transforms: time has jumped.

        Args:
            put_back: also put the ego back to its start pose.
        """
        self.inputs.forget()
        self.room.forget()
        self.generation.restart(put_back)

    def end(self) -> None:
        """Stop to listen, and every thread; what is being published goes out before."""
        self.inputs.destroy()
        for thread in (self.generation, self.room, self.intent, self.heartbeat):
            thread.stop()
