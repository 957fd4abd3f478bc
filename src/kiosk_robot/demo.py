"""`kiosk demo`: one citizen's visit from greeting to goodbye, with everything it leaves behind."""

import json
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from kiosk_robot.dispensing.registers import Slot
from kiosk_robot.drivers.simulated.sound_card import SimulatedSoundCard
from kiosk_robot.node_table import NODES
from kiosk_robot.robot import running_robot
from kiosk_robot.visit import Message, Visit, VisitError

SPEED = 4.0  # simulated speech and motors run this much faster than real ones
# An invented person: number, former number, name, born, sex, address, issued.
CARD = (
    "001194026153|012345678|Nguyễn Thị Bích Hằng|02091994|Nữ|"
    "Số 5 Phố Mẫu, phường Cửa Nam, Hà Nội|10052021"
)
BIRTH_REGISTRATION = "tôi muốn làm giấy khai sinh cho con"
BIRTH_BUTTON = "procedure:1.001193"


def run_demo(out: Path, console: Console, *, audio: str = "") -> None:
    """Play the visit; leaves transcript.json, ticket.png, ticket.escpos and NNN.wav in `out`.

    With an engine to hear with in `audio`, every line is spoken before the robot's microphone, and
    visit.wav has what came out of its loudspeaker.

    :raises VisitError: the robot did not do its part.
    :raises ConfigError: the configuration is wrong.
    :raises SoundCardError: PulseAudio is not there.
    """
    shutil.rmtree(out, ignore_errors=True)
    folder = out / "robot"
    console.print(f"[bold]Starting the robot[/] ({len(NODES)} nodes, simulated devices)")
    with ExitStack() as stack:
        card = stack.enter_context(SimulatedSoundCard()) if audio else None
        robot = stack.enter_context(
            running_robot(
                folder,
                simulated=True,
                tell=tell_dimly(console),
                speed=1.0 if audio else SPEED,
                private=True,
                sound_card=card,
                engine=audio,
            )
        )
        assert robot.devices is not None
        if card:
            stack.enter_context(card.recording(out / "visit.wav"))
        with Visit(robot.url, robot.devices, show_conversation(console)) as visit:
            console.print(f"[bold]Ready[/], touch screen at {robot.url}\n")
            water_before = robot.devices.dispenser.stock[Slot.WATER]
            play(visit)
            water_after = robot.devices.dispenser.stock[Slot.WATER]
            transcript = visit.transcript()
        console.print("\n[bold]Shutting down[/]")
    _keep(folder / "devices", out, transcript)
    _check(out, transcript, water_before, water_after)
    console.print(
        f"Left in {out}/: ticket.png, ticket.escpos, transcript.json,"
        f" {len(list(out.glob('*.wav')))} wav files; water {water_before} -> {water_after}"
    )


def play(visit: Visit) -> None:
    """The first visit, by voice."""
    visit.approach()
    visit.tell(BIRTH_REGISTRATION, "ask_procedure", "đăng ký khai sinh", BIRTH_BUTTON)
    visit.tell("có, cho tôi lấy số", "take_ticket", "lấy số", "affirm")
    visit.tell("đọc thẻ căn cước giúp tôi", "scan_card", "đọc thẻ căn cước")
    visit.devices.show_card(CARD)
    visit.tell("đồng ý", "affirm")
    visit.devices.hide_card()
    visit.tell("cho tôi xin cốc nước", "request_drink", "xin nước uống")
    visit.tell("cảm ơn, tôi về đây", "goodbye", "kết thúc ở đây")
    visit.tell("hai điểm", "give_feedback", "chấm 2 điểm", "rating:2")
    visit.tell("phải chờ lâu quá", "give_feedback", button="deny")
    visit.wait_for(
        lambda: not (visit.latest("state") or {}).get("session_id"), "the session to be wiped"
    )
    visit.leave()


def tell_dimly(console: Console) -> Callable[[str], None]:
    """Prints what the supervisor tells."""
    return lambda line: console.print(f"[dim]{line}[/]")


def show_conversation(console: Console) -> Callable[[Message], None]:
    """Prints the conversation as it happens: who said what, what was done, how long it took."""
    names = {"robot": "[bold cyan]Robot   [/]", "citizen": "[bold yellow]Citizen [/]"}

    def show(message: Message) -> None:
        if message["type"] == "caption":
            console.print(f"{names[message['who']]} {message['text']}")
        elif message["type"] == "turn" and message["who"] == "citizen":
            done = "; ".join(message["commands"]) or "no device needed"
            told = f"{message['intent']}, answered after {message['ms']} ms; {done}"
            console.print(f"          [dim]{told}[/]")

    return show


def _keep(devices: Path, out: Path, transcript: list[Message]) -> None:
    for wav in sorted((devices / "speech").glob("*.wav")):
        shutil.copy(wav, out / wav.name)
    for kind in ("png", "escpos"):
        ticket = next(iter(sorted((devices / "tickets").glob(f"*.{kind}"))), None)
        if ticket:
            shutil.copy(ticket, out / f"ticket.{kind}")
    text = json.dumps(transcript, ensure_ascii=False, indent=2)
    (out / "transcript.json").write_text(text + "\n", encoding="utf-8")


def _check(out: Path, transcript: list[Message], water_before: int, water_after: int) -> None:
    """Hold the visit to what it promises."""
    commands = [command for turn in transcript for command in turn["commands"]]
    promises = {
        "a ticket was printed": (out / "ticket.png").is_file(),
        "one cup of water dropped": water_before - water_after == 1,
        "a leader was alerted": any("alert raised" in command for command in commands),
        "nothing failed": all(": ok" in command for command in commands),
        "the robot spoke": any(any(wav.read_bytes()[44:]) for wav in out.glob("*.wav")),
    }
    broken = [promise for promise, kept in promises.items() if not kept]
    if broken:
        raise VisitError(f"not true: {', '.join(broken)}; see {out / 'transcript.json'}")
