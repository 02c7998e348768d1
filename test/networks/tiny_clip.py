"""A CLIP of random weights, in the files of a real one: with both towers."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from transformers import CLIPConfig, CLIPModel, CLIPTokenizer

from remogen_ros.networks.text import text_width


def save_tiny_clip(folder: Path) -> None:
    """Knows the characters of English, and is as wide as ViT-B/32."""
    characters = [chr(code) for code in range(33, 127)]
    ends = ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = [*characters, *(f"{character}</w>" for character in characters), *ends]
    words, merges = folder / "words.json", folder / "merges.txt"
    words.write_text(json.dumps({token: number for number, token in enumerate(vocabulary)}))
    merges.write_text("#version: 0.2\n")
    CLIPTokenizer(vocab=str(words), merges=str(merges)).save_pretrained(folder)
    tower = {
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
    }
    start, end = len(vocabulary) - 2, len(vocabulary) - 1
    text = {"vocab_size": len(vocabulary), "bos_token_id": start, "eos_token_id": end}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = CLIPConfig(
            text_config={**tower, **text},
            vision_config={**tower, "image_size": 8, "patch_size": 4},
            projection_dim=text_width("clip"),
        )
        CLIPModel(config).save_pretrained(folder)
