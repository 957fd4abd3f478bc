"""A card is read, a form is filled and printed, nodes crash on the way: nothing of it remains.

The card's values and the dictated ones occur nowhere else. After the visit they are looked for,
in every way they could be written, in everything the robot leaves and in every topic it published.
"""

import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from urllib.parse import quote

import httpx
import pypdfium2
import pytest

from kiosk_robot.documents.masking import mask_number
from kiosk_robot.speech import numerals
from kiosk_robot.speech.reading import read_aloud

NUMBER, OLD_NUMBER, NAME = "001091837465", "573920184", "Đỗ Quỳnh Thạch Uyển"
ADDRESS = "Số 7391 ngõ Trầm Tích, phường Cửa Nam, Hà Nội"
BORN = date(1991, 11, 27)
CARD = f"{NUMBER}|{OLD_NUMBER}|{NAME}|{BORN:%d%m%Y}|Nam|{ADDRESS}|14032022"
PHONE = "0987612435"
WISH = "đăng ký thường trú vào ngách trăng khuyết"
SECRETS = {
    "number": (NUMBER, mask_number(NUMBER), *(numerals.by_digit(NUMBER[n:]) for n in (0, 6))),
    "old number": (OLD_NUMBER, numerals.by_digit(OLD_NUMBER)),
    "name": (NAME, "Thạch Uyển", "Do Quynh Thach Uyen"),
    "address": (ADDRESS, "ngõ Trầm Tích"),
    "birth date": (
        *(f"{BORN:{form}}" for form in ("%d/%m/%Y", "%d%m%Y", "%Y-%m-%d", "%d-%m-%Y")),
        "27, 11, 1991",
        read_aloud(f"{BORN:%d/%m/%Y}"),
    ),
    "phone": (PHONE, numerals.by_digit(PHONE), "không chín tám, bảy sáu một"),
    "wish": (WISH, "trăng khuyết"),
}
LARGEST = 50_000_000  # bytes of a file that is searched
MEMORY, TEMPORARY = Path("/dev/shm"), (Path("/tmp"), Path("/var/tmp"))  # noqa: S108
CORES = tuple(map(Path, ("/var/crash", "/var/lib/systemd/coredump", "/var/lib/apport/coredump")))
SPOOLS = (Path("/var/spool/cups"), Path("/var/spool/lpd"))


# --- looking ----------------------------------------------------------------------------------


