"""What is compared: a model, how its adapters are mixed, what it is told, and how it streams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from remogen_ros.evaluation.takes import BATCH
from remogen_ros.networks.assembly import Networks
from remogen_ros.streaming.observation import MixPolicy
from remogen_ros.streaming.plan import Plan

GROUND_TRUTH = "ground truth"

STANDING = "standing"
"""The row of egos that keep the last pose that was given."""

MIXES = (0.25, 0.5, 0.75)
"""Shares alpha of the human-human adapter in the sweep; the human-scene one has 1 - alpha."""

STEPS = (2, 4, 6)
"""Denoising steps to which the model's are cut down, for comparison."""

SURPRISES = (0.25, 0.35)
"""Metres by which a partner is elsewhere than assumed, from which a segment is denoised anew."""

_AT_ONCE = Plan(ahead_from=None, refine=False)
"""The paper's segment-wise schedule: denoised when it is due, never looked at again."""


@dataclass(frozen=True)
class Method:
    """One row of a table.

    Attributes:
        name: of the row.
        networks: of the model.
        weights: mix weight of each adapter.
        mix: whether those are the weights, or are multiplied by what `AutoMix` finds at each tick.
        told: whether the ego is given the clip's caption, from beginning to end.
        plan: how it streams.
        bystanders: around each pair, who mean somebody else (`training.bystanders`).
    """

    name: str
    networks: Networks
    weights: Mapping[str, float] = field(default_factory=dict)
    mix: MixPolicy = "fixed"
    told: bool = False
    plan: Plan = field(default_factory=Plan)
    bystanders: int = 0

    @property
    def batch(self) -> int:
        """Egos that are streamed at a time: a plan that replans does it for each when it must."""
        return 1 if self.plan.replans else BATCH


def of_single_people(networks: Networks) -> list[Method]:
    """The prior, told what to do."""
    return [
        Method("prior, told", networks, told=True),
        Method("prior, told, feet as generated", networks, told=True, plan=Plan(footing=False)),
    ]


def of_pairs(networks: Networks, others: Mapping[str, Networks]) -> list[Method]:
    """Reactions: with and without words, and by every schedule.

    Args:
        networks: of the model.
        others: adapters trained in other ways, by the name of their row.
    """
    hhi = {"hhi": 1.0}
    return [
        Method("prior", networks),
        Method("prior, told", networks, told=True),
        Method("hhi", networks, hhi),
        Method("hhi, told", networks, hhi, told=True),
        Method("hhi, without FWSR", networks, hhi, plan=Plan(refine=False)),
        Method("hhi, segments as generated", networks, hhi, plan=Plan(joined=False)),
        Method("hhi, hands as generated", networks, hhi, plan=Plan(touching=False)),
        Method("hhi, a bystander", networks, hhi, bystanders=1),
        Method("hhi, three bystanders", networks, hhi, bystanders=3),
        Method("hhi, segment-wise", networks, hhi, plan=_AT_ONCE),
        Method("hhi, segment-wise with FWSR", networks, hhi, plan=Plan(ahead_from=None)),
        Method("hhi, sliding", networks, hhi, plan=Plan(ahead_from=None, refine=False, slide=True)),
        *(Method(f"hhi, {steps} steps", networks, hhi, plan=Plan(steps=steps)) for steps in STEPS),
        *(
            Method(
                f"hhi, replanned beyond {far:g} m", networks, hhi, plan=Plan(replan_deviation=far)
            )
            for far in SURPRISES
        ),
        *(Method(f"hhi, {name}", other, hhi) for name, other in others.items()),
    ]


def of_held_out_styles(networks: Networks, others: Mapping[str, Networks]) -> list[Method]:
    """Reactions in styles that the other adapters were trained without.

    Args:
        networks: of the model, whose adapter may have been trained with them.
        others: as for `of_pairs`.
    """
    hhi = {"hhi": 1.0}
    return [
        Method("prior", networks),
        Method("hhi", networks, hhi),
        *(Method(f"hhi, {name}", other, hhi) for name, other in others.items()),
    ]


def of_rooms(networks: Networks) -> list[Method]:
    """Walking, sitting and reaching, told so; also by the half of `hsi` that an even mix has."""
    return [
        Method("prior, told", networks, told=True),
        Method("hsi, told", networks, {"hsi": 1.0}, told=True),
        Method("0.5 hsi, told", networks, {"hsi": 0.5}, told=True),
    ]


def of_pairs_in_rooms(networks: Networks) -> list[Method]:
    """One adapter, the other, and both, by alpha or by what the egos perceive."""
    mixes = [
        Method(f"{share:g} hhi + {1 - share:g} hsi", networks, {"hhi": share, "hsi": 1 - share})
        for share in MIXES
    ]
    both = {"hhi": 1.0, "hsi": 1.0}
    return [
        Method("prior", networks),
        Method("hhi", networks, {"hhi": 1.0}),
        Method("hsi", networks, {"hsi": 1.0}),
        *mixes,
        Method("1 hhi + 1 hsi", networks, both),
        Method("auto", networks, both, mix="auto"),
        Method("prior, told", networks, told=True),
        Method("hhi, told", networks, {"hhi": 1.0}, told=True),
        Method("hsi, told", networks, {"hsi": 1.0}, told=True),
        Method("0.5 hhi + 0.5 hsi, told", networks, {"hhi": 0.5, "hsi": 0.5}, told=True),
    ]
