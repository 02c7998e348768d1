"""All networks of one model, built from its configuration."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from remogen_ros.motion.canonical import CanonicalFrame
from remogen_ros.motion.features import FEATURE_COUNT
from remogen_ros.motion.features import decode as features_to_motion
from remogen_ros.motion.poses import Motion
from remogen_ros.motion.skeleton import ADULT
from remogen_ros.motion.standing import standing_rotations
from remogen_ros.motion.statistics import Statistics
from remogen_ros.networks.adapter import Adapter
from remogen_ros.networks.config import ModelConfig
from remogen_ros.networks.denoiser import Denoiser
from remogen_ros.networks.refinement import Refinement
from remogen_ros.networks.vae import MotionVae


class Prior(nn.Module):
    """The frozen single-person prior: VAE, denoiser, and the statistics both were trained with."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.vae = MotionVae(config.vae)
        self.denoiser = Denoiser(config.denoiser, config.vae.latent)
        self.register_buffer("feature_mean", torch.zeros(FEATURE_COUNT))
        self.register_buffer("feature_std", torch.ones(FEATURE_COUNT))
        self.register_buffer("idle_rotations", standing_rotations())
        self.register_buffer("idle_height", torch.tensor(ADULT.pelvis_height))
        self.feature_mean: Tensor
        self.feature_std: Tensor
        self.idle_rotations: Tensor
        self.idle_height: Tensor

    @property
    def statistics(self) -> Statistics:
        """Feature statistics of the training corpus."""
        return Statistics(self.feature_mean, self.feature_std)

    def set_statistics(self, statistics: Statistics) -> None:
        """Store the statistics with the weights."""
        self.feature_mean.copy_(statistics.mean)
        self.feature_std.copy_(statistics.std)

    def set_idle_pose(self, rotations: Tensor, height: Tensor) -> None:
        """Store the pose (22, 3, 3), facing +x, and pelvis height from which streaming starts."""
        self.idle_rotations.copy_(rotations)
        self.idle_height.copy_(height)

    def decode(self, latent: Tensor, history: Tensor) -> Tensor:
        """Latent in the denoiser's units (B, latent), history (B, H, 276) -> (B, F, 276)."""
        return self.vae.decode(latent * self.denoiser.latent_std, history)

    def posed(self, features: Tensor, frame: CanonicalFrame) -> Motion:
        """World poses (B, T) of normalised features (B, T, 276), seen from (B) frames."""
        values = self.statistics.denormalise(features)
        return features_to_motion(values, frame)


class Networks(nn.Module):
    """Prior, adapters by name, refinement."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.prior = Prior(config)
        self.adapters = nn.ModuleDict(
            {name: Adapter(part, config.denoiser) for name, part in config.adapters.items()}
        )
        self.refinement = Refinement(config.refinement, config.vae.latent)

    def weighted_adapters(self, weights: dict[str, float]) -> list[tuple[Adapter, float]]:
        """Each named adapter with its weight; names that the model lacks raise KeyError."""
        members = []
        for name, weight in weights.items():
            adapter = self.adapters[name]
            if not isinstance(adapter, Adapter):
                raise KeyError(name)
            members.append((adapter, weight))
        return members
