"""Where sound comes from: a sound card, or in tests a WAV file or a pipe."""

import os
import queue
import select
import stat
import threading
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from kiosk_robot.speech.engine import FRAME_BYTES, FRAME_S, FRAME_SAMPLES, SAMPLE_RATE

SILENCE_PATIENCE = 2.0  # seconds without a frame until a sound card counts as gone
_BLOCK = FRAME_SAMPLES // 2  # a sound card keeps two: 37 instead of 53 to 73 ms late (measured)
_BACKLOG = round(20.0 / FRAME_S)  # frames kept while an engine is busy; then the oldest are lost


class MicrophoneError(OSError):
    """There is no sound, or no more; the message names the cause and the fix."""


class Microphone(Protocol):
    """Gives sound frame by frame."""

    def frames(self) -> Iterator[bytes]:
        """Frames of FRAME_BYTES, until `close` or the end of a file.

        :raises MicrophoneError: the sound has broken off.
        """

    def close(self) -> None:
        """Stop; from any thread."""


def open_microphone(source: str) -> Microphone:
    """A microphone by what the configuration calls it: the path of a WAV file or of a pipe with
    raw sound (16 kHz, mono, 16 bit), "default", or a part of the name of a sound card's device.

    :raises MicrophoneError: it is not there.
    """
    if not source.startswith("/"):
        return SoundCardMicrophone(source)
    path = Path(source)
    try:
        is_pipe = stat.S_ISFIFO(path.stat().st_mode)
    except OSError as error:
        raise MicrophoneError(f"microphone {source}: {error.strerror}") from None
    return PipeMicrophone(path) if is_pipe else WavMicrophone(path)


class SoundCardMicrophone:
    """A device of PortAudio. Its own thread fills the queue, so that no sound is lost meanwhile."""

    def __init__(self, name: str) -> None:
        """Open the device whose name contains `name`; "default" is the system's.

        :raises MicrophoneError: no library, no sound card, no such device, or it is taken.
        """
        try:
            import sounddevice
        except (ImportError, OSError) as error:
            raise MicrophoneError(
                f"microphone: PortAudio cannot be loaded ({error}); install libportaudio2"
            ) from error
        self._queue: queue.Queue[bytes] = queue.Queue(_BACKLOG)
        self._begun = b""  # of a frame
        self._closing = threading.Event()
        try:
            # The library lists devices once, when it is loaded: one plugged in since is not there.
            sounddevice._terminate()
            sounddevice._initialize()
            self._stream: Any = sounddevice.RawInputStream(
                samplerate=SAMPLE_RATE,
                blocksize=_BLOCK,
                device=None if name == "default" else name,
                channels=1,
                dtype="int16",
                callback=self._take,
            )
            self._stream.start()
        except (sounddevice.PortAudioError, ValueError) as error:
            raise MicrophoneError(
                f"microphone: {error}; plug one in, `arecord -l` lists them"
            ) from error

    def frames(self) -> Iterator[bytes]:
        """Frames as they come; those that wait too long make room for new ones."""
        while not self._closing.is_set():
            try:
                yield self._queue.get(timeout=SILENCE_PATIENCE)
            except queue.Empty:
                if not self._closing.is_set():
                    raise MicrophoneError(
                        f"microphone: no sound for {SILENCE_PATIENCE:.0f} s; is it plugged in?"
                    ) from None

    def close(self) -> None:
        """Let go of the device."""
        self._closing.set()
        self._stream.abort(ignore_errors=True)
        self._stream.close(ignore_errors=True)

    def _take(self, sound: Any, _frames: int, _time: Any, _flags: Any) -> None:
        self._begun += bytes(sound)
        if len(self._begun) < FRAME_BYTES:
            return
        if self._queue.full():
            self._queue.get_nowait()
        self._queue.put_nowait(self._begun)
        self._begun = b""


class WavMicrophone:
    """A recording, as fast as somebody speaks; ends with the file."""

    def __init__(self, path: Path) -> None:
        """Read the file.

        :raises MicrophoneError: it is no WAV of 16 kHz, mono, 16 bit.
        """
        self._sound = read_wav(path)
        self._closing = threading.Event()

    def frames(self) -> Iterator[bytes]:
        """The file's frames, then nothing more."""
        due = time.monotonic()
        for at in range(0, len(self._sound) - FRAME_BYTES + 1, FRAME_BYTES):
            due += FRAME_S
            if self._closing.wait(max(0.0, due - time.monotonic())):
                return
            yield self._sound[at : at + FRAME_BYTES]

    def close(self) -> None:
        """Stop."""
        self._closing.set()


class PipeMicrophone:
    """A pipe somebody else writes raw sound into, at their pace."""

    def __init__(self, path: Path) -> None:
        self._pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK)  # writers may come and go
        self._closing = threading.Event()

    def frames(self) -> Iterator[bytes]:
        """Whole frames."""
        begun = b""
        while not self._closing.is_set():
            if not select.select([self._pipe], [], [], 0.1)[0]:
                continue
            begun += os.read(self._pipe, FRAME_BYTES - len(begun))
            if len(begun) == FRAME_BYTES:
                yield begun
                begun = b""
        os.close(self._pipe)

    def close(self) -> None:
        """Stop; the reader closes the pipe."""
        self._closing.set()


def read_wav(path: Path) -> bytes:
    """The samples of a WAV file as every engine takes them.

    :raises MicrophoneError: it is no WAV of 16 kHz, mono, 16 bit.
    """
    try:
        with wave.open(str(path)) as recording:
            form = (recording.getframerate(), recording.getnchannels(), recording.getsampwidth())
            if form != (SAMPLE_RATE, 1, 2):
                raise MicrophoneError(
                    f"{path}: {form[0]} Hz, {form[1]} channels, {8 * form[2]} bit; 16000 Hz, mono,"
                    f" 16 bit are needed: `sox IN -r 16000 -c 1 -b 16 {path.name}`"
                )
            return bytes(recording.readframes(recording.getnframes()))
    except (OSError, EOFError, wave.Error) as error:
        if isinstance(error, MicrophoneError):
            raise
        raise MicrophoneError(f"{path}: no WAV file: {error}") from None
