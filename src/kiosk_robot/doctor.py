"""`kiosk doctor`: walks a technician through every device, and writes down what was found.

Each check goes the whole way, from the configured parameter to what a person sees, hears or holds.
What fails says what failed, where, and what to do.
"""

import io
import json
import math
import subprocess
import threading
import time
import wave
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kiosk_robot.config import load_site
from kiosk_robot.dialogue.session import Session
from kiosk_robot.dispensing.job import JobStatus, next_job_id
from kiosk_robot.dispensing.registers import Slot
from kiosk_robot.drivers.aplay_player import AplayPlayer
from kiosk_robot.drivers.dispenser import DispenserUnavailable, ModbusDispenser
from kiosk_robot.drivers.escpos_printer import EscposPrinter, printer_model
from kiosk_robot.drivers.frame_source import CameraError, FrameSource
from kiosk_robot.drivers.simulated.speaker import SimulatedSpeaker
from kiosk_robot.drivers.voices import Voices, manner_of
from kiosk_robot.findings import Check, Finding, Settings, Technician
from kiosk_robot.parameters import PARAMETERS, Parameters
from kiosk_robot.printing.layout import TicketView, render
from kiosk_robot.printing.status import PrinterError
from kiosk_robot.speech.voice import PlaybackError, SynthesisError

QR_PATIENCE = 20.0  # seconds to hold a code to the camera
TEST_CODE = "KIOSK-DOCTOR"
TEST_SENTENCE = "Xin chào, đây là bài kiểm tra loa của robot."
RECORDING_S = 3
QUIET = 0.003  # of full scale: a microphone that is switched off or not plugged in


def examine(settings: Settings, technician: Technician) -> Iterator[Finding]:
    """Check every device in turn; `settings` as `load_parameters` gives them. Never raises."""
    for device, check in CHECKS.items():
        try:
            yield from check(settings, technician)
        except Exception as error:  # a device of any kind, broken in any way
            yield Finding(device, "check", False, f"{type(error).__name__}: {error}", "report this")


