"""One person in the form of every tracker: the same reaction, as far as the form allows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from remogen_ros.errors import UserError
from remogen_ros.evaluation.tracker_forms import FormComparison, FormRow
from remogen_ros.evaluation.tracker_replay import heard, snapshots
from remogen_ros.perception.detections import NANOSECONDS
from remogen_ros.perception.trackers import TRACKER_NAMES
from remogen_ros.recording.messages import MessageFactory
from remogen_ros.recording.sightings import Sighting, read_sightings
from remogen_ros.recording.tracker_forms import NATIVE_FORM, TRACKER_FORMS, TrackerForm, write_form
from remogen_ros.recording.writer import BagWriter, quality
from remogen_ros.streaming.generator import Generator

ROOT = Path(__file__).parents[2]
BLURRED = 3

FORMS = {form.name: form for form in TRACKER_FORMS}

TWINS = {
    "TF, 22 frames": "native, 22 joints",
    "ZED BODY_34": "Azure Kinect",
    "ZED BODY_18": "native, COCO-17",
}
"""Forms that tell of the same joints, so that one reaction stands for both here."""

OTHERS = [form for form in TRACKER_FORMS if form != NATIVE_FORM and form.name not in TWINS]


@pytest.fixture(scope="module")
def sightings() -> list[Sighting]:
    """The boxer of the demonstration recording, who boxes."""
    return read_sightings(ROOT / "bags/demo", 0.0, 4.0)


@pytest.fixture(scope="module")
def comparison(
    sightings: list[Sighting], tmp_path_factory: pytest.TempPathFactory
) -> FormComparison:
    generator = Generator.load(ROOT / "models/demo")
    return FormComparison(generator, sightings, tmp_path_factory.mktemp("forms"))


@pytest.fixture(scope="module")
def blurred(comparison: FormComparison) -> list[FormRow]:
    return [comparison.blurred_row(seed) for seed in range(BLURRED)]


def by_name(form: TrackerForm) -> str:
    return form.name


def test_every_tracker_has_a_form() -> None:
    assert {form.tracker for form in TRACKER_FORMS} == set(TRACKER_NAMES) - {"any"}


@pytest.mark.parametrize("form", OTHERS, ids=by_name)
def test_the_reaction_is_the_same_within_the_noise_of_the_form(
    form: TrackerForm, comparison: FormComparison, blurred: list[FormRow]
) -> None:
    row = comparison.row(form)
    assert row.unknown == 0
    assert row.moved_m > 0.02, "an ego that stands still agrees with everything"
    if form.name == "Azure Kinect":  # in which the recording is
        assert row.partner_mm < 0.01
        assert max(row.root_last_m, row.joints_m) < 0.005
        return
    # A joint may be off by no more than a tracker's idea of it is in training, and what the ego
    # does by not much more than it then is: such noise the model was taught to see through.
    assert row.partner_mm < max(noise.partner_mm for noise in blurred)
    for value in ("root_m", "joints_m"):
        worst = max(getattr(noise, value) for noise in blurred)
        assert getattr(row, value) < 3 * worst, value
    assert row.root_m < 0.1 and row.joints_m < 0.03


@pytest.mark.parametrize("form, twin", TWINS.items())
def test_twins_show_the_same_partner(
    form: str, twin: str, sightings: list[Sighting], tmp_path: Path
) -> None:
    seen = []
    for name in (form, twin):
        write_form(FORMS[name], sightings, tmp_path / name)
        told = heard(FORMS[name], tmp_path / name)
        known = snapshots(told, sightings[0].received_ns, sightings[-1].received_ns)
        seen.append([snapshot.window for snapshot in known if snapshot.partner_ids])
    assert len(seen[0]) > 30
    for one, other in zip(*seen, strict=True):
        assert torch.equal(one.valid, other.valid)
        torch.testing.assert_close(one.positions, other.positions, rtol=0, atol=1e-5)


@pytest.mark.parametrize("form", TRACKER_FORMS, ids=by_name)
def test_ids_and_moments_survive_every_form(
    form: TrackerForm, sightings: list[Sighting], tmp_path: Path
) -> None:
    write_form(form, sightings[:20], tmp_path / "bag")
    told = [
        (at, d.stamp_ns, d.body_id) for at, found in heard(form, tmp_path / "bag") for d in found
    ]
    meant = [(s.received_ns, s.stamp_ns, str(b)) for s in sightings[:20] for b in s.bodies]
    assert told == meant


def test_the_trunk_stands_where_the_camera_saw_it(sightings: list[Sighting]) -> None:
    """Two metres ahead of the origin, upright on the floor: docs of the recording."""
    (joints,) = sightings[10].bodies.values()
    assert joints.shape == (32, 3)
    np.testing.assert_allclose(joints[0, :2], (2.0, 0.0), atol=0.3)
    assert 0.7 < joints[0, 2] < 1.1 and joints[26, 2] > joints[0, 2] + 0.3


def test_what_a_recorded_run_draws_is_no_sighting(tmp_path: Path) -> None:
    with BagWriter(tmp_path / "run") as writer:
        make = MessageFactory(writer.types)
        for place, topic in enumerate(("/left/markers", "/left/body_tracking_data")):
            writer.add_topic(topic, "visualization_msgs/msg/MarkerArray", quality(1))
            joints = np.full((32, 3), float(place))
            writer.write(topic, NANOSECONDS + place, make.bodies(NANOSECONDS, "map", {7: joints}))
    (sighting,) = read_sightings(tmp_path / "run", 0.0, 1.0)
    assert sighting.bodies[7].tolist() == [[1.0, 1.0, 1.0]] * 32


def test_a_time_without_anybody_is_refused() -> None:
    with pytest.raises(UserError, match=r"no Azure Kinect bodies.*31 s"):
        read_sightings(ROOT / "bags/demo", 30.6, 0.4)


def test_a_bag_is_not_written_over(sightings: list[Sighting], tmp_path: Path) -> None:
    write_form(NATIVE_FORM, sightings[:2], tmp_path / "bag")
    with pytest.raises(UserError, match="exists already"):
        write_form(NATIVE_FORM, sightings[:2], tmp_path / "bag")
