"""A robot's worth of simulated devices, and the person standing before them."""

import json
import socket
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from kiosk_robot.drivers.simulated.avr_board import simulated_board
from kiosk_robot.drivers.simulated.card_image import draw_card
from kiosk_robot.drivers.simulated.citizen_voice import speak_to_file
from kiosk_robot.drivers.simulated.form_printer import SimulatedFormPrinter
from kiosk_robot.drivers.simulated.printer import SimulatedPrinter
from kiosk_robot.drivers.simulated.sound_card import SimulatedSoundCard

NEAR_MM, NOBODY_MM = 600, 65535
FRAME_SIZE = (1280, 720)  # pixels


class SimulatedDevices:
    """Context manager: printers, dispenser, microphone and camera at the other end of real wires.

    `folder` takes the sockets, the camera's picture, and under `tickets/` and `speech/` what came
    out of printer and speaker. `environment` is what config/simulated.yaml is filled in with.
    `speed` is how many times faster than real time speech and motors run. `dispenser_runs` tells
    which firmware the dispenser runs. With a `sound_card` the citizen's lines are spoken aloud
    before its microphone; a robot that has no model to hear with is told their text as well.
    """

    def __init__(
        self, folder: Path, speed: float = 1.0, sound_card: SimulatedSoundCard | None = None
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder.resolve()
        self._speed = speed
        self._sound_card = sound_card
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        (self._folder / "tickets").mkdir(exist_ok=True)
        link = self._folder / "dispenser"
        link.unlink(missing_ok=True)
        with ExitStack() as stack:
            self.printer = stack.enter_context(SimulatedPrinter(directory=self._folder / "tickets"))
            self.form_printer = stack.enter_context(SimulatedFormPrinter())
            board, self.dispenser_runs = simulated_board(link, time_scale=self._speed)
            self.dispenser = stack.enter_context(board)
            self.microphone = stack.enter_context(MicrophoneServer(self._folder / "microphone"))
            self.hide_card()
            self.dispenser.set_range_mm(NOBODY_MM)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def environment(self) -> dict[str, str]:
        """Where each device is to be found."""
        return {
            "KIOSK_SIMULATED_PRINTER": self.printer.url,
            "KIOSK_SIMULATED_FORM_PRINTER": self.form_printer.url,
            "KIOSK_SIMULATED_DISPENSER": str(self._folder / "dispenser"),
            "KIOSK_SIMULATED_MICROPHONE": str(self._folder / "microphone"),
            "KIOSK_SIMULATED_CAMERA": str(self._camera_picture),
            "KIOSK_SIMULATED_WAVS": str(self._folder / "speech"),
            "KIOSK_SIMULATED_SPEED": f"{self._speed:.1f}",
            **(self._sound_card.environment if self._sound_card else {}),
        }

    def approach(self) -> None:
        """Somebody steps before the robot."""
        self.dispenser.set_range_mm(NEAR_MM)

    def leave(self) -> None:
        """They walk away."""
        self.dispenser.set_range_mm(NOBODY_MM)

    def say(self, text: str) -> None:
        """They speak. A robot that is speaking itself does not hear it."""
        self.microphone.say(text)
        if self._sound_card:
            line = self._folder / "line.wav"
            speak_to_file(text, line)
            self._sound_card.speak_into_microphone(line)

    def show_card(self, payload: str) -> None:
        """They hold a card to the camera."""
        self._show(draw_card(payload, FRAME_SIZE))

    def hide_card(self) -> None:
        """They put it away."""
        import numpy as np

        self._show(np.full((FRAME_SIZE[1], FRAME_SIZE[0], 3), 96, np.uint8))

    @property
    def _camera_picture(self) -> Path:
        return self._folder / "camera.png"

    def _show(self, frame: object) -> None:
        import cv2

        fresh = self._folder / "camera.next.png"
        cv2.imwrite(str(fresh), frame)  # type: ignore[call-overload]
        fresh.replace(self._camera_picture)  # a reader sees the old frame or the new one


class MicrophoneServer:
    """The other end of the scripted microphone: what is said here, every listener hears."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._listeners: list[socket.socket] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._path.unlink(missing_ok=True)
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._server.bind(str(self._path))
        self._server.listen()
        threading.Thread(target=self._accept, daemon=True, name="microphone").start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()
        with self._lock:
            for listener in self._listeners:
                listener.close()

    def say(self, text: str) -> None:
        """Send one utterance; listeners that have gone are forgotten."""
        line = json.dumps({"text": text}, ensure_ascii=False).encode() + b"\n"
        with self._lock:
            self._listeners = [listener for listener in self._listeners if _sent(listener, line)]

    def _accept(self) -> None:
        while True:
            try:
                listener, _ = self._server.accept()
            except OSError:
                return
            with self._lock:
                self._listeners.append(listener)


def _sent(listener: socket.socket, line: bytes) -> bool:
    try:
        listener.sendall(line)
    except OSError:
        listener.close()
        return False
    return True
