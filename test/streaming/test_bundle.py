from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
import yaml

from remogen_ros.errors import UserError
from remogen_ros.streaming.bundle import load_bundle, save_bundle, save_untrained

WEIGHTS = "prior/prior.safetensors"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    save_untrained(tmp_path / "tiny")
    return tmp_path / "tiny"


def test_a_bundle_comes_back_within_half_precision(model: Path, tmp_path: Path) -> None:
    bundle = load_bundle(model)
    save_bundle(bundle.networks, tmp_path / "again", "MIT")
    again = load_bundle(tmp_path / "again")
    assert again.manifest.licence == "MIT"
    for name, value in bundle.networks.state_dict().items():
        assert torch.equal(value, again.networks.state_dict()[name]), name


def test_statistics_keep_full_precision(model: Path, tmp_path: Path) -> None:
    networks = load_bundle(model).networks
    networks.prior.feature_mean.fill_(1 / 3)
    save_bundle(networks, tmp_path / "again", "MIT")
    loaded = load_bundle(tmp_path / "again").networks.prior.feature_mean
    assert torch.equal(loaded, networks.prior.feature_mean)


def test_a_truncated_file_is_named(model: Path) -> None:
    path = model / WEIGHTS
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(UserError, match=r"prior\.safetensors.*truncated"):
        load_bundle(model)


def test_a_truncated_file_with_its_own_hash_is_named_too(model: Path) -> None:
    path = model / WEIGHTS
    path.write_bytes(path.read_bytes()[:-100])
    manifest = yaml.safe_load((model / "bundle.yaml").read_text())
    manifest["files"][WEIGHTS] = hashlib.sha256(path.read_bytes()).hexdigest()
    (model / "bundle.yaml").write_text(yaml.safe_dump(manifest))
    with pytest.raises(UserError, match=r"prior\.safetensors does not fit"):
        load_bundle(model)


def test_a_wrong_hash_is_named(model: Path) -> None:
    manifest = yaml.safe_load((model / "bundle.yaml").read_text())
    manifest["files"][WEIGHTS] = "0" * 64
    (model / "bundle.yaml").write_text(yaml.safe_dump(manifest))
    with pytest.raises(UserError, match=r"prior\.safetensors does not have the hash"):
        load_bundle(model)


def test_parts_that_do_not_fit_each_other_are_named(model: Path) -> None:
    manifest = yaml.safe_load((model / "bundle.yaml").read_text())
    manifest["config"]["vae"]["width"] = 32
    (model / "bundle.yaml").write_text(yaml.safe_dump(manifest))
    with pytest.raises(UserError, match=r"prior\.safetensors does not fit"):
        load_bundle(model)


def test_a_text_encoder_that_does_not_fit_is_named(model: Path) -> None:
    manifest = yaml.safe_load((model / "bundle.yaml").read_text())
    for name, message in (
        ("clip", "names the text encoder 'clip', of 512 numbers, .* takes 384"),
        ("clap", "unknown text encoder 'clap': choose one of minilm, clip"),
    ):
        (model / "bundle.yaml").write_text(yaml.safe_dump({**manifest, "text_encoder": name}))
        with pytest.raises(UserError, match=message):
            load_bundle(model)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("format: 9\n", "cannot be read"),
        ("{", "cannot be read"),
        ("\x00", "cannot be read"),
    ],
)
def test_a_broken_manifest_is_one_sentence(model: Path, content: str, message: str) -> None:
    (model / "bundle.yaml").write_text(content)
    with pytest.raises(UserError, match=message) as raised:
        load_bundle(model)
    assert "\n" not in str(raised.value)


def test_missing_models_and_missing_parts_are_named(model: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is no model"):
        load_bundle(tmp_path / "nothing")
    (model / "refinement/refinement.safetensors").unlink()
    with pytest.raises(UserError, match=r"refinement\.safetensors is missing"):
        load_bundle(model)