def spellings(words: str) -> Iterator[bytes]:
    """Everything these words look like when they have leaked."""
    for text in {words, words.upper(), words.lower(), words.title()}:
        for normal in {text, unicodedata.normalize("NFD", text)}:
            plain = normal.encode()
            yield plain
            yield normal.encode("utf-16-le")
            yield normal.encode("utf-16-be")
            yield quote(normal).encode()
            yield quote(normal).lower().encode()
            yield json.dumps(normal)[1:-1].encode()
            yield plain.hex().encode()
            for shift in range(3):  # whatever stands before it
                code = base64.b64encode(b"\0" * shift + plain)
                yield code[4 if shift else 0 : len(code) // 4 * 4 - 4]


NEEDLES = {
    needle: secret
    for secret, forms in SECRETS.items()
    for words in forms
    for needle in spellings(words)
    if len(needle) >= 8
}


def found_in(content: bytes) -> set[str]:
    """Which of the secrets are in there."""
    return {secret for needle, secret in NEEDLES.items() if needle in content}


def leaks(files: Iterable[Path]) -> dict[str, set[str]]:
    """Secrets by the file they were found in."""
    found = {}
    for path in files:
        try:
            if not path.is_file() or path.stat().st_size > LARGEST:
                continue
            secrets = found_in(str(path).encode() + path.read_bytes())
        except OSError:
            continue
        if secrets:
            found[str(path)] = secrets
    return found


def changed_since(moment: float, *folders: Path) -> Iterator[Path]:
    """Files that are younger; others may come and go meanwhile."""
    for folder in folders:
        for parent, _, names in os.walk(folder):
            for path in (Path(parent, name) for name in names):
                with suppress(OSError):
                    if path.stat().st_mtime >= moment:
                        yield path


@pytest.mark.parametrize("secret", SECRETS)
def test_the_search_finds_a_leak_however_it_is_written(tmp_path, secret):
    for words in SECRETS[secret]:
        for at, spelling in enumerate(spellings(words)):
            if len(spelling) < 8:
                continue
            planted = tmp_path / f"{at}.log"
            planted.write_bytes(b"2026-11-23 10:15 INFO said: " + spelling + b" \n")
            assert secret in leaks([planted])[str(planted)]
            planted.unlink()
    innocent = tmp_path / "innocent.log"
    innocent.write_text("Bác cho cháu xin họ và tên đầy đủ ạ? 0912345678, 02/09/1994")
    assert leaks([innocent]) == {}


# --- recording --------------------------------------------------------------------------------


class Recorder:
    """Every topic of a robot's bus, in one file."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.file = folder / "topics.bin"
        self._heard = (folder / "recorder.log").open("w+")
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("topic_recorder.py")), str(self.file)],
            stdout=self._heard,
            stderr=subprocess.STDOUT,
            env=environment,
        )

    def wait_for(self, *topics: str) -> None:
        deadline = time.monotonic() + 60
        while not set(topics) <= set(self.topics()):
            assert self._process.poll() is None, self._log()
            assert time.monotonic() < deadline, f"only {self.topics()} are recorded"
            time.sleep(0.1)

    def topics(self) -> list[str]:
        return [line for line in self._log().splitlines() if line.startswith("/")]

    def _log(self) -> str:
        self._heard.seek(0)
        return self._heard.read()

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        self._heard.close()


@pytest.fixture(scope="module", autouse=True)
def temporary(tmp_path_factory) -> Iterator[Path]:
    """A folder of temporary files for this robot alone."""
    folder = tmp_path_factory.mktemp("temporary")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        patch.setattr(tempfile, "tempdir", None)
        yield folder


@pytest.fixture
def recorder(bench, tmp_path_factory) -> Iterator[Recorder]:
    recorder = Recorder(tmp_path_factory.mktemp("record"), bench.robot.supervisor._environment)
    yield recorder
    recorder.close()


PUBLISH = """
import sys, time, rclpy
from std_msgs.msg import String
rclpy.init()
node = rclpy.create_node("careless")
publisher = node.create_publisher(String, "/careless", 10)
while True:
    publisher.publish(String(data=sys.argv[1]))
    time.sleep(0.1)
"""


# --- the visit --------------------------------------------------------------------------------


def crash(bench, visit, node: str, how: signal.Signals) -> int:
    """End a node hard, and wait until it is a new process that the robot counts on again.

    :returns: the process id that was.
    """
    seen = len(visit.messages)
    before = bench.robot.supervisor.pid(node)
    os.kill(before, how)

    def history() -> list[bool]:
        health = [m for m in visit.messages[seen:] if m["type"] == "health"]
        return [m["nodes"][node] == "ok" for m in health]

    visit.wait_for(lambda: False in history(), f"{node} to be missed")
    visit.wait_for(lambda: history()[-1], f"{node} to be back")
    assert bench.robot.supervisor.pid(node) != before
    return before


def begin_form(visit) -> None:
    visit.say("điền tờ khai cư trú giúp tôi")
    assert visit.latest("state")["phase"] == "consent_form"
    visit.devices.show_card(CARD)
    turn = visit.say("đồng ý")
    visit.devices.hide_card()
    assert turn["commands"][0].startswith("scan_document: ok")
    visit.wait_for(lambda: visit.latest("state")["phase"] == "filling_form", "the first question")


def test_after_a_visit_with_a_card_a_form_and_crashes_nothing_remains(
    bench, visit, recorder, temporary
):
    started = time.time()
    recorder.wait_for(
        "/dialogue/state", "/dialogue/turns", "/dialogue_manager/closed_captions", "/intents",
        "/humans/voices/anonymous_speaker/speech", "/scanner/state", "/diagnostics", "/rosout",
    )  # fmt: skip
    visit.approach()
    begin_form(visit)
    visit.say(numerals.by_digit(PHONE))
    crash(bench, visit, "dialogue_manager", signal.SIGSEGV)
    visit.wait_for(lambda: not visit.latest("state")["dictating"], "a robot that knows nothing")

    visit.wait_for(lambda: visit.latest("state")["session_id"] != "", "a new greeting")
    visit.wait_quiet()
    begin_form(visit)
    visit.say(numerals.by_digit(PHONE))
    visit.say("bỏ qua")
    visit.say(NAME.lower())
    visit.press("answer:Chủ hộ")
    killed = crash(bench, visit, "text_to_speech", signal.SIGKILL)
    turns = len(visit.turns())
    typed = httpx.post(f"{bench.robot.url}/api/answers", json={"text": WISH})
    assert typed.status_code == 202
    visit.wait_for(lambda: len(visit.turns()) > turns, "the read-back to be over")
    visit.wait_for(lambda: visit.latest("state")["phase"] == "reviewing_form", "the read-back")
    turn = visit.say("đúng rồi")
    assert turn["commands"][0].startswith("print_form: ok")
    visit.wait_for(lambda: visit.latest("state")["phase"] == "listening", "the form in hand")

    [sheet] = visit.devices.form_printer.sheets
    text = pypdfium2.PdfDocument(sheet)[0].get_textpage().get_text_bounded()
    for value in (NAME.upper(), PHONE, f"{BORN:%d/%m/%Y}"):
        assert value in text, "the paper has it"
    assert NUMBER in "".join(text.split())

    visit.say("cảm ơn, tôi về đây")
    visit.leave()
    visit.wait_for(lambda: not visit.latest("state")["session_id"], "the session to be wiped")

    screens = json.dumps(visit.messages, ensure_ascii=False).encode()
    assert found_in(screens) == set()
    # What the citizen holds up is the simulation's, not the robot's.
    left = (path for path in bench.folder.rglob("*") if not path.name.startswith("camera."))
    assert leaks(left) == {}
    assert leaks(temporary.rglob("*")) == {}
    assert leaks(changed_since(started, MEMORY, *CORES, *SPOOLS)) == {}
    assert leaks(path for folder in TEMPORARY for path in folder.glob("*")) == {}
    assert not list(MEMORY.glob(f"kiosk-speech-{killed}-*")), "no sound of the killed voice"
    assert not list(changed_since(started, *CORES))
    assert [path for path in Path.cwd().glob("core*") if path.stat().st_mtime >= started] == []

    assert recorder.file.stat().st_size > 10_000
    assert leaks([recorder.file]) == {}
    # The recorder would have seen a leak.
    careless = subprocess.Popen(
        [sys.executable, "-c", PUBLISH, f"xin chào {NAME}"],
        env=bench.robot.supervisor._environment,
    )
    try:
        recorder.wait_for("/careless")
        deadline = time.monotonic() + 20
        while not leaks([recorder.file]) and time.monotonic() < deadline:
            time.sleep(0.2)
    finally:
        careless.kill()
        careless.wait()
    assert leaks([recorder.file]) == {str(recorder.file): {"name"}}


def test_no_node_may_leave_a_core(bench):
    for name in ("dialogue_manager", "form_printer", "document_scanner", "text_to_speech"):
        limits = Path(f"/proc/{bench.robot.supervisor.pid(name)}/limits").read_text()
        [core] = [line for line in limits.splitlines() if line.startswith("Max core file size")]
        assert core.split()[4:6] == ["0", "0"]
