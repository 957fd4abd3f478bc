"""`kiosk doctor` against simulated devices: whole, broken, and with a technician who says no."""

import io
import json
import os
import wave

import pytest

from kiosk_robot import doctor
from kiosk_robot.cli import main
from kiosk_robot.config import load_parameters
from kiosk_robot.doctor import Technician, examine, loudness
from kiosk_robot.drivers.simulated.devices import SimulatedDevices
from kiosk_robot.drivers.simulated.printer import Fault
from kiosk_robot.paths import config_dir

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def devices(tmp_path_factory):
    with SimulatedDevices(tmp_path_factory.mktemp("devices"), speed=50.0) as devices:
        yield devices


def settings(devices, **changes):
    files = [config_dir() / "kiosk.yaml", config_dir() / "simulated.yaml"]
    read = load_parameters(files, os.environ | devices.environment)
    for node, parameters in changes.items():
        read[node] |= parameters
    return read


def examined(devices, answer=lambda _question: True, **changes):
    technician = Technician(answer, devices.show_card)
    return {(f.device, f.check): f for f in examine(settings(devices, **changes), technician)}


def test_the_command_finds_simulated_devices_right_and_writes_it_down(tmp_path, capsys):
    assert main(["doctor", "--simulated", "--yes", "--out", str(tmp_path)]) == 0
    report = json.loads((tmp_path / "doctor.json").read_text(encoding="utf-8"))
    assert report["healthy"]
    found = {finding["device"] for finding in report["findings"]}
    assert found == {"ticket_printer", "dispenser", "camera", "loudspeaker", "microphone"}
    assert "every device is right" in (tmp_path / "doctor.txt").read_text(encoding="utf-8")
    assert len(list((tmp_path / "devices" / "tickets").glob("*.png"))) == 1


def test_a_technician_who_says_no_is_believed(tmp_path, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda _prompt: "n")
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--simulated", "--out", str(tmp_path)])
    assert ended.value.code == 1
    text = (tmp_path / "doctor.txt").read_text(encoding="utf-8")
    assert "!!  ticket_printer: test ticket" in text
    assert "do: " in text
    assert "NOT READY" in text
    report = json.loads((tmp_path / "doctor.json").read_text(encoding="utf-8"))
    tried = [f for f in report["findings"] if f["check"] == "drop water"]
    assert [(f["ok"], f["found"]) for f in tried] == [(False, "not tried")]


def test_nothing_drops_unless_the_technician_agrees(devices):
    before = dict(devices.dispenser.stock)
    examined(devices, lambda question: "Drop" not in question)
    assert dict(devices.dispenser.stock) == before


def test_what_is_missing_is_named_with_its_place_and_the_fix(devices, monkeypatch):
    monkeypatch.setattr(doctor, "QR_PATIENCE", 0.2)
    found = examined(
        devices,
        ticket_printer={"url": "tcp://127.0.0.1:9"},
        dispenser={"port": "/dev/no_board"},
        camera={"source": "/dev/video99"},
        text_to_speech={"voice": "aav/xx"},
    )
    for key, place in {
        ("ticket_printer", "status"): "tcp://127.0.0.1:9",
        ("dispenser", "answer"): "/dev/no_board",
        ("camera", "frame"): "/dev/video99",
        ("loudspeaker", "play"): "aav/xx",
    }.items():
        assert not found[key].ok
        assert place in found[key].found + found[key].fix
        assert found[key].fix


def test_a_code_that_nobody_holds_up_is_not_read(devices, monkeypatch):
    monkeypatch.setattr(doctor, "QR_PATIENCE", 0.2)
    devices.hide_card()
    technician = Technician(lambda _question: True, lambda _text: None)
    found = {f.check: f for f in doctor.CHECKS["camera"](settings(devices), technician)}
    assert found["frame"].ok
    assert not found["test code"].ok


def test_a_printer_that_prints_and_does_not_say_so_is_told_how_to_be_believed(devices, monkeypatch):
    monkeypatch.setattr(devices.printer, "answers_when_printed", False)
    monkeypatch.setattr("kiosk_robot.drivers.escpos_printer.SLOWEST_PRINTER", 10_000)
    found = examined(devices)
    assert found["ticket_printer", "test ticket"].ok
    assert "confirmation: status" in found["ticket_printer", "confirmation"].fix
    again = examined(devices, ticket_printer={"confirmation": "status"})
    assert again["ticket_printer", "confirmation"].ok


def test_without_paper_no_ticket_is_tried(devices):
    devices.printer.fault = Fault.OUT
    found = examined(devices)
    devices.printer.fault = Fault.NONE
    assert found["ticket_printer", "status"].found == "out"
    assert ("ticket_printer", "test ticket") not in found


def test_loudness_tells_a_voice_from_a_dead_microphone():
    def wav(samples: bytes) -> bytes:
        buffer = io.BytesIO()
        with wave.open(buffer, "wb") as recording:
            recording.setparams((1, 2, 16000, 0, "NONE", ""))
            recording.writeframes(samples)
        return buffer.getvalue()

    assert loudness(wav(bytes(2000))) == 0
    assert loudness(wav(b"")) == 0
    assert loudness(wav(b"\x00\x10\x00\xf0" * 500)) == pytest.approx(0.125)
