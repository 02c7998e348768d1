"""Whether the body is to stand still at a tick, and why."""

from __future__ import annotations

from collections import Counter
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from remogen_ros.embodiment.guard_config import GuardConfig
from remogen_ros.nodes.ledger import Ledger
from remogen_ros.nodes.stamps import SECOND_NS
from remogen_ros.perception.partners import PartnerState

Reason = Literal["service", "cloud", "partner"]

REASONS: dict[Reason, str] = {
    "service": "by ~/hold",
    "cloud": "while the point cloud is too old (guard.cloud_timeout_s)",
    "partner": "while nobody to react to is there (guard.stop_after_s, guard.hold_when_lost)",
}
"""For what the body is held, the first that applies, and how it is said."""

REACHED_M = 0.5
"""Metres over the floor from a goal, within which there is nowhere to go any more."""

_SOURCE = "guard"


class Holding:
    """What the body is held for, tick by tick. One caller.

    Args:
        config: what is a reason to hold.
        ledger: says that the body is held for what it was not asked for.

    Attributes:
        asked: whether somebody asked for it.
        counts: ticks that were held, by reason, since this object was made.
    """

    def __init__(self, config: GuardConfig, ledger: Ledger) -> None:
        self.asked = False
        self.counts: Counter[Reason] = Counter(dict.fromkeys(REASONS, 0))
        self._config = config
        self._ledger = ledger
        self.forget()

    def forget(self) -> None:
        """Time has jumped, or motion begins: nobody is lost, and nothing is too old."""
        self._idle_since_ns: int | None = None
        self._reason: Reason | None = None

    def holds(
        self, stamp_ns: int, partner: PartnerState, cloud_ns: int | None, busy: bool = False
    ) -> bool:
        """Whether the body is held at a tick.

        Args:
            stamp_ns: of the tick.
            partner: state of the partner.
            cloud_ns: stamp of the newest cloud in the map; None if there has been none.
            busy: whether there is something to do without a partner; see `is_busy`.
        """
        alone = partner in ("lost", "never")
        if busy or not alone:
            self._idle_since_ns = None
        elif self._idle_since_ns is None:
            self._idle_since_ns = stamp_ns
        before, self._reason = self._reason, self._found(stamp_ns, partner, cloud_ns)
        if self._reason is not None:
            self.counts[self._reason] += 1
            if self._reason not in (before, "service"):
                self._ledger.say(_SOURCE, self._reason, f"held {REASONS[self._reason]}")
        return self._reason is not None

    @property
    def sentence(self) -> str:
        """What the body is held for now, to go on after "held"; empty if it is not."""
        reason: Reason | None = "service" if self.asked else self._reason
        return "" if reason is None else REASONS[reason]

    def _found(self, stamp_ns: int, partner: PartnerState, cloud_ns: int | None) -> Reason | None:
        config = self._config
        if self.asked:
            return "service"
        timeout = config.cloud_timeout_s
        if timeout and cloud_ns is not None and stamp_ns - cloud_ns > timeout * SECOND_NS:
            return "cloud"
        if config.hold_when_lost and partner == "lost":
            return "partner"
        if not config.stop_after_s or self._idle_since_ns is None:
            return None
        idle_s = (stamp_ns - self._idle_since_ns) / SECOND_NS
        return "partner" if idle_s >= config.stop_after_s else None


def is_busy(
    goal: NDArray[np.floating] | None, intent: str, position: NDArray[np.floating] | None
) -> bool:
    """Whether the ego has something to do when nobody is there.

    Args:
        goal: (3,) where it is to go, metres in the fixed frame; None if nowhere.
        intent: what it is to do, in words; empty if nothing.
        position: (3,) where it is in the fixed frame; None while it is nowhere.
    """
    if intent.strip():
        return True
    if goal is None:
        return False
    return position is None or float(np.linalg.norm((goal - position)[:2])) > REACHED_M
