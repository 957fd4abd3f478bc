"""`kiosk bench speech`: the measurements, one after the other, and the report."""

import json
import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from kiosk_robot.hall_sounds import RATES, VOICES
from kiosk_robot.speech.engine import EngineError
from kiosk_robot.speech_bench import listening, reaction
from kiosk_robot.speech_bench.endurance import endure

TIMES = 20  # of each reaction
BABBLE = 30  # minutes
ENDURANCE = 8.0  # hours
NOISE_DB = 10.0  # speech above pink noise
INTRODUCTION = """# Hearing and speaking

By `kiosk bench speech`. {machine}; the load of each measurement stands beside it.

## What is understood

{sentences} sentences x {voices} espeak-ng voices x {rates} rates, through voice detector, endpoint,
engine and understanding. *Right* is the right request, done or asked about first ("Bác muốn …, đúng
không ạ?"); *wrong* is a request done that was not meant. Synthetic voices try the way from sound to
intent; they say nothing of how well people are understood.
"""
REACTION = """
## How soon the robot answers

Timed at microphone and loudspeaker of a PulseAudio without hardware, all nodes as processes; every
answer is made afresh.
"""


@dataclass
class Bench:
    """What the measurements share; with `every`, an Nth of the utterances, turns and hours."""

    every: int
    tell: Callable[[str], None]

    @cached_property
    def ear(self) -> listening.Ear:
        """An ear with the best engine there is.

        :raises EngineError: there is no model to hear with.
        """
        return listening.Ear.open()

    def reaction(self, engine: str) -> dict[str, Any]:
        """With so many turns as to take a median of."""
        return reaction.measure(self.tell, max(TIMES // self.every, 3), engine)


Part = Callable[[Bench], dict[str, Any]]
PARTS: dict[str, Part] = {
    "quiet": lambda b: listening.sentences(b.ear, b.every, b.tell),
    "noise": lambda b: listening.sentences(b.ear, b.every, b.tell, NOISE_DB),
    "own_voice": lambda b: listening.own_voice(b.ear, b.every),
    "other_sounds": lambda b: listening.other_sounds(b.ear),
    "babble": lambda b: listening.talk_in_the_hall(b.ear, max(BABBLE // b.every, 1)),
    "real_voices": lambda b: listening.real_voices(b.ear.engine),
    "reaction": lambda b: b.reaction("cued"),
    "reaction_engine": lambda b: b.reaction(b.ear.engine.name.split()[0]),
    "endurance": lambda b: endure(ENDURANCE / b.every, b.tell),
}


def run(out: Path, every: int, parts: Sequence[str], tell: Callable[[str], None]) -> None:
    """Measure `parts` (of `PARTS`). speech.json in `out` keeps each part when it is done, beside
    those measured before; speech.md tells it for people. Without a model to hear with, the parts
    that need none are measured.

    :raises EngineError: there is no model, and all parts need one.
    :raises SoundCardError: PulseAudio is not there.
    :raises VisitError: the robot did not answer.
    """
    bench, unheard = Bench(every, tell), []
    file = out / "speech.json"
    out.mkdir(parents=True, exist_ok=True)
    for part in parts:
        try:
            measured = PARTS[part](bench) | {"load": round(os.getloadavg()[0], 1)}
        except EngineError as error:
            tell(f"{part}: not measured: {error}")
            unheard.append(error)
            continue
        tell(f"{part}: {json.dumps(measured, ensure_ascii=False)}")
        report = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        report |= {"machine": _machine(), part: measured}
        if "ear" in vars(bench):  # was opened
            report["engine"] = bench.ear.engine.name
        file.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        (out / "speech.md").write_text(_markdown(report), encoding="utf-8")
    if len(unheard) == len(parts):
        raise unheard[0]


def _machine() -> str:
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def _markdown(report: dict[str, Any]) -> str:
    numbers = {"sentences": len(listening.SENTENCES), "voices": len(VOICES), "rates": len(RATES)}
    utterances = [
        f"| {name} | {m['utterances']} | {m['right_percent']} % | {m['of_these_asked_first']} |"
        f" {m['wrong_percent']} % | {m['asked_wrongly']} | {m['not_understood']} |"
        f" {m['cpu_s_an_utterance']} | {m['load']} |"
        for name, part in (("quiet", "quiet"), ("pink noise, 10 dB", "noise"))
        if (m := report.get(part))
    ]
    heard = (
        "| | utterances | right | of these asked first | wrong | asked about something else |"
        " not understood | CPU s | load |",
        "|---|---|---|---|---|---|---|---|---|",
        *utterances,
        "",
        *(f"* {_TOLD[part](report[part])}" for part in _TOLD if part in report),
    )
    return "\n".join(
        (
            INTRODUCTION.format(machine=report["machine"], **numbers),
            *((f"Engine {report['engine']}.\n", *heard) if "engine" in report else ()),
            *((REACTION,) if "reaction" in report else ()),
            *(
                f"Engine {m['engine']}, {m['times']} times each, load {m['load']}:\n\n"
                f"{reaction.table(m)}\n"
                for part in ("reaction", "reaction_engine")
                if (m := report.get(part))
            ),
            *((_endurance_told(report["endurance"]),) if "endurance" in report else ()),
            "",
        )
    )


def _endurance_told(lasting: dict[str, Any]) -> str:
    grown = ", ".join(
        f"{what} {lasting[key][0]} -> {lasting[key][1]}"
        for what, key in (
            ("memory in MB", "memory_mb"),
            ("threads", "threads"),
            ("open files", "open_files"),
            ("temporary files", "temporary_files"),
        )
    )
    return (
        f"## What hours leave behind\n\n{lasting['hours']:g} hours of sound, as fast as it can be"
        f" taken ({lasting['visits']} visits), from the first quarter to the end: {grown}; load"
        f" {lasting['load']}."
    )


def _other_sounds_told(done: dict[str, Any]) -> str:
    counts = ", ".join(f"{name} {count}" for name, count in done.items() if name != "load")
    return f"Requests done on a minute of other sound: {counts} (load {done['load']})."


_TOLD: dict[str, Callable[[dict[str, Any]], str]] = {
    "own_voice": lambda own: (
        f"The robot's own {own['prompts']} sentences played into its microphone: {own['intents']}"
        f" intents while it speaks; {own['echoes']} of {own['played_again']} when played once more"
        f" right after it has ended (load {own['load']})."
    ),
    "other_sounds": _other_sounds_told,
    "babble": lambda talk: (
        f"{talk['minutes']} minutes of six people talking at once: {talk['utterances']} utterances"
        f" written down, {talk['done']} requests done, memory {talk['memory_mb'][0]} ->"
        f" {talk['memory_mb'][1]} MB from the first quarter to the end (load {talk['load']})."
    ),
    "real_voices": lambda real: (
        f"{real['clips']} clips of people reading (wheel `vieneu`, {real['words']} words): word"
        f" error rate {real['word_error_rate']} (load {real['load']})."
        if "clips" in real
        else "Real voices: the wheel `vieneu` is not installed."
    ),
}
