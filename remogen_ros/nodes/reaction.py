"""The node `reaction`: people and the room in, an avatar that reacts to them out.

Wiring only. Messages go to `inputs`, clouds from there to the thread of `room`; every tenth of a
second of ROS time the newest of everything goes to the thread of `generation`, whose frames
`outputs` publishes at once.
"""

from __future__ import annotations

import gc
import sys
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rcl_interfaces.msg import SetParametersResult
from rclpy.clock import Clock, ClockType, JumpThreshold, TimeJump
from rclpy.duration import Duration
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn
from rclpy.parameter import Parameter
from rclpy.timer import Timer
from std_srvs.srv import Trigger

from remogen_ros.cues.occupancy import OccupancyGrid
from remogen_ros.embodiment.choosing import embodiment_named
from remogen_ros.errors import UserError
from remogen_ros.motion.poses import FRAME_RATE
from remogen_ros.nodes import parameters
from remogen_ros.nodes.activity import Activity
from remogen_ros.nodes.generation import Reaction, Tick
from remogen_ros.nodes.health import Health
from remogen_ros.nodes.holding import Holding, is_busy
from remogen_ros.nodes.ledger import Ledger, describe
from remogen_ros.nodes.loading import load_generator, saved_scene
from remogen_ros.nodes.milestones import Milestones
from remogen_ros.nodes.outputs import Outputs
from remogen_ros.nodes.parameters import PARTNER_POLICY
from remogen_ros.nodes.resources import shipped_folder
from remogen_ros.nodes.spinning import run_node
from remogen_ros.nodes.ticking import TickGrid
from remogen_ros.nodes.topics import REACTION_NODE
from remogen_ros.nodes.trackers import require_tracker
from remogen_ros.streaming.bundle import bundle_sha256
from remogen_ros.streaming.generator import Generator
from remogen_ros.streaming.observation import Observation

PERIOD_NS = round(1e9 / FRAME_RATE)
DIAGNOSTICS_PERIOD_S = 1.0
CLOCK_PATIENCE_S = 2.0
"""How long a simulated clock may take to start before it is said that it has not."""

FORWARD_JUMP_S = 1.0
"""A step of the clock by more than this is a jump: the ticks in between were not missed."""


