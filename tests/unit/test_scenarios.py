"""The scenarios can be read, and a mistake in one is told clearly."""

import pytest

from kiosk_robot.rehearsal.play import in_ready_order
from kiosk_robot.rehearsal.scenario import Expected, Scenario, ScenarioError, Step, load, names


@pytest.mark.parametrize("name", names())
def test_every_scenario_can_be_read(name):
    assert load(name).title


def test_there_are_enough_to_rehearse_a_day():
    assert len(names()) >= 20


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("title: x\nsteps: [{sing: la}]", "steps.0.sing: Extra inputs"),
        ("title: x\nsteps: []", "steps: Tuple should have at least 1"),
        ("title: x\nsteps: [{come: true, leave: true}]", "not come, leave"),
        ("title: x\nsteps: [{hear: [chào]}]", "one thing happens in a step, not nothing"),
        ("title: x\nsteps: [{card: {distance: 9}}]", "card.distance"),
        ("title: x\nsteps: [{walk: {who: ghost, way: [[0, 0], [1, 1]]}}]", "walk.who"),
        ("title: [", "mistake.yaml"),
        ("- 1", "mistake.yaml"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path, text, problem):
    file = tmp_path / "mistake.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"mistake\.yaml") as error:
        load(str(file))
    assert problem in str(error.value)


def test_a_scenario_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(ScenarioError, match=r"no scenario 'whole_vist'; there are .*whole_visit"):
        load("whole_vist")


def test_those_that_hand_out_water_are_played_apart():
    plain = Scenario(title="plain", steps=(Step(wait=1.0),))
    giving = Scenario(title="giving", steps=(Step(wait=1.0),), expect=Expected(given={"water": 1}))
    order = in_ready_order([("g1", giving), ("g2", giving), *((f"p{n}", plain) for n in range(4))])
    assert [name for name, _ in order] == ["g1", "p0", "p1", "g2", "p2", "p3"]
