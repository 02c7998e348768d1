"""The frozen text-motion evaluator: with what R-Precision, FID, MM-Dist and Diversity are measured.

A folder of `evaluator.yaml` and `evaluator.safetensors`. Its hash stands beside every result, since
numbers of different evaluators cannot be compared.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from remogen_ros.data.corpus import INDEX
from remogen_ros.errors import UserError
from remogen_ros.evaluation.evaluator_networks import EvaluatorConfig, EvaluatorNetworks
from remogen_ros.evaluation.evaluator_retrieval import Found, Retrieval
from remogen_ros.motion.poses import Motion

MANIFEST = "evaluator.yaml"
WEIGHTS = "evaluator.safetensors"

_READABLE = 0o644

_AGAIN = "train it again with `./remogen train evaluator`"

Kind = Literal["single", "duet"]


class EvaluatorManifest(BaseModel):
    """What `evaluator.yaml` holds.

    Attributes:
        corpus: name and version of the corpus on whose training split it was trained.
        text_encoder: whose sentence embeddings it takes, as `networks.text.text_encoder` names it.
        sha256: hash of the weights file.
        retrieval: R@1, 2, 3 of real motion in pools of 32 on the validation split.
        unambiguous: the same, not counting other motions of which a caption is true as well.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    corpus: str
    text_encoder: str = "minilm"
    config: EvaluatorConfig
    sha256: str
    retrieval: Found
    unambiguous: Found


@dataclass(frozen=True)
class MotionEvaluator:
    """Embeds motions and sentences as unit vectors; the nearer, the better they fit."""

    networks: EvaluatorNetworks
    manifest: EvaluatorManifest

    @property
    def corpus(self) -> str:
        """Name and version of the corpus it was trained on; see `corpus_version`."""
        return self.manifest.corpus

    @property
    def sha256(self) -> str:
        """Hash of its weights file."""
        return self.manifest.sha256

    @property
    def kind(self) -> Kind:
        """Whether it is one of single people or of pairs."""
        return kind_of(self.manifest.config)

    def to(self, device: torch.device | str) -> MotionEvaluator:
        """The same evaluator, moved to another device."""
        self.networks.to(device)
        return self

    @torch.no_grad()
    def embed_motion(
        self, motion: Motion, partner: Tensor | None = None, lengths: Tensor | None = None
    ) -> Tensor:
        """Embed a batch of motions.

        Args:
            motion: (B, T) in the world, at 10 Hz; the first 12 s are looked at.
            partner: (B, T, 22, 3) joints in the same world, simultaneous; of a pair evaluator only.
            lengths: (B,) how many frames of each count; all of them by default.

        Returns:
            (B, 256) unit vectors.
        """
        return self.networks.embed_joints(motion.joints(), partner, lengths)

    @torch.no_grad()
    def embed_text(self, sentences: Tensor) -> Tensor:
        """(B, 384) sentence embeddings -> (B, 256) unit vectors."""
        return self.networks.embed_sentences(sentences)


def kind_of(config: EvaluatorConfig) -> Kind:
    """The kind of corpus that an evaluator is for."""
    return "duet" if config.pairs else "single"


def corpus_version(path: Path) -> str:
    """Name of a corpus' folder and the beginning of its index' hash, as `duet@0a1b2c3d4e5f`."""
    return f"{path.resolve().name}@{_sha256(path / INDEX)[:12]}"


def save_evaluator(
    networks: EvaluatorNetworks,
    folder: Path,
    corpus: str,
    retrieval: Retrieval,
) -> None:
    """Write weights and manifest.

    Raises:
        UserError: the place cannot be written to, or is full.
    """
    tensors = {name: tensor.contiguous() for name, tensor in networks.state_dict().items()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        save_file(tensors, folder / WEIGHTS)
        # safetensors keeps its files from everybody else.
        (folder / WEIGHTS).chmod(_READABLE)
        manifest = EvaluatorManifest(
            corpus=corpus,
            config=networks.config,
            sha256=_sha256(folder / WEIGHTS),
            retrieval=retrieval.plain,
            unambiguous=retrieval.unambiguous,
        )
        text = yaml.safe_dump(manifest.model_dump(mode="json"), sort_keys=False)
        (folder / MANIFEST).write_text(text, "utf-8")
    except (OSError, SafetensorError) as error:
        raise UserError(f"The evaluator cannot be written to {folder}: {error}.") from None


def load_evaluator(folder: Path, kind: Kind | None = None) -> MotionEvaluator:
    """Read and verify an evaluator.

    Args:
        folder: where it is.
        kind: of the corpus that it is needed for.

    Raises:
        UserError: it is missing, damaged, changed, or for another kind of corpus.
    """
    manifest = _read_manifest(folder / MANIFEST)
    if kind not in (None, kind_of(manifest.config)):
        raise UserError(
            f"The evaluator {folder} was trained on {manifest.corpus}, a corpus of kind "
            f"{kind_of(manifest.config)!r}; this needs one of kind {kind!r}."
        )
    path = folder / WEIGHTS
    if not path.is_file():
        raise UserError(f"The evaluator's file {path} is missing; {_AGAIN}.")
    if _sha256(path) != manifest.sha256:
        raise UserError(
            f"{path} does not have the hash that {MANIFEST} states: it is truncated or was "
            f"changed; restore it, or {_AGAIN}."
        )
    networks = EvaluatorNetworks(manifest.config)
    try:
        networks.load_state_dict(load_file(path))
    except (SafetensorError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{path} does not fit {MANIFEST} ({reason}); {_AGAIN}.") from None
    return MotionEvaluator(networks.eval().requires_grad_(False), manifest)


def _read_manifest(path: Path) -> EvaluatorManifest:
    if not path.is_file():
        raise UserError(f"{path.parent} is no evaluator: it has no {path.name}; {_AGAIN}.")
    try:
        return EvaluatorManifest.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except (yaml.YAMLError, ValidationError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{path} is damaged ({reason}); {_AGAIN}.") from None


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