class ReactionNode(LifecycleNode):
    """Lifecycle node: `configure` loads the model, `activate` starts to react."""

    def __init__(self, **node_arguments: Any) -> None:
        """
        Args:
            node_arguments: passed on to rclpy.

        Raises:
            UserError: a parameter has a value that is not allowed.
        """
        self._activity: Activity | None = None
        self._timer: Timer | None = None
        self._milestones = Milestones()
        self._milestones.reach("imported")
        super().__init__(REACTION_NODE, **node_arguments)
        self.config = parameters.declare(self)
        self._ledger = Ledger(self.get_logger())
        self._health = Health(self, self._ledger, self._milestones)
        self._grid = TickGrid(PERIOD_NS)
        self._generator: Generator | None = None
        self._outputs: Outputs | None = None
        self._scene: OccupancyGrid | None = None
        self._holding = Holding(self.config.guard, self._ledger)
        self._ego_position: NDArray[np.floating] | None = None
        self.add_on_set_parameters_callback(self._on_parameters)
        self.create_service(Trigger, "~/hold", partial(self._on_hold, True))
        self.create_service(Trigger, "~/resume", partial(self._on_hold, False))
        # Steady clocks: what is said here is said while simulated time stands still, too.
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self.create_timer(DIAGNOSTICS_PERIOD_S, self._publish_diagnostics, clock=steady)
        self._clock_watch = self.create_timer(CLOCK_PATIENCE_S, self._watch_clock, clock=steady)
        self._clock_watch.cancel()
        self._jump_handle = self.get_clock().create_jump_callback(
            JumpThreshold(
                min_forward=Duration(seconds=FORWARD_JUMP_S),
                min_backward=Duration(nanoseconds=-1),
                on_clock_change=True,
            ),
            post_callback=self._on_time_jump,
        )
        self._milestones.reach("created")

    # --- lifecycle -----------------------------------------------------------------------------

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Load the model and advertise the outputs."""
        logger = self.get_logger()
        try:
            embodiment = embodiment_named(self.config.embodiment)
            require_tracker(self.config, embodiment.links)
            folder = shipped_folder("model", self.config.model)
            self._generator = load_generator(self.config, folder, logger, self._milestones)
            self._health.model_sha256 = bundle_sha256(folder)
            self._scene = saved_scene(self.config)
            self._outputs = Outputs(self, self.config, embodiment, self._ledger)
        except UserError as error:
            logger.error(str(error))
            return TransitionCallbackReturn.FAILURE
        # What is loaded stays: later collections need not walk through it during a tick.
        gc.collect()
        gc.freeze()
        self._milestones.reach("configured")
        logger.info(
            f"loaded model '{self.config.model}' from {folder}, back end {self._generator.backend}"
        )
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Start to listen and to react, from the start pose."""
        generator, outputs = self._generator, self._outputs
        if generator is None or outputs is None:
            return TransitionCallbackReturn.FAILURE
        self._health.restart()
        self._grid.restart()
        self._holding.forget()
        self._activity = Activity.begin(
            self,
            self.config,
            generator,
            self._scene,
            outputs,
            self._ledger,
            partial(self._publish, outputs),
            lambda: self._ego_position,
        )
        self._timer = self.create_timer(1.0 / FRAME_RATE, self._on_tick)
        self._clock_watch.reset()
        self._milestones.reach("activated")
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop to react and to listen; the model stays loaded."""
        self._stop()
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Give the model back."""
        self._release()
        return super().on_cleanup(state)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop, whatever the state was."""
        self._stop()
        self._release()
        return super().on_shutdown(state)

    def destroy_node(self) -> None:
        """Stop the threads, then everything else."""
        self._stop()
        # What stays frozen is not finalised, and others would take the node for alive.
        gc.unfreeze()
        super().destroy_node()

    def _stop(self) -> None:
        activity, self._activity = self._activity, None
        timer, self._timer = self._timer, None
        if timer is not None:
            self.destroy_timer(timer)
        if activity is not None:
            activity.end()
            if self._outputs is not None and self.context.ok():
                self._outputs.stop()

    def _release(self) -> None:
        if self._outputs is not None:
            self._outputs.destroy()
        self._outputs = self._generator = self._scene = None

    # --- reacting ------------------------------------------------------------------------------

    def _on_tick(self) -> None:
        activity, timer = self._activity, self._timer
        now_ns = self.get_clock().now().nanoseconds
        if activity is None or timer is None or now_ns == 0:
            return
        if self._outputs is None or self._outputs.waits():
            self._grid.restart()
            return
        tick = self._grid.tick(now_ns + timer.time_until_next_call() - PERIOD_NS)
        if tick is None:
            return
        people = activity.inputs.partners(tick.stamp_ns)
        self._health.partner_state = people.state
        observation = Observation(
            partners=people.window,
            occupancy=activity.room.grid,
            goal=activity.inputs.goal,
            intent=activity.intent.text,
            adapter_weights=self.config.adapter_weights,
            mix=self.config.mix,
        )
        busy = is_busy(observation.goal, observation.intent, self._ego_position)
        in_time = activity.generation.hand(
            Tick(
                tick.stamp_ns,
                observation,
                people.partner_ids,
                people.newest_stamp_ns,
                self._holding.holds(tick.stamp_ns, people.state, activity.room.stamp_ns, busy),
                people.everybody,
            )
        )
        self._health.handed(activity.heartbeat, tick.missed, in_time)

    def _publish(self, outputs: Outputs, reaction: Reaction) -> None:
        """On the generator's thread."""
        try:
            shown = outputs.publish(reaction)
        except Exception as error:  # An output that fails must not end the thread.
            if self.context.ok():
                sentence = f"frame {reaction.frame.index} is not published: {describe(error)}"
                self._ledger.drop("outputs", "failed", sentence)
            return
        if shown is not None:
            self._ego_position = shown.frame.root_position
            self._health.shown(shown)

    def _on_hold(
        self, hold: bool, request: Trigger.Request, response: Trigger.Response
    ) -> Trigger.Response:
        self._holding.asked = hold
        response.success = True
        response.message = "held until ~/resume" if hold else "resumed"
        self.get_logger().info(response.message)
        return response

    # --- time and parameters -------------------------------------------------------------------

    def _on_time_jump(self, jump: TimeJump) -> None:
        self._grid.restart()
        activity = self._activity
        if jump.delta.nanoseconds >= 0 or activity is None:
            return
        put_back = self.config.reset_on_time_jump
        self.get_logger().warning(
            f"time jumped back by {-jump.delta.nanoseconds / 1e9:.2f} s: forgot people, room and "
            f"moving transforms{', and put the ego back to its start' if put_back else ''}"
        )
        self._holding.forget()
        activity.restart(put_back)

    def _watch_clock(self) -> None:
        self._clock_watch.cancel()
        if self.get_clock().now().nanoseconds == 0:
            self.get_logger().warning(
                "use_sim_time is true, but nothing has come on /clock yet; waiting for it, and "
                "publishing nothing until then"
            )

    def _on_parameters(self, changes: list[Parameter[Any]]) -> SetParametersResult:
        # Applied where it is checked: Humble has no callback for afterwards, and none but this
        # one can still refuse.
        try:
            config = parameters.changed(self.config, changes)
            if self._generator is not None:
                parameters.check_adapters(config, self._generator.adapter_names)
        except UserError as error:
            return SetParametersResult(successful=False, reason=str(error))
        self.config = config
        if self._activity is not None:
            names = {change.name for change in changes}
            if "intent" in names:
                self._activity.intent.ask(config.intent)
            if PARTNER_POLICY in names:
                self._activity.inputs.choose_by(config.partner.policy)
        return SetParametersResult(successful=True)

    def _publish_diagnostics(self) -> None:
        self._health.publish(
            self.config, self._generator, self._outputs, self._holding, self._activity
        )


def main(arguments: list[str] | None = None) -> int:
    """Run the node until it is interrupted; returns the exit code."""
    return run_node(ReactionNode, arguments)


if __name__ == "__main__":
    sys.exit(main())
