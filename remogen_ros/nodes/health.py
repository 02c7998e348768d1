"""How the reaction node is doing: gathered tick by tick, and told on `/diagnostics`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.node import Node

from remogen_ros.motion.poses import FRAME_RATE
from remogen_ros.nodes.activity import Activity
from remogen_ros.nodes.diagnostics import (
    TickStatistics,
    condition,
    diagnostics,
    message_counts,
)
from remogen_ros.nodes.generation import Reaction
from remogen_ros.nodes.heartbeat import Heartbeat
from remogen_ros.nodes.holding import Holding
from remogen_ros.nodes.ledger import Ledger
from remogen_ros.nodes.milestones import Milestones
from remogen_ros.nodes.outputs import Outputs
from remogen_ros.nodes.parameters import ReactionConfig
from remogen_ros.nodes.topics import DIAGNOSTICS
from remogen_ros.perception.partners import PartnerState
from remogen_ros.streaming.generator import Generator


class Health:
    """What a node knows of itself, and the publisher that tells it.

    Attributes:
        partner_state: of the partner seen last.
        model_sha256: of the model that was loaded last; empty before.
    """

    def __init__(self, node: Node, ledger: Ledger, milestones: Milestones) -> None:
        """
        Args:
            node: that is told of.
            ledger: what came in, and what was dropped.
            milestones: of its start.
        """
        self._node = node
        self._ledger = ledger
        self._milestones = milestones
        self._publisher = node.create_publisher(DiagnosticArray, DIAGNOSTICS, 10)
        self._weights: Mapping[str, float] = {}
        self.partner_state: PartnerState = "never"
        self.model_sha256 = ""
        self.restart()

    def restart(self) -> None:
        """Count anew: the node is activated."""
        self._statistics = TickStatistics()
        self._in_time_at = time.monotonic()

    def handed(self, heartbeat: Heartbeat, missed: int, in_time: bool) -> None:
        """A tick was handed to the generator.

        Args:
            heartbeat: knows whether the machine stalled.
            missed: ticks before it that passed without a call.
            in_time: False where it replaced one whose turn did not come before it.
        """
        if missed or not in_time:
            # What kept this one waiting was handed over a tick before the last in time.
            by_stall = heartbeat.stalled_since(self._in_time_at - 1.0 / FRAME_RATE)
            self._statistics.miss(missed + (0 if in_time else 1), by_stall)
        if in_time:
            self._in_time_at = time.monotonic()

    def shown(self, reaction: Reaction) -> None:
        """A reaction was published. On the generator's thread."""
        self._milestones.reach("first_reaction")
        if not reaction.tick.hold:
            self._statistics.add(reaction)
        self._weights = reaction.frame.adapter_weights

    def publish(
        self,
        config: ReactionConfig,
        generator: Generator | None,
        outputs: Outputs | None,
        holding: Holding,
        activity: Activity | None,
    ) -> None:
        """Tell it.

        Args:
            config: of the node at present.
            generator, outputs: None while the node is not configured.
            holding: what the body is held for.
            activity: None while the node is not active.
        """
        now_ns = self._node.get_clock().now().nanoseconds
        level, sentence = condition(
            active=activity is not None,
            clock=now_ns > 0,
            waits_for="" if outputs is None else outputs.waits_for,
            held=holding.sentence,
            floor="" if activity is None else activity.room.floor.problem,
            partner_state=self.partner_state,
        )
        values = self._statistics.summary() | message_counts(*self._ledger.counts())
        values |= {"model": config.model, "model_sha256": self.model_sha256}
        values |= {"partner_state": self.partner_state}
        if generator is not None:
            values |= {"backend": generator.backend, "replans": str(generator.replans)}
        if outputs is not None:
            counts = outputs.interventions()
            values |= {f"guard.{name}": str(count) for name, count in counts.items()}
        values |= {f"held.{why}": str(count) for why, count in holding.counts.items()}
        values |= {"mix": config.mix}
        values |= {f"weight.{name}": f"{weight:g}" for name, weight in self._weights.items()}
        values |= self._milestones.summary()
        if activity is not None:
            values |= dict(_of_activity(activity))
        name = self._node.get_fully_qualified_name()
        self._publisher.publish(diagnostics(now_ns, name, level, sentence, values))


def _of_activity(activity: Activity) -> Iterator[tuple[str, str]]:
    yield from activity.heartbeat.summary().items()
    if (floor := activity.room.floor.floor) is not None:
        yield "floor.tilt_deg", f"{floor.tilt_deg:.2f}"
        yield "floor.height_m", f"{floor.height:.3f}"
    goal = activity.inputs.goal
    yield "intent", activity.intent.text
    yield "goal", "" if goal is None else " ".join(f"{x:.3f}" for x in goal)
