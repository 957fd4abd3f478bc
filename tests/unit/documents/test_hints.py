from dataclasses import replace
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk_robot.documents.hints import PATIENCE, SMALL, Advice, FrameMeasures, Hint, advise

GOOD = FrameMeasures(card=True, code_size=250.0, sharpness=0.55, centre=(600.0, 300.0))


def after(*frames, start=None):
    return reduce(advise, frames, start or Advice()).hint


@pytest.mark.parametrize(
    ("seen", "hint"),
    [
        (replace(GOOD, code_size=100.0), Hint.HOLD_CLOSER),
        (replace(GOOD, glare=0.2), Hint.TILT),
        (replace(GOOD, sharpness=0.15), Hint.HOLD_STILL),
        (GOOD, Hint.TILT),  # looks right and is not read: another angle may help
        (FrameMeasures(card=True), Hint.TURN_OVER),
    ],
)
def test_a_lasting_trouble_is_told(seen, hint):
    assert after(*[seen] * PATIENCE) is hint


def test_nothing_in_sight_is_told_late():
    assert after(*[FrameMeasures()] * PATIENCE) is Hint.NONE
    assert after(*[FrameMeasures()] * 30) is Hint.HOLD_CLOSER


def test_one_odd_frame_changes_nothing():
    small = replace(GOOD, code_size=100.0)
    assert after(*[small] * 4, FrameMeasures(card=True), *[small] * 4) is Hint.NONE
    assert after(*[small] * 6, FrameMeasures(card=True)) is Hint.HOLD_CLOSER


def test_a_moving_card_is_to_be_held_still():
    path = [replace(GOOD, centre=(600.0 + 60 * step, 300.0)) for step in range(8)]
    assert after(*path) is Hint.HOLD_STILL


def test_a_tremor_about_a_limit_does_not_change_the_advice():
    below, above = (replace(GOOD, code_size=SMALL * part) for part in (0.97, 1.08))
    advice = reduce(advise, [below] * PATIENCE, Advice())
    for frame in [above, below, above, above, above, above, above, above] * 3:
        advice = advise(advice, frame)
        assert advice.hint is Hint.HOLD_CLOSER
    assert after(*[replace(GOOD, code_size=SMALL * 1.5)] * PATIENCE, start=advice) is Hint.TILT


@given(
    st.lists(
        st.builds(
            FrameMeasures,
            card=st.booleans(),
            code_size=st.floats(0, 2000),
            sharpness=st.floats(0, 1),
            glare=st.floats(0, 1),
            centre=st.tuples(st.floats(0, 4000), st.floats(0, 4000)),
        )
    )
)
def test_a_hint_never_changes_faster_than_patience(frames):
    advice, since = Advice(), PATIENCE
    for frame in frames:
        following = advise(advice, frame)
        since = since + 1 if following.hint is advice.hint else 1
        assert since == 1 or following.hint is advice.hint
        if following.hint is not advice.hint:
            assert following.frames >= PATIENCE
        advice = following
