"""Sounds to try hearing with: sentences in synthetic voices, noise, music, talk in the hall."""

import re
import subprocess
from functools import cache

import numpy as np
import numpy.typing as npt

from kiosk_robot.dialogue.sentences import Sentences
from kiosk_robot.speech.engine import SAMPLE_RATE

Sound = npt.NDArray[np.float32]
VOICES = ("vi", "vi-vn-x-central", "vi-vn-x-south")
RATES = (120, 150, 180, 210)  # words a minute
SEED = 2026
_TALKERS = 6


def speak(text: str, voice: str, rate: int) -> Sound:
    """A sentence by espeak-ng, with silence around it, at the rate engines hear."""
    command = ["espeak-ng", "-v", voice, "-s", str(rate), "--stdout", text]
    wav = subprocess.run(command, capture_output=True, check=True).stdout
    # espeak-ng cannot know the length when it writes to a pipe: the header is not to be believed.
    samples = np.frombuffer(wav[44 : 44 + (len(wav) - 44) // 2 * 2], "<i2") / 32768.0
    silence = np.zeros(SAMPLE_RATE // 2)
    return np.concatenate([silence, resampled(samples, 22_050), silence]).astype(np.float32)


def with_noise(sound: Sound, decibels: float) -> Sound:
    """A sound in pink noise that many decibels below the speech in it."""
    speech = np.mean(sound[np.abs(sound) > 0.01] ** 2)
    noise = pink_noise(len(sound))
    return np.asarray(sound + noise * np.sqrt(speech / 10 ** (decibels / 10)), np.float32)


def pink_noise(samples: int) -> Sound:
    """Noise of power 1 with as much of it in each octave."""
    white = np.fft.rfft(np.random.default_rng(SEED).standard_normal(samples))
    noise = np.fft.irfft(white / np.sqrt(np.maximum(np.arange(len(white)), 1.0)), samples)
    return np.asarray(noise / np.std(noise), np.float32)


def music(seconds: float) -> Sound:
    """Chords of three tones with overtones, two a second."""
    dice = np.random.default_rng(SEED)
    at = np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE
    chords = []
    for _ in range(int(2 * seconds)):
        tones = 220.0 * 2 ** (dice.integers(0, 24, 3) / 12)
        chord = sum(np.sin(2 * np.pi * tone * k * at) / k for tone in tones for k in (1, 2, 3))
        chords.append(chord * np.exp(-3 * at))
    return (0.1 * np.concatenate(chords)).astype(np.float32)


def babble(seconds: float, since: float = 0.0) -> Sound:
    """Six people talking at once, none of them to the robot; `since`: they began so long ago."""
    at = np.arange(int(seconds * SAMPLE_RATE)) + int(since * SAMPLE_RATE)
    voices = [_talk(number) for number in range(_TALKERS)]
    talk = sum(np.take(v, at + n * SAMPLE_RATE, mode="wrap") for n, v in enumerate(voices))
    return np.asarray(talk / _TALKERS, np.float32)


@cache
def _talk(number: int) -> Sound:
    texts = list(Sentences.load("vi").by_key.values())
    said = " ".join(re.sub(r"\{\w+\}", "", text) for text in texts[number::_TALKERS])
    return speak(said, f"{VOICES[number % 3]}+f{number % 4 + 1}", RATES[number % 4])


def pcm_of(sound: Sound) -> bytes:
    """Samples as engines take them."""
    return bytes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())


def resampled(samples: npt.NDArray[np.float64], rate: int) -> npt.NDArray[np.float64]:
    """A sound of another rate at the rate engines hear."""
    length = len(samples) * SAMPLE_RATE // rate
    spectrum = np.fft.rfft(samples)[: length // 2 + 1]
    return np.asarray(np.fft.irfft(spectrum, length) * length / len(samples))
