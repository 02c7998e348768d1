"""Hyper-parameters by name, or from a YAML file that names a configuration and what differs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from remogen_ros.errors import UserError
from remogen_ros.training.config import CONFIGURATIONS, TrainingConfig

_BASE = "base"


def training_config(name: str) -> TrainingConfig:
    """The configuration of that name, or of a YAML file such as

        base: demo
        denoiser: {steps: 20000, batch: 256}

    Raises:
        UserError: there is no such name or file, or the file does not say what it should.
    """
    if name in CONFIGURATIONS:
        return CONFIGURATIONS[name]
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        raise UserError(
            f"unknown training configuration '{name}': choose one of {', '.join(CONFIGURATIONS)}, "
            "or give a YAML file"
        )
    try:
        changes = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"the training configuration {path} cannot be read: {reason}") from error
    if not isinstance(changes, dict) or changes.get(_BASE) not in CONFIGURATIONS:
        raise UserError(
            f"{path} must name the configuration that it changes: "
            f"'{_BASE}: {' | '.join(CONFIGURATIONS)}'"
        )
    base = CONFIGURATIONS[changes.pop(_BASE)].model_dump()
    try:
        return TrainingConfig.model_validate(_merged(base, changes))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UserError(f"{path}: {place}: {first['msg']}") from error


def _merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`base`, with what differs in its place, level by level."""
    merged = dict(base)
    for name, value in changes.items():
        known = base.get(name)
        if isinstance(known, dict) and isinstance(value, dict):
            value = _merged(known, value)
        merged[name] = value
    return merged
