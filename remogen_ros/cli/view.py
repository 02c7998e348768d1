"""`./remogen data view`: play the clips of a corpus in the browser, or draw one as a sheet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console

from remogen_ros.data.corpus import Corpus, Record, open_corpus
from remogen_ros.embodiment.colours import EGO, PARTNER
from remogen_ros.errors import UserError
from remogen_ros.motion.poses import FRAME_RATE
from remogen_ros.rendering.clip_player import ClipPlayer, Person, PlayedClip
from remogen_ros.rendering.strip import motion_strip

_COLUMNS = 8


@dataclass(frozen=True)
class View:
    """Play the clips of a corpus in the browser; with --sheet, draw one of them as a picture.

    Attributes:
        corpus: its folder.
        clip: name of the clip; the first one if left out.
        sheet: write the moments of the clip side by side to this PNG, and open no page.
        every: seconds from one moment of the sheet to the next.
        host: address of the page; 127.0.0.1 is this machine only.
        port: of the page.
    """

    corpus: tyro.conf.Positional[Path]
    clip: str = ""
    sheet: Path | None = None
    every: Annotated[float, tyro.conf.arg(metavar="S")] = 0.5
    host: str = "127.0.0.1"
    port: int = 8080

    def run(self, console: Console) -> None:
        corpus = open_corpus(self.corpus)
        clips = {clip.name: clip for clip in corpus.clips if clip.phase == 0}
        name = self.clip or next(iter(clips), "")
        if name not in clips:
            raise UserError(f"The corpus {self.corpus} has no clip {name!r}.")
        if self.sheet is not None:
            self._draw(played(corpus, clips[name]), self.sheet)
            console.print(f"wrote {self.sheet}")
            return
        player = ClipPlayer(
            self.host, self.port, list(clips), lambda wanted: played(corpus, clips[wanted]), name
        )
        console.print(f"http://{self.host}:{self.port} plays {len(clips)} clips; Ctrl-C ends it")
        try:
            player.run()
        except KeyboardInterrupt:
            console.print("ended")
        finally:
            player.close()

    def _draw(self, clip: PlayedClip, sheet: Path) -> None:
        if self.every < 1 / FRAME_RATE:
            raise UserError(f"--every must be at least {1 / FRAME_RATE:g} s.")
        if not sheet.parent.is_dir():
            raise UserError(f"There is no folder {sheet.parent} to write the picture to.")
        motion_strip(
            [(person.name, person.colour, person.joints) for person in clip.people],
            sheet,
            every=round(self.every * FRAME_RATE),
            columns=_COLUMNS,
            voxels=clip.voxels,
        )


def played(corpus: Corpus, clip: Record) -> PlayedClip:
    """A clip of a corpus with its people and what is known of it."""
    people = [Person("ego", EGO, corpus.motion_of(clip).joints().numpy())]
    if corpus.partner is not None:
        people.append(Person("partner", PARTNER, corpus.partner_of(clip).joints().numpy()))
    labels = " · ".join(
        filter(None, (clip.source, clip.rule, clip.content, clip.style, clip.split))
    )
    texts = "\n".join(f"- {corpus.texts[i]}" for i in dict.fromkeys(clip.texts))
    goals = "".join(
        f"\n\ngoal: {goal.joint} at ({', '.join(f'{v:.2f}' for v in goal.position)}) m"
        for goal in clip.goals
    )
    caption = f"**{clip.name}**\n\n{labels}\n\n{texts}{goals}\n\n*{clip.licence}*"
    scene = corpus.scene_of(clip)
    if scene is None:
        return PlayedClip(people, caption)
    return PlayedClip(people, caption, scene.grid.occupied_centres().numpy())
