"""Where a body's root may go at a tick: not too fast, not too near to people, not into things."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remogen_ros.embodiment.root_steps import (
    Obstacles,
    clear_of_people,
    clear_of_room,
    no_faster,
    steps_into_people,
    steps_into_room,
)

Array = NDArray[np.floating]

IN_THE_WAY = ("partner_distance", "occupied")
"""Of what `FreeSpace.allowed` names, what is in the way; the other is too fast."""


@dataclass(frozen=True)
class FreeSpace:
    """The limits of steps at one tick.

    Attributes:
        longest: metres of a step.
        people: (N, 2) metres, who are kept clear of.
        apart: metres over the floor from them.
        room: what is where; None if that is not known, or does not matter.
        clearance: metres ahead of a step that have to be free, too.
    """

    longest: float
    people: Array
    apart: float
    room: Obstacles | None
    clearance: float

    def allowed(self, step: Array, trunk: Array) -> tuple[Array, list[str]]:
        """The step that breaks no limit: the very array that was asked for, or a shorter one.

        Args:
            step: (3,) of the root, metres.
            trunk: (N, 3) of the body in its new pose where it is before the step, the root first.

        Returns:
            The step, and the limits that it would have broken.
        """
        broken = []
        allowed = no_faster(step, self.longest)
        if allowed is not step:
            broken.append("root_speed")
        people = self.people if self.apart > 0.0 else self.people[:0]
        if (free := clear_of_people(trunk[0], allowed, people, self.apart)) is not allowed:
            broken.append("partner_distance")
            allowed = free
        if self.room is None:
            return allowed, broken
        points = trunk + (0.0, 0.0, allowed[2])
        if (free := clear_of_room(points, allowed, self.room, self.clearance)) is not allowed:
            broken.append("occupied")
            allowed = free
            if clear_of_people(trunk[0], free, people, self.apart) is not free:
                # Past the thing would be towards the person.
                allowed = np.array((0.0, 0.0, free[2]))
        return allowed, broken

    def hindered(self, steps: Array, trunks: Array) -> NDArray[np.bool_]:
        """Whether people or things are in the way of steps, all at once.

        Args:
            steps: (S, 3).
            trunks: (S, N, 3), as `allowed` takes them.

        Returns:
            (S,).
        """
        found = np.zeros(len(steps), bool)
        if self.apart > 0.0 and len(self.people):
            found |= steps_into_people(trunks[:, 0], steps, self.people, self.apart)
        if self.room is not None:
            points = trunks + steps[:, None] * (0.0, 0.0, 1.0)
            found |= steps_into_room(points, steps, self.room, self.clearance)
        return found