def write_report(findings: list[Finding], out: Path) -> None:
    """Leave doctor.json and doctor.txt in `out`."""
    out.mkdir(parents=True, exist_ok=True)
    healthy = all(finding.ok for finding in findings)
    when = datetime.now(UTC).isoformat(timespec="seconds")
    report = {"when": when, "healthy": healthy, "findings": [asdict(one) for one in findings]}
    text = json.dumps(report, ensure_ascii=False, indent=2) + "\n"
    (out / "doctor.json").write_text(text, encoding="utf-8")
    lines = [f"Kiosk doctor, {when}", "", *map(told, findings), ""]
    lines.append("every device is right" if healthy else "NOT READY: see the lines marked !!")
    (out / "doctor.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def told(finding: Finding) -> str:
    """A finding as a line or two."""
    mark = "ok" if finding.ok else "!!"
    line = f"{mark}  {finding.device}: {finding.check}: {finding.found}"
    return line if finding.ok else f"{line}\n      do: {finding.fix}"


def _printer(settings: Settings, technician: Technician) -> Iterator[Finding]:
    wanted = _model("ticket_printer", settings)
    try:
        model = printer_model(wanted.profile, wanted.paper_width)
        printer = EscposPrinter(wanted.url, ending=model.ending, confirmation=wanted.confirmation)
    except ValueError as error:
        fix = "correct `ticket_printer` in kiosk.yaml"
        yield Finding("ticket_printer", "parameters", False, str(error), fix)
        return
    status = printer.status()
    fix = f"power, cable, paper, cover; is {wanted.url} its address?"
    yield Finding("ticket_printer", "status", status.can_print, status.value, fix)
    if not status.can_print:
        return
    site = load_site(wanted.site)
    view = replace(TEST_TICKET, issued_at=datetime.now(UTC), site_name=site.name)
    confirmed, why = True, "confirmed by the printer"
    try:
        printer.print_ticket(render(view, model.width_dots))
    except PrinterError as error:
        confirmed, why = False, str(error)
    out = technician.ask(
        "Did a test ticket come out, cut, its right edge whole, all letters with their marks?"
    )
    yield Finding(
        "ticket_printer", "test ticket", out, "came out whole" if out else "not as it should be",
        "the right edge is missing: set `profile` to the model; nothing came out: see `status`",
    )  # fmt: skip
    silent = "it prints and does not say so: set `confirmation: status`, and run this again"
    yield Finding(
        "ticket_printer", "confirmation", confirmed, why, silent if out else "see `status`"
    )


def _dispenser(settings: Settings, technician: Technician) -> Iterator[Finding]:
    wanted = _model("dispenser", settings)
    board = ModbusDispenser(wanted.port)
    try:
        state = board.read_state()
        stock = ", ".join(f"{slot.name.lower()} {count}" for slot, count in state.stock.items())
        healthy = not state.faults
        found = f"stock {stock}; {state.temperature_c:.0f} °C; started {state.restarts} times"
        if not healthy:
            found = f"{state.faults.name}; {found}"
        yield Finding("dispenser", "state", healthy, found, "clear the jam, shut the door, refill")
        for slot in (Slot.WATER, Slot.CANDY) if healthy else ():
            yield from _drop(board, slot, technician)
    except DispenserUnavailable as error:
        fix = "as it says; the robot itself must not be running"
        yield Finding("dispenser", "answer", False, str(error), fix)
    finally:
        board.close()


def _drop(board: ModbusDispenser, slot: Slot, technician: Technician) -> Iterator[Finding]:
    piece = slot.name.lower()
    if not technician.ask(f"Drop one piece of {piece} now? Keep hands away from the motor."):
        yield Finding("dispenser", f"drop {piece}", False, "not tried", "run this again")
        return
    outcome = board.dispense(slot, next_job_id(board.read_state()))
    dropped = outcome.status is JobStatus.DONE
    yield Finding(
        "dispenser", f"drop {piece}", dropped, f"{outcome.status.value} {outcome.reason.value}",
        "refill and tell the board, or free slot and drop sensor (hardware/wiring.md)",
    )  # fmt: skip
    if dropped:
        one = technician.ask(f"Did exactly one piece of {piece} come out?")
        yield Finding(
            "dispenser", f"one {piece}", one, "one" if one else "none or more than one",
            "adjust the drop sensor: it must see every piece once",
        )  # fmt: skip


def _camera(settings: Settings, technician: Technician) -> Iterator[Finding]:
    from kiosk_robot.drivers.qr import QrReader

    wanted = _model("camera", settings)
    try:
        source = FrameSource(wanted.source, wanted.width, wanted.height)
        frame = source.read()
        height, width = frame.shape[:2]
        yield Finding("camera", "frame", True, f"{width} x {height} from {wanted.source}")
        technician.show_code(TEST_CODE)
        reader, deadline = QrReader(), time.monotonic() + QR_PATIENCE
        codes: list[bytes] = []
        while TEST_CODE.encode() not in codes and time.monotonic() < deadline:
            codes = [code.payload for code in reader.read(source.read()).codes]
        source.close()
    except CameraError as error:
        yield Finding("camera", "frame", False, str(error), "as it says; nothing else may use it")
        return
    read = TEST_CODE.encode() in codes
    found = "read" if read else f"not read in {QR_PATIENCE:.0f} s"
    fix = "more light, no glare, 10 to 20 cm away, lens clean and in focus"
    yield Finding("camera", "test code", read, found, fix)


def _loudspeaker(settings: Settings, technician: Technician) -> Iterator[Finding]:
    wanted = _model("text_to_speech", settings)
    simulated = wanted.player == "simulated"
    try:
        manner = manner_of(wanted, "vi-VN", 1.0, Session().volume)
        speech = Voices().synthesise(TEST_SENTENCE, manner)
        yield Finding("loudspeaker", "voice", True, f"{wanted.voice}, {speech.duration:.1f} s")
        player = (
            SimulatedSpeaker(wanted.simulated_speed, wanted.wav_dir) if simulated else AplayPlayer()
        )
        player.play(speech, threading.Event(), keep=True)
    except (SynthesisError, PlaybackError) as error:
        fix = "as it says; `aplay -l` lists the sound cards"
        yield Finding("loudspeaker", "play", False, str(error), fix)
        return
    heard = technician.ask("Did you hear the robot say a sentence in Vietnamese?")
    fix = "`alsamixer`: not muted, loud enough; is it the right card?"
    yield Finding("loudspeaker", "heard", heard, "heard" if heard else "nothing heard", fix)


def _microphone(settings: Settings, technician: Technician) -> Iterator[Finding]:
    engine = _model("speech_recognition", settings).engine
    if engine in ("none", "scripted"):
        told_by = "touch only" if engine == "none" else "simulated, hears text"
        yield Finding("microphone", "record", True, f"no audio engine is configured: {told_by}")
        return
    technician.ask(f"Speak for {RECORDING_S} s after Enter. Ready?")
    command = ["arecord", "-q", "-d", str(RECORDING_S), "-f", "S16_LE", "-r", "16000", "-c", "1"]
    try:
        recorded = subprocess.run(
            command, capture_output=True, timeout=RECORDING_S + 5, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        fix = "plug it in; `arecord -l` lists the microphones; user in group audio"
        yield Finding("microphone", "record", False, str(error), fix)
        return
    level = loudness(recorded)
    found = f"level {level:.3f} of full scale"
    fix = "`alsamixer`, F4: capture on and up; is it the right microphone?"
    yield Finding("microphone", "record", level > QUIET, found, fix)


def loudness(wav: bytes) -> float:
    """Root mean square of a 16-bit WAV, 0 to 1; 0 for one without samples."""
    import numpy as np

    with wave.open(io.BytesIO(wav)) as recording:
        samples = np.frombuffer(recording.readframes(recording.getnframes()), np.int16)
    return math.sqrt(float(np.mean((samples / 32768.0) ** 2))) if samples.size else 0.0


def _model(node: str, settings: Settings) -> Any:
    model: Parameters = PARAMETERS[node].model_validate(settings.get(node, {}))
    return model


CHECKS: dict[str, Check] = {
    "ticket_printer": _printer,
    "dispenser": _dispenser,
    "camera": _camera,
    "loudspeaker": _loudspeaker,
    "microphone": _microphone,
}
TEST_TICKET = TicketView(
    number="THỬ",
    counter="Phiếu thử máy in",
    counter_place="ẮẰẲẴẶ ẤẦẨẪẬ ẾỀỂỄỆ ỐỒỔỖỘ ỚỜỞỠỢ ỨỪỬỮỰ ắằẳẵặ ấầẩẫậ ếềểễệ ốồổỗộ ớờởỡợ ứừửữự",
    procedure="Phiếu này không dùng để lấy số",
    papers=(),
    people_ahead=0,
    wait="",
    issued_at=datetime(2026, 1, 1, tzinfo=UTC),
    site_name="",
    site_address="",
    follow_url=TEST_CODE,
)
