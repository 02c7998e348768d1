"""Several corpora as one, such as climbing beside composed rooms, or one's own clips beside any."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from remogen_ros.data.corpus import Corpus, Record, open_corpus
from remogen_ros.data.corpus_writing import Entry, write_corpus
from remogen_ros.data.packed_motion import PackedMotion, Track
from remogen_ros.data.scenes import Scene
from remogen_ros.errors import UserError


def join_corpora(sources: Sequence[Path], out: Path) -> int:
    """Write one corpus with all the clips of others, splits as they are.

    Args:
        sources: folders of corpora, all of single persons or all of pairs.
        out: folder of the joined corpus; may be one of them.

    Returns:
        How many clips it has.

    Raises:
        UserError: one of them is no corpus, is of the other kind, or names a clip or a scene as
            another one does.
    """
    corpora = [open_corpus(source) for source in sources]
    kind = corpora[0].index.kind
    names: dict[tuple[str, str, int], Path] = {}
    scenes: dict[str, Scene] = {}
    for source, corpus in zip(sources, corpora, strict=True):
        if corpus.index.kind != kind:
            raise UserError(f"{source} is of kind {corpus.index.kind!r}, {sources[0]} of {kind!r}.")
        for clip in corpus.clips:
            known = names.setdefault((clip.source, clip.name, clip.phase), source)
            if known is not source:
                raise UserError(f"{known} and {source} both have a clip {clip.name!r}.")
        if shared := set(scenes) & set(corpus.scenes):
            raise UserError(f"{source} has a scene {min(shared)!r}, as another one has.")
        scenes |= corpus.scenes
    entries = [_entry(corpus, clip) for corpus in corpora for clip in corpus.clips]
    write_corpus(out, kind, entries, list(scenes.values()))
    return len(entries)


def _entry(corpus: Corpus, clip: Record) -> Entry:
    texts = tuple(corpus.texts[text] for text in clip.texts)
    partner = None if corpus.partner is None else _packed(corpus.partner, clip)
    return Entry(clip, texts, _packed(corpus.ego, clip), partner)


def _packed(track: Track, clip: Record) -> PackedMotion:
    frames = slice(clip.start, clip.start + clip.count)
    return PackedMotion(track.root_positions[frames].numpy(), track.rotations[frames].numpy())
