"""A citizen's voice: espeak-ng, in a timbre that is not the robot's. It tests the plumbing; what
people are understood is another matter.
"""

import shutil
import subprocess
from pathlib import Path

from kiosk_robot.speech.voice import SynthesisError

VOICE = "vi+f2"


def speak_to_file(text: str, wav: Path, voice: str = VOICE, words_per_minute: int = 140) -> None:
    """Say a line into a WAV file (mono, 16 bit, 22,050 Hz).

    :raises SynthesisError: espeak-ng is not there, or has no such voice.
    """
    espeak = shutil.which("espeak-ng")
    if espeak is None:
        raise SynthesisError("espeak-ng not found; install espeak-ng")
    # Through stdin: a command line can be read by every process of the machine.
    command = [espeak, "-v", voice, "-s", str(words_per_minute), "-w", str(wav), "--stdin"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode or not wav.is_file():
        raise SynthesisError(f"espeak-ng voice {voice}: {done.stderr.strip()}")
