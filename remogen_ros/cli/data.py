"""`./remogen data`: prepare motion data, compose corpora, and look into them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import tyro
from rich.console import Console
from rich.table import Table

from remogen_ros.cli.measure import Measure
from remogen_ros.cli.prepare import Prepare, preparable
from remogen_ros.cli.retargeting import Retargeting
from remogen_ros.cli.view import View
from remogen_ros.data.corpus import open_corpus
from remogen_ros.data.splits import SPLITS
from remogen_ros.data.union import join_corpora
from remogen_ros.errors import UserError
from remogen_ros.motion.poses import FRAME_RATE


@dataclass(frozen=True)
class List:
    """List the clips of a corpus by what they show; without one, what can be prepared.

    Attributes:
        corpus: its folder.
    """

    corpus: tyro.conf.Positional[Path | None] = None

    def run(self, console: Console) -> None:
        if self.corpus is None:
            known = Table("name", "what", title="./remogen data prepare NAME")
            for name, what in preparable().items():
                known.add_row(name, what)
            console.print(known)
            return
        corpus = open_corpus(self.corpus)
        table = Table(
            "source", "rule" if corpus.partner else "content", "clips", *SPLITS, "minutes"
        )
        groups: dict[tuple[str, str], list] = {}
        for clip in corpus.clips:
            if clip.phase == 0:
                groups.setdefault((clip.source, clip.rule or clip.content), []).append(clip)
        for (source, label), clips in sorted(groups.items()):
            splits = Counter(clip.split for clip in clips)
            minutes = sum(clip.count for clip in clips) / FRAME_RATE / 60
            table.add_row(
                source, label, str(len(clips)), *(str(splits[s]) for s in SPLITS), f"{minutes:.1f}"
            )
        console.print(table)


@dataclass(frozen=True)
class Inspect:
    """Show one clip of a corpus: labels, texts, extent, and how it stands on the floor.

    Attributes:
        corpus: its folder.
        name: of the clip.
    """

    corpus: tyro.conf.Positional[Path]
    name: tyro.conf.Positional[str]

    def run(self, console: Console) -> None:
        corpus = open_corpus(self.corpus)
        clips = [clip for clip in corpus.clips if clip.name == self.name]
        if not clips:
            raise UserError(f"The corpus {self.corpus} has no clip {self.name!r}.")
        clip = clips[0]
        motion = corpus.motion_of(clip)
        joints = motion.joints()
        path = motion.root_positions.diff(dim=0)[:, :2].norm(dim=-1).sum()
        table = Table("what", "value", show_header=False)
        for key, value in clip.model_dump(exclude={"texts", "start"}).items():
            table.add_row(key, str(value))
        table.add_row("samplings", str(len(clips)))
        table.add_row("seconds", f"{clip.count / FRAME_RATE:.1f}")
        table.add_row("path of the pelvis", f"{path:.2f} m")
        table.add_row("lowest joint", f"{joints[..., 2].min():.3f} m")
        table.add_row("texts", "\n".join(corpus.texts[i] for i in clip.texts))
        console.print(table)


@dataclass(frozen=True)
class Join:
    """Write one corpus with the clips of several, all of single persons or all of pairs.

    Attributes:
        corpora: their folders.
        out: folder of the joined corpus.
    """

    corpora: tyro.conf.Positional[tuple[Path, ...]]
    out: Path

    def run(self, console: Console) -> None:
        if not self.corpora:
            raise UserError("Name the corpora that are to be joined.")
        clips = join_corpora(self.corpora, self.out)
        console.print(f"{clips} clips in {self.out}")


def main(argv: list[str]) -> int:
    """Run `./remogen data ...`.

    Raises:
        UserError: anything the user can mend.
    """
    command = tyro.extras.subcommand_cli_from_dict(
        {
            "prepare": Prepare,
            "list": List,
            "inspect": Inspect,
            "measure": Measure,
            "view": View,
            "join": Join,
            "retargeting": Retargeting,
        },
        prog="remogen data",
        args=argv,
        config=(tyro.conf.OmitArgPrefixes, tyro.conf.OmitSubcommandPrefixes),
    )
    command.run(Console())
    return 0
