"""Hyper-parameters of the training phases; defaults are the paper's or, where silent, DART's."""

from __future__ import annotations

from enum import Enum

from pydantic import BaseModel, ConfigDict, Field


class _Config(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Regime(str, Enum):
    """What is trained with an adapter; all but `frozen` are ablations.

    frozen: the adapter alone, on the prior as it is.
    joint: the prior's denoiser as well, from where its own training left it.
    scratch: the denoiser as well, from random weights: no prior but the VAE.
    """

    FROZEN = "frozen"
    JOINT = "joint"
    SCRATCH = "scratch"


class BodyWeights(_Config):
    """Weights of the losses in square metres (`losses.body_losses`).

    Near people are few, and `distances` and `palms` are means over them alone: with 100, palms
    pulled at an adapter a hundred times as hard as all else (norms of gradients).
    """

    joints: float = 50.0
    velocity: float = 100.0
    feet: float = 400.0
    consistency: float = 50.0
    deltas: float = 50.0
    distances: float = 15.0
    palms: float = 4.0


class TrackingNoise(_Config):
    """How a tracked partner differs from the exact one of a corpus (`tracking.as_tracked`)."""

    jitter: float = Field(0.01, ge=0, description="metres, of each joint at each frame")
    offset: float = Field(0.02, ge=0, description="metres, of each joint: another idea of it")
    size: float = Field(0.06, ge=0, description="standard deviation of the body's scale")
    unseen_joint: float = Field(0.05, ge=0, le=1, description="chance of a joint to be hidden")
    late: float = Field(0.2, ge=0, le=1, description="chance of a partner who just appeared")


class StageConfig(_Config):
    """One training phase."""

    steps: int = Field(100_000, ge=1)
    batch: int = Field(1024, ge=1)
    learning_rate: float = Field(1e-4, gt=0)
    warmup: int = Field(200, ge=0, description="steps of linear warm-up")
    segments: int = Field(4, ge=1, description="consecutive segments of one window")
    rollout_from: float = Field(
        0.3, ge=0, le=1, description="share of the steps after which own output is fed back"
    )
    body: BodyWeights = BodyWeights()


class TrainingConfig(_Config):
    """All phases, and what they share."""

    vae: StageConfig = StageConfig(segments=1)
    denoiser: StageConfig = StageConfig()
    intent: StageConfig = StageConfig(segments=1)
    adapters: dict[str, StageConfig] = {
        "hhi": StageConfig(steps=65_000),
        "hsi": StageConfig(steps=65_000),
    }
    salience: StageConfig = StageConfig(steps=2000, segments=1, learning_rate=1e-2)
    refinement: StageConfig = StageConfig(steps=65_000)
    kl: float = Field(1e-5, ge=0)
    gradient_clip: float = Field(1.0, gt=0)
    ema: float = Field(0.999, ge=0, lt=1)
    text_dropout: float = Field(0.1, ge=0, le=1)
    cue_dropout: float = Field(0.1, ge=0, le=1)
    history_noise: float = Field(0.01, ge=0, description="metres, on the history's root and joints")
    cue_age: int = Field(
        5, ge=0, description="frames by which cues are older than the history (see streaming)"
    )
    newer_cues: float = Field(
        0.25, ge=0, le=1, description="share of batches whose cues are of any age up to that"
    )
    hesitant: float = Field(
        0.8,
        ge=0,
        le=1,
        description="share of an adapter's segments, where none is rolled out, before which an ego "
        "that could be late has not yet done what it did (see lateness)",
    )
    tracking: TrackingNoise = TrackingNoise()
    checkpoint_every: int = Field(500, ge=1)
    validate_every: int = Field(500, ge=1)
    validation_batches: int = Field(4, ge=1, description="always the same ones")

    def shared_json(self) -> str:
        """What all phases share, as JSON: what makes a checkpoint unfit when it changes."""
        stages = {"vae", "denoiser", "intent", "adapters", "salience", "refinement"}
        return self.model_dump_json(exclude=stages | {"validate_every", "validation_batches"})


def _cpu(
    steps: int,
    batch: int,
    segments: int,
    rollout_from: float = 0.5,
    learning_rate: float = 1e-3,
    body: BodyWeights | None = None,
) -> StageConfig:
    return StageConfig(
        steps=steps,
        batch=batch,
        learning_rate=learning_rate,
        segments=segments,
        rollout_from=rollout_from,
        body=body or BodyWeights(),
    )


_SOCIAL = BodyWeights(
    joints=10.0,
    velocity=40.0,
    feet=160.0,
    consistency=20.0,
    deltas=20.0,
    distances=5.0,
    palms=1.5,
)
"""What to do comes first: metres count most for who walks, and a turn or a wave moves few."""


CONFIGURATIONS: dict[str, TrainingConfig] = {
    "paper": TrainingConfig(),
    "demo": TrainingConfig(
        vae=_cpu(3000, 128, 1),
        denoiser=_cpu(20000, 128, 3, learning_rate=6e-4),
        intent=_cpu(3000, 256, 1),
        adapters={
            "hhi": _cpu(4000, 96, 4, rollout_from=0.6, body=_SOCIAL),
            "hsi": _cpu(2400, 96, 3),
        },
        salience=_cpu(1500, 256, 1, learning_rate=1e-2),
        refinement=_cpu(1200, 96, 1, learning_rate=5e-4, body=_SOCIAL),
    ),
    "smoke": TrainingConfig(
        vae=_cpu(4, 4, 1),
        denoiser=_cpu(4, 4, 2),
        intent=_cpu(4, 4, 1),
        adapters={"hhi": _cpu(4, 4, 2), "hsi": _cpu(4, 4, 2)},
        salience=_cpu(4, 4, 1),
        refinement=_cpu(4, 4, 1),
        checkpoint_every=2,
        validate_every=2,
        validation_batches=1,
    ),
}
"""`demo` trains on two CPU cores in about two hours."""
