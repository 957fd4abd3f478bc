"""What the robot understands of what is said to it, and what it makes of itself, of noise and of
music.

Twenty sentences in three synthetic voices at four rates go through voice detector, endpoint, engine
and understanding, as on the robot. The voices are espeak-ng's: they try the way from sound to
intent, and say nothing of how well people are understood.
"""

import importlib.util
import re
import statistics
import time
import unicodedata
import wave
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from rapidfuzz.distance import Levenshtein

from kiosk_robot.config import load_catalogue
from kiosk_robot.dialogue.doubt import about
from kiosk_robot.dialogue.sentences import Sentences
from kiosk_robot.dialogue.session import Phase
from kiosk_robot.drivers.recognition import open_engine
from kiosk_robot.drivers.silero_vad import SileroVad
from kiosk_robot.hall_sounds import (
    RATES,
    SEED,
    VOICES,
    Sound,
    babble,
    music,
    pcm_of,
    pink_noise,
    resampled,
    speak,
    with_noise,
)
from kiosk_robot.speech.echo import OwnWords
from kiosk_robot.speech.engine import FRAME_BYTES, SAMPLE_RATE, Final, SpeechEngine
from kiosk_robot.speech.hearing import Heard, Hearing
from kiosk_robot.speech_bench.endurance import memory_mb
from kiosk_robot.understanding import Understander
from kiosk_robot.understanding.model import Understanding
from kiosk_robot.understanding.spoken import understand_speech

SENTENCES = {
    "tôi muốn làm giấy khai sinh cho con": "1.001193",
    "tôi muốn đăng ký thường trú": "1.004222",
    "tôi cần chứng thực bản sao": "2.000815",
    "tôi muốn xin xác nhận tình trạng hôn nhân": "1.004873",
    "tôi muốn đăng ký kết hôn": "1.000894",
    "tôi muốn khai tử cho bố tôi": "1.000656",
    "tôi muốn đăng ký tạm trú": "1.004194",
    "tôi muốn đăng ký hộ kinh doanh": "1.001612",
    "cho tôi xin cốc nước": "request_drink",
    "cho tôi xin cái kẹo": "request_snack",
    "cho tôi lấy số": "take_ticket",
    "tôi muốn gặp cán bộ": "call_staff",
    "nói chậm thôi": "slower",
    "nói to lên": "louder",
    "nhắc lại giúp tôi": "repeat",
    "còn bao nhiêu người nữa thì đến lượt tôi": "ask_wait",
    "mấy giờ thì phường đóng cửa": "ask_opening_hours",
    "tôi muốn góp ý": "give_feedback",
    "cảm ơn tạm biệt": "goodbye",
    "quầy số một ở đâu": "ask_directions",
}


@dataclass(frozen=True, slots=True)
class Ear:
    """Everything between the microphone and the dialogue."""

    engine: SpeechEngine
    understander: Understander

    def hear(self, sound: Sound, robot_speaks: bool = False) -> list[Heard]:
        """The utterances in a sound."""
        hearing = Hearing(self.engine, SileroVad())
        pcm = pcm_of(sound)
        whole = pcm + bytes(4 * SAMPLE_RATE - len(pcm) % FRAME_BYTES)
        frames = (whole[at : at + FRAME_BYTES] for at in range(0, len(whole), FRAME_BYTES))
        return [
            news
            for frame in frames
            if len(frame) == FRAME_BYTES
            for news in hearing.hear(frame, robot_speaks=robot_speaks)
            if isinstance(news, Heard)
        ]

    def understand(self, final: Final) -> list[Understanding]:
        """The requests in an utterance."""
        return understand_speech(
            self.understander, final.text, final.confidence, final.alternatives
        )

    @classmethod
    def open(cls) -> Self:
        """With the best engine there is.

        :raises EngineError: there is no model to hear with.
        """
        return cls(open_engine("auto"), Understander.load(load_catalogue()))


def _spoken(every: int) -> Iterator[tuple[str, str, Sound]]:
    combined = [(s, w, v, r) for s, w in SENTENCES.items() for v in VOICES for r in RATES]
    np.random.default_rng(SEED).shuffle(
        combined
    )  # so that every Nth has all voices and rates among it
    for sentence, wanted, voice, rate in combined[::every]:
        yield sentence, wanted, speak(sentence, voice, rate)


def sentences(
    ear: Ear, every: int, tell: Callable[[str], None], noise: float | None = None
) -> dict[str, Any]:
    """What became of every Nth utterance, in noise so many decibels below the speech, if any."""
    outcomes: Counter[str] = Counter()
    cpu = []
    for sentence, wanted, sound in _spoken(every):
        begin = time.process_time()
        heard = ear.hear(sound if noise is None else with_noise(sound, noise))
        requests = [request for one in heard for request in ear.understand(one.final)]
        cpu.append(time.process_time() - begin)
        became = outcome(requests, wanted)
        outcomes[became] += 1
        written = [(one.final.text, round(one.final.confidence, 2)) for one in heard]
        tell(f"{became}: {sentence}: {written}")
    count = sum(outcomes.values())
    return {
        "utterances": count,
        "right_percent": round(100 * (outcomes["right"] + outcomes["asked"]) / count, 1),
        "of_these_asked_first": outcomes["asked"],
        "wrong_percent": round(100 * outcomes["wrong"] / count, 1),
        "asked_wrongly": outcomes["asked wrongly"],
        "not_understood": outcomes["not understood"],
        "cpu_s_an_utterance": round(statistics.median(cpu), 2),
    }


