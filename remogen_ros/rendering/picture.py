"""A still picture of a scene, with its legend and caption."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from remogen_ros.rendering.meshes import scene_mesh
from remogen_ros.rendering.raytracing import Tracer
from remogen_ros.rendering.scene import Camera, Scene
from remogen_ros.rendering.viewpoint import clear_view

SIZE = (1280, 720)
"""Width and height of a picture, pixels."""

_INK = (38, 43, 51)
_PAPER = (255, 255, 255, 205)


def render(
    scene: Scene, size: tuple[int, int] = SIZE, camera: Camera | None = None
) -> NDArray[np.uint8]:
    """The scene as pixels (height, width, 3), sRGB, without any words.

    Args:
        scene: what to show.
        size: width and height, pixels.
        camera: from where; by default the first two bodies are seen side by side, the first one
            on the left, and whatever of the room would hide them is left out.

    Raises:
        ValueError: no camera is given and no body has a finite joint.
    """
    if camera is None:
        camera = clear_view(scene, size[0] / size[1])
        scene = scene.cut_away(camera)
    return Tracer(scene_mesh(scene), scene.cell).picture(camera, size)


def save_picture(
    scene: Scene,
    path: Path,
    *,
    caption: str = "",
    size: tuple[int, int] = SIZE,
    camera: Camera | None = None,
) -> None:
    """Write the scene as a PNG, with a legend of the named bodies, labels and a caption.

    Args:
        scene: what to show.
        path: of the PNG; its folder must exist.
        caption: one line below the legend.
        size, camera: as for `render`.

    Raises:
        ValueError: as for `render`.
    """
    camera = camera or clear_view(scene, size[0] / size[1])
    image = Image.fromarray(render(scene.cut_away(camera), size, camera))
    draw = ImageDraw.Draw(image, "RGBA")
    font = ImageFont.load_default(max(12, size[1] // 36))
    if scene.labels:
        places = camera.project(np.array([label.position for label in scene.labels]), size)
        for label, place in zip(scene.labels, places, strict=True):
            _text_box(draw, (float(place[0]), float(place[1])), label.text, font)
    _legend(draw, scene, caption, font)
    image.save(path)


def _legend(
    draw: ImageDraw.ImageDraw,
    scene: Scene,
    caption: str,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> None:
    named = {body.name: body.colour for body in scene.bodies if body.name}
    rows = list(named.items())
    if not rows and not caption:
        return
    line = int(draw.textbbox((0, 0), "Ag", font)[3] * 1.35)
    margin, dot = line // 2, line // 3
    words = [name for name, _ in rows] + ([caption] if caption else [])
    width = max(draw.textlength(word, font) for word in words) + 2 * margin + 3 * dot
    box = (margin, margin, margin + width, 2 * margin + line * len(words))
    draw.rounded_rectangle(box, radius=margin // 2, fill=_PAPER)
    for row, word in enumerate(words):
        middle = margin * 1.5 + line * (row + 0.5)
        left = 2.0 * margin
        if row < len(rows):
            colour = tuple(round(255 * value) for value in rows[row][1])
            draw.ellipse((left, middle - dot, left + 2 * dot, middle + dot), fill=colour)
            left += 3 * dot
        draw.text((left, middle), word, fill=_INK, font=font, anchor="lm")


def _text_box(
    draw: ImageDraw.ImageDraw,
    place: tuple[float, float],
    text: str,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> None:
    left, top, right, bottom = draw.textbbox(place, text, font, anchor="mb")
    draw.rounded_rectangle((left - 6, top - 4, right + 6, bottom + 4), radius=5, fill=_PAPER)
    draw.text(place, text, fill=_INK, font=font, anchor="mb")
