"""`kiosk transcribe`, `kiosk models`: what the robot hears, and the models it hears with."""

import dataclasses
import json
from argparse import Namespace
from pathlib import Path
from typing import Any

from rich.progress import Progress

from kiosk_robot.commands.parsers import Commands, console
from kiosk_robot.paths import models_dir

PARTS = (
    *("quiet", "noise", "own_voice", "other_sounds", "babble", "real_voices"),
    *("reaction", "reaction_engine", "endurance"),
)
MODELS = ("vosk-vn", "vosk-vn-full", "whisper-base")


def add(commands: Commands, benches: Commands) -> None:
    """Add the commands of this area."""
    transcribe = commands.add_parser("transcribe", help="write down what is said in recordings")
    transcribe.add_argument("files", nargs="+", type=Path, metavar="WAV", help="16 kHz, mono")
    transcribe.add_argument("--json", action="store_true", help="one JSON object a file")
    transcribe.add_argument("--engine", choices=("auto", "vosk", "whisper"), default="auto")
    transcribe.set_defaults(run=_transcribe)

    models = commands.add_parser("models", help="the models the robot hears with")
    what = models.add_subparsers(required=True, metavar="WHAT")
    install = what.add_parser("install", help="fetch a model and check it")
    install.add_argument("model", choices=MODELS, help="vosk-vn is 32 MB, vosk-vn-full 74 MB")
    install.add_argument("--sha256", default="", help="which the archive must have")
    install.add_argument("--url", default="", help="where else it is to be had, e.g. in the ward")
    install.set_defaults(run=_install)

    bench = benches.add_parser("speech", help="what is heard in noise and echo, how soon answered")
    bench.add_argument("--every", type=int, default=1, help="an Nth of the utterances and times")
    bench.add_argument(
        "--only", nargs="+", choices=PARTS, default=PARTS, help="measure these, keep the others"
    )
    bench.add_argument("--out", type=Path, default=Path("benchmarks"), help="folder for the tables")
    bench.set_defaults(run=_bench)


def _transcribe(arguments: Namespace) -> None:
    from kiosk_robot.drivers.microphone import read_wav
    from kiosk_robot.drivers.recognition import open_engine
    from kiosk_robot.drivers.silero_vad import SileroVad
    from kiosk_robot.speech.hearing import Hearing

    engine = open_engine(arguments.engine)
    for file in arguments.files:
        hearing = Hearing(engine, SileroVad())
        finals = [dataclasses.asdict(heard.final) for heard in hearing.hear_all(read_wav(file))]
        print(_told(file, engine.name, finals, arguments.json), flush=True)


def _told(file: Path, engine: str, finals: list[dict[str, Any]], as_json: bool) -> str:
    if as_json:
        line = {"file": str(file), "engine": engine, "utterances": finals}
        return json.dumps(line, ensure_ascii=False)
    said = [f"{final['confidence']:.2f} {final['text']}" for final in finals]
    return "\n".join((f"{file}:", *(said or ["nothing was said"])))


def _install(arguments: Namespace) -> None:
    from kiosk_robot.drivers.speech_models import ARCHIVES, install_archive, join_whisper

    models = models_dir()
    if arguments.model == "whisper-base":
        join_whisper(models)
        console.print(f"whisper-base is in {models}")
        return
    archive = ARCHIVES[arguments.model]
    if arguments.url:
        archive = dataclasses.replace(archive, url=arguments.url)
    if arguments.sha256:
        archive = dataclasses.replace(archive, sha256=arguments.sha256)
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task(archive.folder)
        sha256 = install_archive(
            archive, models, lambda have, total: bar.update(task, completed=have, total=total)
        )
    console.print(f"{models / archive.folder} is there; sha256 {sha256}", soft_wrap=True)


def _bench(arguments: Namespace) -> None:
    from kiosk_robot.speech_bench.run import run

    run(arguments.out, arguments.every, arguments.only, console.print)
    print((arguments.out / "speech.md").read_text(encoding="utf-8"))
