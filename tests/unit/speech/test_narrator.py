"""How a text is told: sentence by sentence, ahead of what is heard, and on without sound."""

import io
import threading
import time
import wave

import numpy as np
import pytest

from kiosk_robot.speech.narrator import Narrator, SilentReading
from kiosk_robot.speech.voice import Manner, PlaybackError, Speech, SynthesisError, evenly

RATE = 8000  # Hz
MANNER = Manner("voice", 150, 0.8)
PATIENCE = 10.0  # seconds
THREE = "Một ạ. Hai ạ. Ba ạ."


class Voice:
    """Says whatever it is given, and remembers it. `mute` sentences fail."""

    def __init__(self, mute: str = "", duration: float = 0.01, silence: float = 0.0) -> None:
        self.said: list[str] = []
        self._mute = mute
        self._duration = duration
        self._silence = silence

    def check_voice(self, voice: str) -> None: ...

    def synthesise(self, text: str, manner: Manner) -> Speech:
        self.said.append(text)
        if text == self._mute:
            raise SynthesisError("lost my voice")
        tone = np.full(round(self._duration * RATE), 1000, "<i2")
        wav = io.BytesIO()
        with wave.open(wav, "wb") as writer:
            writer.setparams((1, 2, RATE, 0, "NONE", ""))
            writer.writeframes(tone.tobytes() + bytes(2 * round(self._silence * RATE)))
        whole = self._duration + self._silence
        return Speech(wav.getvalue(), whole, evenly(text, self._duration))


class Loudspeaker(SilentReading):
    """Plays when it is `let`; fails from the sentence numbered `broken` on."""

    def __init__(self, broken: int | None = None) -> None:
        super().__init__()
        self.heard: list[Speech] = []
        self.let = threading.Event()
        self.let.set()
        self._broken = broken

    def play(self, speech: Speech, stop: threading.Event, *, keep: bool) -> bool:
        if self._broken is not None and len(self.heard) >= self._broken:
            self._started = time.monotonic()
            raise PlaybackError("no sound card")
        self.heard.append(speech)
        assert self.let.wait(PATIENCE)
        return super().play(speech, stop, keep=keep)


def wait_for(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def tell(narrator, text=THREE, *, stop=None, personal=False):
    return narrator.tell(text, text, MANNER, stop or threading.Event(), personal=personal)


def test_the_next_sentence_is_made_while_one_is_heard():
    voice, player = Voice(), Loudspeaker()
    player.let.clear()
    telling = threading.Thread(target=tell, args=(Narrator(voice, player),))
    telling.start()
    wait_for(lambda: len(voice.said) == 2)
    assert len(player.heard) == 1, "it is heard before the rest is made"
    player.let.set()
    telling.join(PATIENCE)
    assert voice.said == ["Một ạ.", "Hai ạ.", "Ba ạ."]
    assert len(player.heard) == 3


def test_what_was_said_before_is_not_made_again_unless_personal():
    voice, player = Voice(), Loudspeaker()
    narrator = Narrator(voice, player)
    for personal in (False, False, True, True):
        tell(narrator, "Vâng ạ.", personal=personal)
    assert len(voice.said) == 3
    tell(narrator, "Chào bác Hằng ạ.", personal=True)
    tell(narrator, "Chào bác Hằng ạ.")
    assert len(voice.said) == 5, "a personal sentence is not kept for later"
    assert len(player.heard) == 6


def test_what_was_prepared_is_not_made_again():
    voice = Voice()
    narrator = Narrator(voice, Loudspeaker())
    narrator.prepare(THREE, MANNER)
    tell(narrator, "Hai ạ.")
    assert voice.said == ["Một ạ.", "Hai ạ.", "Ba ạ."]


def test_it_pauses_between_sentences_and_is_done_with_its_last_word():
    player = Loudspeaker()
    told = tell(Narrator(Voice(duration=0.05, silence=0.3), player))
    *others, last = [speech.duration for speech in player.heard]
    assert others == pytest.approx([0.35, 0.35])
    assert last < 0.2
    assert told.duration == pytest.approx(sum(others) + last)


def test_stopped_it_tells_no_more():
    voice, player, stop = Voice(duration=60.0), Loudspeaker(), threading.Event()
    narrator = Narrator(voice, player)
    told = []
    telling = threading.Thread(target=lambda: told.append(tell(narrator, stop=stop)))
    telling.start()
    wait_for(lambda: player.heard)
    stop.set()
    narrator.silence()
    telling.join(PATIENCE)
    assert not told[0].finished
    assert len(player.heard) == 1
    assert narrator.word() is None


@pytest.mark.parametrize(("broken", "heard"), [(0, 0), (2, 2)])
def test_without_sound_it_goes_on_at_the_pace_of_speech(broken, heard):
    voice, player = Voice(duration=0.2), Loudspeaker(broken)
    started = time.monotonic()
    told = tell(Narrator(voice, player))
    assert time.monotonic() - started >= 0.2 * 3
    assert str(told.error) == "no sound card"
    assert told.finished
    assert len(player.heard) == heard


def test_a_sentence_that_cannot_be_said_is_read_in_silence():
    player = Loudspeaker()
    told = tell(Narrator(Voice(mute="Hai ạ."), player))
    assert str(told.error) == "lost my voice"
    assert len(player.heard) == 2


def test_the_word_being_said_follows_the_sound():
    player, stop = Loudspeaker(), threading.Event()
    player.let.clear()
    narrator = Narrator(Voice(duration=1.0), player)
    telling = threading.Thread(target=tell, args=(narrator, THREE), kwargs={"stop": stop})
    telling.start()
    wait_for(lambda: player.heard)
    for position, word in ((0.0, "Một"), (0.9, "ạ."), (5.0, "ạ.")):
        player.position = lambda position=position: position
        begin, end = narrator.word()
        assert THREE[begin:end] == word
    stop.set()
    player.let.set()
    telling.join(PATIENCE)
    assert narrator.word() is None


def test_the_word_is_told_also_without_sound():
    stop = threading.Event()
    narrator = Narrator(Voice(duration=60.0), Loudspeaker(broken=0))
    telling = threading.Thread(target=tell, args=(narrator, THREE), kwargs={"stop": stop})
    telling.start()
    wait_for(lambda: narrator.unheard)
    assert narrator.word() == (0, len("Một"))
    stop.set()
    telling.join(PATIENCE)


def test_nothing_to_say_is_said_at_once():
    assert tell(Narrator(Voice(), Loudspeaker()), "").finished
