"""Learning curves, of logs written by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from remogen_ros.cli.train import main
from remogen_ros.cli.train_curves import CurvesHook
from remogen_ros.errors import UserError
from remogen_ros.training.curves import Series, run_curves
from remogen_ros.training.curves_picture import curves_figure

REPOSITORY = Path(__file__).parents[2]


def trained(step: int, a: float, b: float) -> dict[str, float]:
    """A row of training with the loss terms a and b; the rest are no terms."""
    around = {"gradient_norm": 7.0, "learning_rate": 0.001, "clip_ratio": 0.5}
    return {"step": step, "samples_per_s": 900.0, "a": a, "b": b} | around


def held_out(step: int, a: float, b: float) -> dict[str, float]:
    return {"step": step, "val/a": a, "val/b": b}


def write(folder: Path, phase: str, *rows: dict[str, float], end: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / f"{phase}.log.jsonl").write_text(text + end, "utf-8")
    return folder


ROWS = (
    trained(20, 0.5, 0.25), trained(40, 0.25, 0.125), held_out(40, 0.5, 0.5),
    trained(60, 0.125, 0.125), held_out(60, 0.25, 0.5),
)  # fmt: skip


def assert_series(series: Series, steps: list[int], values: list[float]) -> None:
    assert series.steps.tolist() == steps
    assert series.values.tolist() == values


def test_the_series_are_what_was_logged(tmp_path: Path) -> None:
    (curve,) = run_curves(write(tmp_path, "vae", *ROWS, end='{"step": 80, "a": 0.'), "mine")
    assert (curve.run, curve.phase, curve.steps) == ("mine", "vae", 60)
    assert_series(curve.total, [20, 40, 60], [0.75, 0.375, 0.25])
    assert_series(curve.validation, [40, 60], [1.0, 0.75])
    assert list(curve.terms) == ["a", "b"]
    assert_series(curve.terms["a"], [20, 40, 60], [0.5, 0.25, 0.125])
    assert_series(curve.terms["b"], [20, 40, 60], [0.25, 0.125, 0.125])


def test_of_a_step_that_was_logged_twice_the_later_row_counts(tmp_path: Path) -> None:
    write(tmp_path, "vae", *(trained(s, v, v) for s, v in ((20, 1), (60, 2), (40, 3), (60, 4))))
    assert_series(run_curves(tmp_path)[0].total, [20, 40, 60], [2, 6, 8])


def test_what_is_not_finite_is_left_out() -> None:
    assert_series(Series.of([(1, 2.0), (2, float("nan")), (3, 4.0)]), [1, 3], [2, 4])


def test_smoothing_keeps_the_start_and_averages_the_rest() -> None:
    # 40 points: means over one neighbour on each side.
    values = np.zeros(40)
    values[0], values[10], values[39] = 9, 3, 6
    expected = np.zeros(40)
    expected[0], expected[1], expected[9:12], expected[38:] = 9, 3, 1, (2, 3)
    smooth = Series(np.arange(40.0), values).smoothed()
    np.testing.assert_allclose(smooth.values, expected, atol=1e-12)
    few = Series(np.arange(3.0), np.array([1.0, 5.0, 2.0]))
    assert few.smoothed().values.tolist() == [1, 5, 2]


def test_the_evaluator_logs_its_loss_as_a_whole(tmp_path: Path) -> None:
    row = {"step": 200, "loss": 3.5, "plain": [0.1, 0.2, 0.3]}
    (tmp_path / "evaluator.log.jsonl").write_text(json.dumps(row) + "\n")
    (curve,) = run_curves(tmp_path)
    assert_series(curve.total, [200], [3.5])
    assert not curve.terms and not len(curve.validation)


def test_one_panel_a_phase_in_the_order_of_training(tmp_path: Path) -> None:
    phases = ("refinement", "hsi", "hhi_salience", "hhi", "denoiser", "hhi_intent", "vae")
    for phase in phases:
        write(tmp_path, phase, *ROWS)
    write(tmp_path, "just_begun")
    titles = [axes.get_title("left") for axes in curves_figure(run_curves(tmp_path)).axes]
    ordered = ("vae", "denoiser", "hhi_intent", "hhi", "hhi_salience", "hsi", "refinement")
    assert titles == [f"{phase}: 60 steps" for phase in ordered]


def test_a_panel_shows_total_terms_and_validation(tmp_path: Path) -> None:
    (axes,) = curves_figure(run_curves(write(tmp_path, "vae", *ROWS))).axes
    assert axes.get_yscale() == "log"
    shown = {str(line.get_label()).split()[0]: line for line in axes.lines}
    assert shown["validation"].get_xydata().tolist() == [[40, 1.0], [60, 0.75]]
    assert shown["training"].get_xydata().tolist() == [[20, 0.75], [40, 0.375], [60, 0.25]]
    assert shown["a"].get_ydata().tolist() == [0.5, 0.25, 0.125]
    told = [text.get_text() for text in axes.get_legend().get_texts()]
    assert told == ["training  0.25", "validation  0.75", "a  0.125", "b  0.125"]


def test_a_term_of_next_to_nothing_does_not_press_the_others(tmp_path: Path) -> None:
    write(tmp_path, "vae", trained(20, 1.0, 1e-6), trained(40, 0.5, 0.0))
    (axes,) = curves_figure(run_curves(tmp_path)).axes
    assert axes.get_ylim()[0] > 1e-3
    assert [text.get_text() for text in axes.get_legend().get_texts()][-1] == "b  0 (below)"


def test_the_command_draws_one_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "vae", *ROWS)
    write(tmp_path, "denoiser", *ROWS)
    assert main(["curves", str(tmp_path)]) == 0
    picture = tmp_path / "curves.png"
    assert f"wrote {picture}" in capsys.readouterr().out
    with Image.open(picture) as image:
        assert image.width == 1600
    assert not list(tmp_path.glob("*.part"))


def test_regimes_of_an_adapter_are_compared_in_one_panel(tmp_path: Path) -> None:
    runs = [
        write(tmp_path, "hhi", *ROWS),
        write(tmp_path / "hhi-joint", "hhi_joint", *ROWS),
        write(tmp_path / "hhi-scratch", "hhi_scratch", *ROWS),
    ]
    write(tmp_path, "vae", *ROWS)
    (axes,) = curves_figure([c for run in runs for c in run_curves(run, run.name)]).axes
    assert axes.get_title("left") == "hhi: 60 steps"
    told = [text.get_text() for text in axes.get_legend().get_texts()]
    assert told[::2] == [f"{run.name}  0.25" for run in runs]
    out = tmp_path / "new" / "hhi.svg"
    assert main(["curves", *map(str, runs), "--out", str(out)]) == 0
    assert "<svg" in out.read_text("utf-8")


def test_a_training_draws_where_its_phase_logs(tmp_path: Path) -> None:
    called: list[tuple[str, int]] = []
    hook = CurvesHook(tmp_path, lambda phase, step: called.append((phase, step)))
    hook("vae", 20)  # No log yet: nothing to draw, no reason to stop.
    assert called == [("vae", 20)] and not list(tmp_path.iterdir())
    write(tmp_path, "hhi", *ROWS)
    joint = write(tmp_path / "hhi-joint", "hhi_joint", *ROWS)
    CurvesHook(tmp_path, None)("hhi_joint", 60)
    assert (joint / "curves.png").exists() and not (tmp_path / "curves.png").exists()
    CurvesHook(tmp_path, None)("hhi", 60)
    assert (tmp_path / "curves.png").exists()


def test_mistakes_are_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="give one run folder or more"):
        main(["curves"])
    with pytest.raises(UserError, match=r"holds no log .*: give the folder of a training run"):
        main(["curves", str(tmp_path / "nowhere")])
    write(tmp_path, "vae", end='{"step": 20, "samp')
    with pytest.raises(UserError, match=r"vae\.log\.jsonl has no whole row yet: wait"):
        main(["curves", str(tmp_path)])
    write(tmp_path, "vae", *ROWS)
    with pytest.raises(UserError, match=r"curves\.txt has no ending of a picture"):
        main(["curves", str(tmp_path), "--out", str(tmp_path / "curves.txt")])
    with pytest.raises(UserError, match="cannot be written"):
        main(["curves", str(tmp_path), "--out", str(tmp_path / "vae.log.jsonl" / "curves.png")])
    for end in ("[1, 2]\n", '{"no": "step"}\n', '{"step": "x"}\n'):
        write(tmp_path, "vae", *ROWS, end=end)
        with pytest.raises(UserError, match=r"vae\.log\.jsonl is damaged: restore it"):
            main(["curves", str(tmp_path)])


def test_matplotlib_is_imported_only_to_draw_and_pyplot_never(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; import remogen_ros.cli.train as train\n"
        "assert 'matplotlib' not in sys.modules\n"
        f"train.main(['curves', {str(write(tmp_path, 'vae', *ROWS))!r}])\n"
        "assert 'matplotlib.figure' in sys.modules and 'matplotlib.pyplot' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
