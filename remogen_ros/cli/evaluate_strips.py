"""`./remogen evaluate strips`: what was recorded and what a model makes of it, as pictures."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import torch
import tyro
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress

from remogen_ros.bringup.arguments import AUTO, MIXES
from remogen_ros.cli.reports import progress_bar
from remogen_ros.data.corpus import Corpus, Record, open_corpus
from remogen_ros.embodiment.colours import BYSTANDER, EGO, HORIZON, PARTNER
from remogen_ros.errors import UserError
from remogen_ros.evaluation.methods import GROUND_TRUTH
from remogen_ros.evaluation.rollouts import generated, nothing_said, said
from remogen_ros.evaluation.takes import Take, Takes
from remogen_ros.motion.poses import Motion, concatenate
from remogen_ros.networks.precision import fast_products
from remogen_ros.networks.text import text_encoder
from remogen_ros.rendering.compared_strip import Actor, ComparedStrip
from remogen_ros.streaming.bundle import Bundle, load_bundle
from remogen_ros.streaming.engine import Engine
from remogen_ros.streaming.observation import MixPolicy

Mix = Literal["prior", "hhi", "hsi", "hybrid", "auto"]


@dataclass(frozen=True)
class Strips:
    """Draw test clips as they were recorded and as a model goes on from their beginning.

    One PNG a clip: moments from left to right, recorded above and generated below, and the ways
    over the floor. Clips are streamed as `./remogen evaluate model` streams them.
    """

    out: Path
    """Folder of the pictures."""
    model: Path = Path("models/demo")
    """Folder of the model's bundle."""
    duet: Path | None = None
    """Corpus of pairs, also of pairs in rooms."""
    rooms: Path | None = None
    """Corpus of people in rooms."""
    clips: tuple[str, ...] = ()
    """Test clips to draw, by name; drawn at random if left out."""
    count: int = 5
    """Clips to draw of each corpus where none are named, each of another rule while there are."""
    mix: Mix | None = None
    """Adapters that are mixed: hhi for pairs, hsi in rooms and hybrid for pairs in rooms if left
    out."""
    told: bool = False
    """Tell the ego what it does in the clip, from beginning to end."""
    bystanders: int = 0
    """People around each pair, who do what they do for somebody else: partners of other clips."""
    seed: int = 0
    """Of the clips and of all noise."""
    threads: Annotated[int, tyro.conf.arg(aliases=["-j"])] = 2
    """CPU threads."""

    @fast_products()
    def run(self, console: Console) -> None:
        """Write the pictures.

        Raises:
            UserError: anything the user can mend.
        """
        if self.count < 1 or self.threads < 1 or self.seed < 0 or self.bystanders < 0:
            raise UserError(
                "--count and --threads must be at least 1, --seed and --bystanders at least 0."
            )
        torch.set_num_threads(self.threads)
        bundle = load_bundle(self.model)
        wanted = self._wanted()
        self.out.mkdir(parents=True, exist_ok=True)
        with progress_bar(console) as progress:
            for corpus, chosen in wanted:
                self._draw(bundle, corpus, chosen, progress)

    def _wanted(self) -> list[tuple[Corpus, list[tuple[Takes, Record]]]]:
        """The clips of each corpus."""
        given = [("--duet", self.duet), ("--rooms", self.rooms)]
        corpora = [(option, open_corpus(path)) for option, path in given if path is not None]
        if not corpora:
            raise UserError("Give at least one corpus: --duet, --rooms.")
        for option, corpus in corpora:
            if option == "--duet" and corpus.partner is None:
                raise UserError(f"There is nobody to react to in the corpus {self.duet}.")
            if option == "--rooms" and not corpus.scenes:
                raise UserError(f"There are no rooms in the corpus {self.rooms}.")
        takes = [(corpus, Takes(corpus)) for _, corpus in corpora]
        names = {clip.name for _, those in takes for clip in those.records}
        if missing := [name for name in self.clips if name not in names]:
            raise UserError(
                f"No test clip {missing[0]!r} is long enough and has a caption in the corpora "
                "that are given: `./remogen data list CORPUS` tells what is in one."
            )
        return [
            (corpus, [(those, clip) for clip in self._chosen(those.records)])
            for corpus, those in takes
        ]

    def _chosen(self, records: tuple[Record, ...]) -> list[Record]:
        if self.clips:
            by_name = {clip.name: clip for clip in records}
            return [by_name[name] for name in self.clips if name in by_name]
        return of_many_kinds(records, self.count, self.seed)

    def _draw(
        self,
        bundle: Bundle,
        corpus: Corpus,
        chosen: list[tuple[Takes, Record]],
        progress: Progress,
    ) -> None:
        engine = Engine(bundle.networks)
        encoder = text_encoder(bundle.manifest.text_encoder)
        mix = self.mix or _usual_mix(corpus)
        for takes, clip in progress.track(chosen, description=f"drawing, {mix}"):
            caption = corpus.texts[takes.captions(clip)[0]]
            sentence = encoder.encode([caption])
            words = said(sentence) if self.told else nothing_said(1, sentence.shape[-1])
            take = self._among(takes, takes.take([clip]))
            weights, policy = _weighed(mix)
            motion = generated(engine, take, words, weights, self.seed, policy)
            path = self.out / f"{clip.name.replace('/', '_').replace(' ', '-')}.png"
            self._strip(corpus, clip, take, motion, caption, mix).save(path)
            progress.console.print(f"wrote {path}")

    def _among(self, takes: Takes, take: Take) -> Take:
        """The take with bystanders, drawn from all others that are as long."""
        frames = take.valid.shape[1]
        rest = [
            clip
            for clip in takes.records
            if clip.name != take.records[0].name and takes.frames(clip) >= frames
        ]
        drawn = random.Random(self.seed).sample(rest, min(self.bystanders, len(rest)))
        return take.beside([takes.take([clip], most=frames) for clip in drawn], self.seed)

    def _strip(
        self, corpus: Corpus, clip: Record, take: Take, motion: Motion, caption: str, mix: Mix
    ) -> ComparedStrip:
        """From the last frame that the model was given on."""
        last = take.context.frames(-1, None)
        told = "told" if self.told else "told nothing"
        recorded = Actor(f"ego, {GROUND_TRUTH}", HORIZON, _joints(last, take.truth))
        shown = Actor(f"ego, generated: {mix}, {told}", EGO, _joints(last, motion))
        partners = []
        if take.window.partner is not None:
            seen = take.window.partner[0, -len(shown.joints) :].numpy()
            partners = [Actor("partner", PARTNER, seen)]
        if take.window.bystanders is not None and take.window.bystanders_seen is not None:
            there = take.window.bystanders_seen[0].flatten(1).any(-1)
            partners += [
                Actor("bystander", BYSTANDER, joints[-len(shown.joints) :].numpy())
                for joints in take.window.bystanders[0][there]
            ]
        scene = corpus.scene_of(clip)
        goal = next((goal.position for goal in clip.goals if goal.joint == "pelvis"), None)
        where = f" in {clip.scene}" if clip.scene else ""
        return ComparedStrip(
            f'"{caption}"',
            f"{clip.name}{where} · model {self.model.name}, seed {self.seed} · at 0 s the last "
            "pose that was given",
            [[recorded, *partners], [shown, *partners]],
            None if scene is None else scene.grid.occupied_centres().numpy(),
            None if goal is None else (goal[0], goal[1]),
        )


def of_many_kinds(records: tuple[Record, ...], count: int, seed: int) -> list[Record]:
    """Clips drawn at random, one of each rule or content before a second one of any."""
    shuffled = list(records)
    random.Random(seed).shuffle(shuffled)
    drawn: dict[str, int] = defaultdict(int)
    turns = []
    for clip in shuffled:
        kind = clip.rule or clip.content
        turns.append(drawn[kind])
        drawn[kind] += 1
    order = sorted(range(len(shuffled)), key=turns.__getitem__)
    return [shuffled[place] for place in order[:count]]


def _weighed(mix: Mix) -> tuple[dict[str, float], MixPolicy]:
    return (MIXES["hybrid"], "auto") if mix == AUTO else (MIXES[mix], "fixed")


def _usual_mix(corpus: Corpus) -> Mix:
    if corpus.partner is None:
        return "hsi"
    return "hybrid" if corpus.scenes else "hhi"


def _joints(last: Motion, motion: Motion) -> NDArray[np.float32]:
    """(T + 1, 22, 3) of a batch of one."""
    joints: NDArray[np.float32] = concatenate([last, motion]).joints()[0].numpy()
    return joints
