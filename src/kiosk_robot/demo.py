"""`kiosk demo`: one citizen's visit from greeting to goodbye, with everything it leaves behind."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from kiosk_robot.dispensing.registers import Slot
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


def run_demo(out: Path, console: Console) -> None:
    """Play the visit; leaves transcript.json, ticket.png, ticket.escpos and NNN.wav in `out`.

    :raises VisitError: the robot did not do its part.
    :raises ConfigError: the configuration is wrong.
    """
    shutil.rmtree(out, ignore_errors=True)
    folder = out / "robot"
    console.print(f"[bold]Starting the robot[/] ({len(NODES)} nodes, simulated devices)")
    with running_robot(
        folder, simulated=True, tell=tell_dimly(console), speed=SPEED, private=True
    ) as robot:
        assert robot.devices is not None
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
    visit.say(BIRTH_REGISTRATION)
    visit.say("có, cho tôi lấy số")
    visit.say("đọc thẻ căn cước giúp tôi")
    visit.devices.show_card(CARD)
    visit.say("đồng ý")
    visit.devices.hide_card()
    visit.say("cho tôi xin cốc nước")
    visit.say("cảm ơn, tôi về đây")
    visit.say("hai điểm")
    visit.say("phải chờ lâu quá")
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
        "the robot spoke": any(out.glob("*.wav")),
    }
    broken = [promise for promise, kept in promises.items() if not kept]
    if broken:
        raise VisitError(f"not true: {', '.join(broken)}; see {out / 'transcript.json'}")
