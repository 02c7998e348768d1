"""Splits that are the same everywhere, and texts whose sides can be exchanged."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remogen_ros.data.splits import SPLITS, Split, split_of, stratified_splits
from remogen_ros.data.texts import UNLABELLED, load_labels, mirrored_text, texts_of


def test_splits_of_these_names_never_change() -> None:
    """By hand: SHA-256 of "a" begins ca97, 0.79 of the way; of "c", 2e7d, 0.18."""
    assert split_of("a") == split_of("c") == "train"
    others = {n: split_of(f"clip-{n}") for n in range(40)}
    assert [n for n, split in others.items() if split == "val"] == [22, 28, 38]
    assert [n for n, split in others.items() if split == "test"] == [4, 12, 16, 31]


def test_shares() -> None:
    counts = Counter(split_of(f"name {i}") for i in range(20_000))
    assert abs(counts["train"] / 20_000 - 0.85) < 0.01
    assert abs(counts["val"] / 20_000 - 0.05) < 0.01
    assert abs(counts["test"] / 20_000 - 0.10) < 0.01


@given(st.text())
def test_every_name_has_a_split(name: str) -> None:
    assert split_of(name) in SPLITS


def counts(splits: dict[str, Split]) -> tuple[int, ...]:
    return tuple(list(splits.values()).count(split) for split in SPLITS)


@pytest.mark.parametrize(
    ("clips", "train_val_test"),
    [
        (0, (0, 0, 0)), (1, (1, 0, 0)), (2, (1, 0, 1)), (3, (1, 1, 1)), (4, (2, 1, 1)),
        (14, (12, 1, 1)), (15, (12, 1, 2)), (20, (17, 1, 2)), (1000, (850, 50, 100)),
    ],
)  # fmt: skip
def test_every_label_is_split(clips: int, train_val_test: tuple[int, ...]) -> None:
    assert counts(stratified_splits({str(n): "bow" for n in range(clips)})) == train_val_test


def test_stratified_splits_of_these_names_never_change() -> None:
    """Of the same 40 names as above: two for validation where the hash alone has three."""
    splits = stratified_splits({f"clip-{n}": "any" for n in range(40)})
    kept = {name: split for name, split in splits.items() if split != "train"}
    assert kept == {
        "clip-28": "val", "clip-38": "val",
        "clip-4": "test", "clip-12": "test", "clip-16": "test", "clip-31": "test",
    }  # fmt: skip


@given(st.dictionaries(st.text(), st.sampled_from(["walk", "bow", "call"])), st.randoms())
def test_stratified_splits_know_neither_order_nor_other_labels(
    labels: dict[str, str], random: Random
) -> None:
    splits = stratified_splits(labels)
    names = list(labels)
    random.shuffle(names)
    assert stratified_splits({name: labels[name] for name in names}) == splits
    bows = {name: label for name, label in labels.items() if label == "bow"}
    assert stratified_splits(bows).items() <= splits.items()
    assert set(splits) == set(labels)


def test_texts_name_content_and_style() -> None:
    texts = texts_of("walk", "angry")
    assert "a person walks forward" in texts
    assert "a person walks forward angrily" in texts
    assert len(set(texts)) == len(texts) >= 6


def test_unknown_labels_just_move() -> None:
    assert texts_of("juggle", "blue") == texts_of(UNLABELLED)


def test_every_label_has_phrasings() -> None:
    labels = load_labels()
    assert all(len(texts) >= 3 for texts in labels.contents.values())
    for content in labels.contents:
        if "left" in content:
            assert all("left" in text for text in texts_of(content)), content
            other = content.replace("left", "right")
            assert texts_of(other) == tuple(mirrored_text(text) for text in texts_of(content))


def test_mirrored_texts() -> None:
    assert (
        mirrored_text("raise the left hand, not the right") == "raise the right hand, not the left"
    )
    assert mirrored_text("bright leftovers") == "bright leftovers"


@given(st.text())
def test_mirroring_twice_is_the_identity(text: str) -> None:
    assert mirrored_text(mirrored_text(text)) == text
