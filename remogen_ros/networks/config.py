"""Sizes of the networks. `small` is real-time on one core; `paper` is ReMoGen's published size."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

HISTORY_FRAMES = 2
"""H, frames of motion a segment continues."""

FUTURE_FRAMES = 8
"""F, frames of one generated segment."""


class _Config(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class VaeConfig(_Config):
    """Transformer VAE with U-Net skip connections (odd number of layers)."""

    layers: int = Field(7, ge=1)
    width: int = Field(256, ge=8)
    feedforward: int = Field(1024, ge=8)
    heads: int = Field(4, ge=1)
    latent: int = Field(256, ge=4)
    dropout: float = Field(0.1, ge=0, lt=1)


class DenoiserConfig(_Config):
    """Transformer over [time, text, H history frames, noisy latent]."""

    layers: int = Field(8, ge=1)
    width: int = Field(512, ge=8)
    feedforward: int = Field(1024, ge=8)
    heads: int = Field(4, ge=1)
    text: int = Field(384, ge=1)
    dropout: float = Field(0.1, ge=0, lt=1)


_NORMALISED = Field(
    True,
    description="standardise partner features, and normalise within their encoder; not in weights "
    "that were trained without",
)


class AdapterConfig(_Config):
    """A Meta-Interaction adapter: encoders of its cues, and blocks after every second layer."""

    cues: tuple[Literal["partners", "scene", "goal"], ...]
    heads: int = Field(8, ge=1)
    tcn_width: int = Field(256, ge=8)
    tcn_layers: int = Field(4, ge=1)
    partner_tokens: int = Field(4, ge=1)
    partners_normalised: bool = _NORMALISED
    vit_width: int = Field(512, ge=8)
    vit_layers: int = Field(6, ge=1)
    vit_heads: int = Field(16, ge=1)
    vit_feedforward: int = Field(1024, ge=8)
    vit_patch: int = Field(8, ge=1)
    clip: float = Field(1.0, gt=0, description="tau: longest delta, in norms of the hidden token")


class RefinementConfig(_Config):
    """Frame-wise Segment Refinement: interaction blocks on the segment's clean latent."""

    blocks: int = Field(1, ge=1)
    heads: int = Field(4, ge=1)
    tcn_width: int = Field(256, ge=8)
    tcn_layers: int = Field(4, ge=1)
    partner_tokens: int = Field(4, ge=1)
    partners_normalised: bool = _NORMALISED


class DiffusionConfig(_Config):
    """Denoising schedule and guidance."""

    steps: int = Field(10, ge=1)
    guidance: float = Field(1.0, ge=0, description="1 samples the conditional model alone")
    noise: float = Field(
        1.0,
        ge=0,
        le=1,
        description="share of the noise that is put back after each denoising step: 1 is ancestral "
        "sampling, 0 takes the mean alone",
    )


class ModelConfig(_Config):
    """Everything needed to build the networks of one bundle."""

    vae: VaeConfig
    denoiser: DenoiserConfig
    adapters: dict[str, AdapterConfig]
    refinement: RefinementConfig
    diffusion: DiffusionConfig = DiffusionConfig()

    def with_text(self, width: int) -> ModelConfig:
        """The same, for sentence embeddings of another width."""
        denoiser = self.denoiser.model_copy(update={"text": width})
        return self.model_copy(update={"denoiser": denoiser})


def _adapters(**sizes: int) -> dict[str, AdapterConfig]:
    return {
        "hhi": AdapterConfig(cues=("partners",), **sizes),
        "hsi": AdapterConfig(cues=("scene", "goal"), **sizes),
    }


CONFIGURATIONS: dict[str, ModelConfig] = {
    "paper": ModelConfig(
        vae=VaeConfig(),
        denoiser=DenoiserConfig(),
        adapters=_adapters(),
        refinement=RefinementConfig(),
    ),
    "small": ModelConfig(
        vae=VaeConfig(layers=1, width=128, feedforward=512, latent=256, dropout=0.0),
        denoiser=DenoiserConfig(layers=4, width=256, feedforward=768, dropout=0.0),
        adapters=_adapters(
            heads=4,
            tcn_width=96,
            tcn_layers=3,
            partner_tokens=2,
            vit_width=96,
            vit_layers=2,
            vit_heads=4,
            vit_feedforward=192,
        ),
        refinement=RefinementConfig(tcn_width=96, tcn_layers=3, partner_tokens=2),
        diffusion=DiffusionConfig(guidance=2.0, noise=0.5),
    ),
    "tiny": ModelConfig(
        vae=VaeConfig(layers=1, width=16, feedforward=16, heads=2, latent=8, dropout=0.0),
        denoiser=DenoiserConfig(layers=2, width=16, feedforward=16, heads=2, dropout=0.0),
        adapters=_adapters(
            heads=2,
            tcn_width=8,
            tcn_layers=1,
            partner_tokens=1,
            vit_width=8,
            vit_layers=1,
            vit_heads=2,
            vit_feedforward=8,
        ),
        refinement=RefinementConfig(heads=2, tcn_width=8, tcn_layers=1, partner_tokens=1),
    ),
}
"""`tiny` exists for tests: every part, no capacity."""
