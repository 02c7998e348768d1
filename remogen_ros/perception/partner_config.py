"""The parameters by which partners are told apart, chosen and believed."""

from __future__ import annotations

from dataclasses import dataclass

from remogen_ros.errors import UserError


@dataclass(frozen=True)
class PartnerConfig:
    """How partners are chosen and for how long they are believed.

    Attributes:
        policy: "nearest" to the ego; "locked" onto the first until lost; "id:<x>", the body that
            the tracker calls x and whatever ids it gets later; "all".
        switch_margin_m: "nearest" changes partner only for one that is nearer by this much.
        fresh_s: a partner seen within this time is "tracked", later "held".
        hold_s: how long the last position of a joint is carried forward, and how long a tracker
            must have lost a person before another tracker's word is taken.
        bridge_s: gaps between two observations up to this long are interpolated.
        lost_after_s: a partner not seen for this long is "lost".
        reassociate_s: for this long after an id vanished, a new id at its place is the same person,
            if the limbs fit.
        reassociate_m: how near that place is, at once; and how near each other two trackers see
            one and the same person.
        walking_speed: metres per second by which that place grows while the id is away.
        steady_limbs: limbs keep the lengths that were estimated for the person, however the
            tracker's joints jitter.
        min_confidence: joints below it count as not observed.
        jump_s: a stamp that is older than the newest by more than this is a jump in time.
    """

    policy: str = "nearest"
    switch_margin_m: float = 0.5
    fresh_s: float = 0.25
    hold_s: float = 0.5
    bridge_s: float = 0.5
    lost_after_s: float = 1.0
    reassociate_s: float = 1.2
    reassociate_m: float = 0.5
    walking_speed: float = 1.2
    steady_limbs: bool = True
    min_confidence: float = 0.05
    jump_s: float = 1.0

    def __post_init__(self) -> None:
        wanted = self.policy.removeprefix("id:")
        if self.policy not in ("nearest", "locked", "all") and wanted in ("", self.policy):
            raise UserError(
                f"partner policy {self.policy!r} is unknown; use nearest, locked, all or id:<x>"
            )
        if not 0 <= self.fresh_s <= self.lost_after_s:
            raise UserError(
                f"partner times: fresh_s ({self.fresh_s}) must lie between 0 and lost_after_s "
                f"({self.lost_after_s})"
            )
