"""A sound card without hardware: a PulseAudio of our own, whose microphone hears what we play and
whose loudspeaker we can record. Programs use it as they use a real one.

It needs no D-Bus and runs as root. Sound into the microphone goes through a null sink, `mic_in`,
and the microphone is a source remapped from that sink's monitor, which programs do not list.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Self

MICROPHONE, SPEAKER = "kiosk_mic", "kiosk_speaker"
MICROPHONE_INPUT = "mic_in"
MICROPHONE_RATE, SPEAKER_RATE = 16_000, 22_050  # Hz: what recognisers hear, what espeak-ng speaks
START_PATIENCE = 10.0  # seconds on a busy machine
PLAY_LATENCY, RECORD_LATENCY = 200, 20  # ms; with less than 200 a busy machine tears the sound
STOP_PATIENCE = 3.0  # seconds until what does not end is killed
_SPOKEN = f"{SPEAKER}.monitor"
_PAREC = (
    *("parec", f"--latency-msec={RECORD_LATENCY}"),
    *(f"--rate={SPEAKER_RATE}", "--channels=1", "--format=s16le"),
)
PROGRAMS = ("pulseaudio", "pactl", "paplay", "parec")


class SoundCardError(Exception):
    """The sound server did not do its part; the message says what to install or what it said."""


class SimulatedSoundCard:
    """Context manager. Enter it in the main thread: the server dies with the thread that made it.

    :raises SoundCardError: on entering, when PulseAudio is not there or does not start.
    """

    def __enter__(self) -> Self:
        missing = [program for program in PROGRAMS if shutil.which(program) is None]
        if missing:
            raise SoundCardError(
                f"{missing[0]} not found; install pulseaudio, pulseaudio-utils, libasound2-plugins"
            )
        with ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="kiosk-sound-"))
            self._folder = Path(folder)
            self._server = self._start()
            stack.callback(_end, self._server)
            self._await_start()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def environment(self) -> dict[str, str]:
        """What makes a program (aplay, PortAudio) use this card and no other."""
        return {
            "PULSE_SERVER": f"unix:{self._folder / 'native'}",
            "PULSE_RUNTIME_PATH": str(self._folder),
            "PULSE_SINK": SPEAKER,
            "PULSE_SOURCE": MICROPHONE,
        }

    @property
    def server_pid(self) -> int:
        """Process id of the sound server."""
        return self._server.pid

    def speak_into_microphone(self, wav: Path) -> None:
        """Play a WAV file to its end where the microphone hears it.

        :raises SoundCardError: it cannot be played.
        """
        self._control("paplay", f"--latency-msec={PLAY_LATENCY}", "-d", MICROPHONE_INPUT, str(wav))

    @contextmanager
    def recording(self, wav: Path) -> Iterator[None]:
        """Record what comes out of the loudspeaker, silence included, into a WAV file.

        :raises SoundCardError: nothing can be recorded.
        """
        recorder = self._popen([*_PAREC, f"--device={_SPOKEN}", "--file-format=wav", str(wav)])
        try:
            self._await(lambda: wav.is_file() and wav.stat().st_size > 0, "a recording")
            yield
            if recorder.poll() is not None:
                raise SoundCardError(f"the recording of the loudspeaker broke off: {wav}")
        finally:
            _end(recorder)

    @contextmanager
    def listening(self, source: str = _SPOKEN) -> Iterator[IO[bytes]]:
        """What comes out of the loudspeaker, or of another source (MICROPHONE), as it comes:
        16 bit, mono, SPEAKER_RATE.
        """
        with self._piped(*_PAREC, f"--device={source}") as sound:
            yield sound

    @contextmanager
    def events(self) -> Iterator[IO[bytes]]:
        """Lines of `pactl subscribe`: streams that come and go."""
        with self._piped("pactl", "subscribe") as lines:
            yield lines

    def unplug_speaker(self) -> None:
        """Take the loudspeaker away, also from under a program that is playing."""
        sinks = self._rows("sinks")
        speaker = next(row[0] for row in sinks if row[1] == SPEAKER)
        playing = [row[0] for row in self._rows("sink-inputs") if row[1] == speaker]
        self._control("pactl", "unload-module", self._speaker_module)
        # PulseAudio would play it on, into the microphone; pactl has no word for ending a stream.
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(self._folder / "cli"))
            line.sendall("".join(f"kill-sink-input {stream}\n" for stream in playing).encode())

    def plug_in_speaker(self) -> None:
        """Bring it back."""
        self._speaker_module = self._control("pactl", "load-module", *_sink(SPEAKER, SPEAKER_RATE))

    # --- the server ---------------------------------------------------------------------------

    def _start(self) -> subprocess.Popen[bytes]:
        modules = (
            f"module-native-protocol-unix auth-anonymous=1 socket={self._folder / 'native'}",
            f"module-cli-protocol-unix socket={self._folder / 'cli'}",
            " ".join(_sink(MICROPHONE_INPUT, MICROPHONE_RATE)),
            f"module-remap-source source_name={MICROPHONE} master={MICROPHONE_INPUT}.monitor",
        )
        command = ["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1"]
        command += [f"--load={module}" for module in modules]
        return self._popen(command)

    def _await_start(self) -> None:
        def answers() -> bool:
            try:
                self._control("pactl", "info")
            except SoundCardError:
                return False
            return True

        self._await(answers, "pulseaudio")
        self.plug_in_speaker()

    def _await(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + START_PATIENCE
        while not condition():
            if self._server.poll() is not None or time.monotonic() > deadline:
                raise SoundCardError(f"waited for {what} in vain: {self._last_words()}")
            time.sleep(0.02)

    @contextmanager
    def _piped(self, *command: str) -> Iterator[IO[bytes]]:
        process = self._popen(list(command), subprocess.PIPE)
        assert process.stdout
        try:
            yield process.stdout
        finally:
            _end(process)

    def _popen(self, command: list[str], out: int | None = None) -> subprocess.Popen[bytes]:
        # setpriv (of util-linux) has the kernel end it even when we are killed.
        leashed = [str(shutil.which("setpriv")), "--pdeathsig", "KILL", *command]
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                leashed,
                env=os.environ | self.environment | {"HOME": str(self._folder)},
                stdin=subprocess.DEVNULL,
                stdout=log if out is None else out,
                stderr=log,
            )

    def _control(self, *command: str) -> str:
        done = subprocess.run(
            command, env=os.environ | self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SoundCardError(f"{command[0]}: {done.stderr.strip() or self._last_words()}")
        return done.stdout.strip()

    def _rows(self, kind: str) -> list[list[str]]:
        return [
            line.split("\t") for line in self._control("pactl", "list", "short", kind).splitlines()
        ]

    def _last_words(self) -> str:
        lines = (self._folder / "log").read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "no reason given"


def _sink(name: str, rate: int) -> tuple[str, ...]:
    # Without `norewinds` a null sink takes 2 s of sound at a time (seen with PulseAudio 16.1).
    return ("module-null-sink", f"sink_name={name}", f"rate={rate}", "channels=1", "norewinds=1")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