def outcome(requests: list[Understanding], wanted: str) -> str:
    """right, asked, asked wrongly, wrong, or not understood."""
    meant = [request for request in requests if request.intent != "not_understood"]
    if not meant:
        return "not understood"
    right = all(_is(request, wanted) for request in meant)
    if not any(_is_done(request) for request in meant):
        return "asked" if right else "asked wrongly"
    return "right" if right else "wrong"


def _is(request: Understanding, wanted: str) -> bool:
    if request.behaviour == "command":
        return request.intent == wanted
    return wanted in [ranked.code for ranked in request.procedures]


def own_voice(ear: Ear, every: int) -> dict[str, int]:
    """Every sentence of the robot played into its microphone while it speaks, and once more right
    after, as from a hall with an endless echo: the requests that would be done.
    """
    own = OwnWords()
    done: Counter[bool] = Counter()
    prompts = [re.sub(r"\{\w+\}", "một", t) for t in Sentences.load("vi").by_key.values()]
    for number, prompt in enumerate(prompts):
        own.said(prompt)
        sound = speak(prompt, VOICES[0], 150)
        for over_robot in (True, False) if number % every == 0 else (True,):
            for heard in ear.hear(sound, over_robot):
                said = own.citizens(heard.final, over_robot=over_robot, quiet_before=0.0)
                if said:  # a word that stops the robot counts in any case
                    done[over_robot] += 1 if over_robot else _done(ear, heard.final)
    replayed = len(prompts[::every])
    told = {"prompts": len(prompts), "intents": done[True]}
    return {**told, "played_again": replayed, "echoes": done[False]}


def real_voices(engine: SpeechEngine) -> dict[str, Any]:
    """Word error rate on the transcribed clips of the `vieneu` wheel (Apache-2.0), where it is
    installed: people, reading.
    """
    found = importlib.util.find_spec("vieneu")
    if found is None or found.origin is None:
        return {}
    clips = sorted((Path(found.origin).parent / "assets" / "samples").glob("*.wav"))
    wrong = words = 0
    for clip in clips:
        hearing = Hearing(engine, SileroVad())
        finals = [heard.final.text for heard in hearing.hear_all(pcm_of(_clip(clip)))]
        said = _words(clip.with_suffix(".txt").read_text(encoding="utf-8"))
        wrong += Levenshtein.distance(said, _words(" ".join(finals)))
        words += len(said)
    return {"clips": len(clips), "words": words, "word_error_rate": round(wrong / words, 2)}


def _clip(path: Path) -> Sound:
    with wave.open(str(path)) as recording:
        samples = np.frombuffer(recording.readframes(recording.getnframes()), "<i2")
        mono = samples.reshape(-1, recording.getnchannels()).mean(axis=1) / 32768.0
        return resampled(mono, recording.getframerate()).astype(np.float32)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFC", text).lower())


def other_sounds(ear: Ear) -> dict[str, int]:
    """Requests done (sure ones) on a minute of each sound."""
    minute = 60 * SAMPLE_RATE
    sounds = {
        "silence": np.zeros(minute, np.float32),
        "pink noise": 0.1 * pink_noise(minute),
        "music": music(60),
        "clipping": np.sign(pink_noise(minute)).astype(np.float32),
    }
    return {
        name: sum(_done(ear, heard.final) for heard in ear.hear(sound))
        for name, sound in sounds.items()
    }


def _done(ear: Ear, final: Final) -> int:
    """How many requests in an utterance would be done without asking."""
    return sum(_is_done(request) for request in ear.understand(final))


def _is_done(request: Understanding) -> bool:
    """Whether the dialogue acts on it without asking; the harmless even where it is not sure."""
    return request.behaviour in ("command", "answer") and not about(request, Phase.LISTENING)


def talk_in_the_hall(ear: Ear, minutes: int) -> dict[str, Any]:
    """Six people talking at once, as fast as it can be taken: what is done on it, what grows."""
    hearing = Hearing(ear.engine, SileroVad())
    utterances = done = 0
    memory = []
    for minute in range(minutes):
        for heard in hearing.hear_all(pcm_of(babble(60.0, 60.0 * minute))):
            utterances += 1
            done += _done(ear, heard.final)
        if minute + 1 in (max(minutes // 4, 1), minutes):
            memory.append(memory_mb())
    told = {"minutes": minutes, "utterances": utterances, "done": done}
    return {**told, "memory_mb": [memory[0], memory[-1]]}
