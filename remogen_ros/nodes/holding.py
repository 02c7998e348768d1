"""Whether the body is to stand still at a tick, and why."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from remogen_ros.embodiment.guard_config import GuardConfig
from remogen_ros.nodes.stamps import SECOND_NS
from remogen_ros.perception.partners import PartnerState

Reason = Literal["service", "cloud", "partner"]

REASONS: dict[Reason, str] = {
    "service": "by ~/hold",
    "cloud": "while the point cloud is too old (guard.cloud_timeout_s)",
    "partner": "while its partner is lost",
}
"""For what the body is held, the first that applies, and how it is said."""


class Holding:
    """What the body is held for, tick by tick. One caller.

    Args:
        config: what is a reason to hold.

    Attributes:
        asked: whether somebody asked for it.
        counts: ticks that were held, by reason, since this object was made.
    """

    def __init__(self, config: GuardConfig) -> None:
        self.asked = False
        self.counts: Counter[Reason] = Counter(dict.fromkeys(REASONS, 0))
        self._config = config
        self.forget()

    def forget(self) -> None:
        """Time has jumped: nobody is lost, and nothing is too old."""
        self._lost_since_ns: int | None = None
        self._reason: Reason | None = None

    def holds(self, stamp_ns: int, partner: PartnerState, cloud_ns: int | None) -> bool:
        """Whether the body is held at a tick.

        Args:
            stamp_ns: of the tick.
            partner: state of the partner.
            cloud_ns: stamp of the newest cloud in the map; None if there has been none.
        """
        if partner != "lost":
            self._lost_since_ns = None
        elif self._lost_since_ns is None:
            self._lost_since_ns = stamp_ns
        self._reason = self._found(stamp_ns, cloud_ns)
        if self._reason is not None:
            self.counts[self._reason] += 1
        return self._reason is not None

    @property
    def sentence(self) -> str:
        """What the body is held for now, to go on after "held"; empty if it is not."""
        reason: Reason | None = "service" if self.asked else self._reason
        return "" if reason is None else REASONS[reason]

    def _found(self, stamp_ns: int, cloud_ns: int | None) -> Reason | None:
        config = self._config
        if self.asked:
            return "service"
        timeout = config.cloud_timeout_s
        if timeout and cloud_ns is not None and stamp_ns - cloud_ns > timeout * SECOND_NS:
            return "cloud"
        if self._lost_since_ns is None:
            return None
        idle_s = (stamp_ns - self._lost_since_ns) / SECOND_NS
        stops = config.stop_after_s and idle_s >= config.stop_after_s
        return "partner" if config.hold_when_lost or stops else None
