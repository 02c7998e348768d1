"""The panel beside the browser's scene: numbers of the tick, mix sliders, the intent."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import viser

GREATEST_WEIGHT = 2.0
"""Upper end of a mix slider: 1 is the adapter as trained."""

_HANDS_OFF_S = 1.5
"""A slider that somebody has just moved is not set to what the node reports for so long."""


@dataclass(frozen=True)
class Status:
    """Numbers of the newest tick.

    Attributes:
        frame_index: frames since the last reset.
        tick_ms: time that computing the frame took, milliseconds.
        input_age_ms: age of the newest observation of the partner; None without a partner.
        partner_id: whom the avatar reacts to; empty for nobody.
        clip_ratio: share of tokens whose mixed adapter delta was clipped, 0 .. 1.
        rate_hz: frames per second as they arrive; None while not known.
        weights: mix weight by adapter.
    """

    frame_index: int
    tick_ms: float
    input_age_ms: float | None
    partner_id: str
    clip_ratio: float
    rate_hz: float | None = None
    weights: Mapping[str, float] = field(default_factory=dict)


class Panel:
    """The panel. `show` is for one thread; the callbacks come from threads of the server.

    Args:
        server: whose panel.
        on_weight: called with adapter and weight when somebody moves a slider.
        on_intent: called with the words when somebody sends an intent.
        on_look: called when somebody asks to see the bodies.
    """

    def __init__(
        self,
        server: viser.ViserServer,
        on_weight: Callable[[str, float], None],
        on_intent: Callable[[str], None],
        on_look: Callable[[], None],
    ) -> None:
        gui = server.gui
        gui.configure_theme(show_logo=False, show_share_button=False, brand_color=(242, 115, 41))
        gui.set_panel_label("remogen_ros")
        self._on_weight = on_weight
        self._status = gui.add_markdown("Waiting for topic `reaction` ...")
        self._mix = gui.add_folder("Mix of adapters", visible=False)
        self._gui = gui
        # Any: viser's types call the value of a slider read-only, which it is not.
        self._sliders: dict[str, Any] = {}
        self._moved_at: dict[str, float] = {}
        with gui.add_folder("Intent"):
            words = gui.add_text("Words", "", hint="What the avatar is asked to do")
            send = gui.add_button("Send")
        look = gui.add_button("Look at the bodies")
        send.on_click(lambda event: on_intent(words.value))
        look.on_click(lambda event: on_look())

    def show(self, status: Status) -> None:
        """Write the numbers, and set the sliders to what is mixed now."""
        self._status.content = status_text(status)
        for name, weight in status.weights.items():
            if name not in self._sliders:
                self._add_slider(name, weight)
            slider = self._sliders[name]
            held = time.monotonic() - self._moved_at.get(name, -_HANDS_OFF_S) < _HANDS_OFF_S
            if not held and abs(slider.value - weight) > 1e-3:
                slider.value = round(weight, 3)

    def _add_slider(self, name: str, weight: float) -> None:
        with self._mix:
            slider = self._gui.add_slider(name, 0.0, GREATEST_WEIGHT, 0.05, round(weight, 3))
        self._mix.visible = True
        self._sliders[name] = slider

        def moved(event: viser.GuiEvent[viser.GuiSliderHandle[float]]) -> None:
            # Without a client it was `show` that set the value.
            if event.client is not None:
                self._moved_at[name] = time.monotonic()
                self._on_weight(name, float(event.target.value))

        slider.on_update(moved)


def status_text(status: Status) -> str:
    """The numbers as a Markdown table."""
    age = "-" if status.input_age_ms is None else f"{status.input_age_ms:.0f} ms"
    rate = "-" if status.rate_hz is None else f"{status.rate_hz:.1f} Hz"
    rows = (
        ("tick", f"**{status.tick_ms:.1f} ms**"),
        ("rate", rate),
        ("frame", f"{status.frame_index}"),
        ("partner", status.partner_id or "nobody"),
        ("input age", age),
        ("clipped", f"{100.0 * status.clip_ratio:.0f} %"),
    )
    return "| | |\n|:--|--:|\n" + "\n".join(f"| {name} | {value} |" for name, value in rows)
