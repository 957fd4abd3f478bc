"""When an utterance begins, pauses and ends."""

import pytest

from kiosk_robot.speech.endpointing import LONGEST, PAUSES, PHRASES, Edge, Endpointer
from kiosk_robot.speech.engine import FRAME_S

VOICE, HALL = -20.0, -55.0  # dBFS


def play(endpointer: Endpointer, *parts: tuple[float, float, float]) -> list[tuple[float, Edge]]:
    """Feed (seconds, probability, level) parts; the edges with the seconds at which they came."""
    edges, frames = [], 0
    for seconds, probability, level in parts:
        for _ in range(round(seconds / FRAME_S)):
            frames += 1
            if edge := endpointer.feed(probability, level):
                edges.append((round(frames * FRAME_S, 2), edge))
    return edges


def speech(seconds: float) -> tuple[float, float, float]:
    return seconds, 0.95, VOICE


def silence(seconds: float) -> tuple[float, float, float]:
    return seconds, 0.02, HALL


def test_speech_is_seen_with_its_first_frame_and_ends_half_a_second_after_its_last():
    edges = play(Endpointer(), silence(1), speech(2), silence(2))
    assert [edge for _, edge in edges] == [Edge.STARTED, Edge.PAUSED, Edge.ENDED]
    assert [at for at, _ in edges] == pytest.approx([1.02, 3.15, 3.5], abs=0.05)


def test_silence_counts_from_where_the_sound_faded_not_from_where_the_detector_noticed():
    late = (0.1, 0.9, HALL)  # seconds, and still a voice in the detector's opinion
    [*_, (noticed, _)] = play(Endpointer(), silence(1), speech(2), late, silence(2))
    [*_, (faded, _)] = play(Endpointer(), silence(1), speech(2), silence(2))
    assert noticed == pytest.approx(faded, abs=0.04)


def test_a_voice_that_trails_off_has_its_pause_all_the_same():
    trailing = (1.0, 0.9, VOICE - 35)  # hardly louder than the hall
    ends = play(Endpointer(), silence(1), speech(2), trailing, silence(2))
    assert ends[-1] == (pytest.approx(4.4, abs=0.05), Edge.ENDED)


def test_a_pause_to_think_is_no_end_when_something_is_dictated():
    parts = (silence(1), speech(1), silence(0.7), speech(1), silence(2))
    dictated = [edge for _, edge in play(Endpointer(PAUSES["dictated"]), *parts)]
    assert dictated == [Edge.STARTED, Edge.PAUSED, Edge.RESUMED, Edge.PAUSED, Edge.ENDED]
    assert [edge for _, edge in play(Endpointer(), *parts)].count(Edge.ENDED) == 2


def test_a_yes_is_over_sooner_than_a_sentence():
    parts = (silence(1), speech(0.3), silence(2))
    [*_, (yes, _)] = play(Endpointer(PAUSES["yes_no"]), *parts)
    [*_, (free, _)] = play(Endpointer(PAUSES["free"]), *parts)
    assert yes < free


def test_a_click_is_no_utterance():
    edges = play(Endpointer(), silence(1), speech(2 * FRAME_S), silence(1))
    assert edges[-1][1] is Edge.DISCARDED


def test_who_never_stops_is_heard_in_parts():
    edges = play(Endpointer(), silence(1), speech(2.5 * LONGEST))
    assert [edge for _, edge in edges].count(Edge.ENDED) == 2


def test_voices_no_louder_than_the_hall_are_not_for_the_robot():
    endpointer = Endpointer()
    hall = -35.0
    play(endpointer, (10, 0.02, hall))
    assert play(endpointer, (5, 0.9, hall + 3)) == []
    assert play(endpointer, (1, 0.9, hall + 12))[0][1] is Edge.STARTED


def test_speech_does_not_lift_the_noise_floor_but_a_fan_does():
    endpointer = Endpointer()
    play(endpointer, silence(2))
    quiet = endpointer.floor
    play(endpointer, speech(10), silence(1))
    assert endpointer.floor == pytest.approx(quiet, abs=1)
    play(endpointer, (20, 0.02, -30.0))
    assert endpointer.floor == pytest.approx(-30.0, abs=1)


def test_digital_silence_is_no_error():
    endpointer = Endpointer()
    assert play(endpointer, (10, 0.0, -100.0)) == []
    assert endpointer.floor >= -70.0


def test_every_kind_of_answer_has_its_pause_and_its_phrases():
    assert PAUSES.keys() == PHRASES.keys()
