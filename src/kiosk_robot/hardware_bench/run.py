"""`kiosk bench hardware`: the fault schedules, and the time from a wish to the last byte."""

import json
import os
import random
import statistics
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kiosk_robot.drivers.escpos_printer import EscposPrinter
from kiosk_robot.drivers.simulated.printer import SimulatedPrinter
from kiosk_robot.hardware_bench import dispenser, service_day
from kiosk_robot.hardware_bench.hall import load_knowledge
from kiosk_robot.hardware_bench.tickets import byte_plays, random_plays, run_schedules
from kiosk_robot.printing.escpos_bytes import encode
from kiosk_robot.printing.jobs import PrintJobs
from kiosk_robot.printing.journal import PrintJournal
from kiosk_robot.printing.layout import TicketView, render

SEED = 2026
INTRODUCTION = """# Hardware under faults

By `kiosk bench hardware`. Dialogue rules, queue, print journal, print jobs and printer driver are
the robot's own; wire, clock and messages are simulated and fail at chosen moments: printer silent,
out of paper, unplugged or open at any byte; SIGKILL of dialogue, printer node or the whole robot;
full disk; repeated presses; lost, late and repeated messages and answers.

A promise is broken when a number is called that nobody holds or that is called twice, when one wish
has two numbers or two papers, when a paper comes out of a void number, when two tickets share a
paper, when a void number is not announced, or when in the end a number is neither called nor void.
"""
TICKETS_TIMED = 200
VIEW = TicketView(
    number="A012",
    counter="Quầy 1",
    counter_place="bên trái cửa vào",
    procedure="Đăng ký khai sinh",
    papers=("Giấy chứng sinh (bản chính)", "Căn cước của cha hoặc mẹ", "Giấy đăng ký kết hôn"),
    people_ahead=4,
    wait="10–15 phút",
    issued_at=datetime(2026, 11, 23, 1, 5, tzinfo=UTC),
    site_name="Điểm phục vụ hành chính công phường Cửa Nam",
    site_address="29 Quang Trung, Hà Nội",
    follow_url=f"http://192.168.1.10:8080/t/{uuid.UUID(int=0)}",
    ai_notice="Phiếu do robot lễ tân tự động in",
)


@dataclass(frozen=True)
class Spread:
    """Milliseconds."""

    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, seconds: list[float]) -> "Spread":
        """Of at least two measurements."""
        cuts = statistics.quantiles(seconds, n=100)
        return cls(*(round(1000 * cuts[n - 1], 1) for n in (50, 95, 99)))


class StopwatchPrinter(SimulatedPrinter):
    """Knows when the last byte of a ticket, its cut, has come."""

    cut_at = 0.0

    def _cut(self) -> None:
        self.cut_at = time.perf_counter()
        super()._cut()


def run(out: Path, schedules: int) -> dict[str, Any]:
    """Measure everything; leaves hardware.json and hardware.md in `out`."""
    report: dict[str, Any] = {
        "cores": os.cpu_count(),
        "timing_load": round(os.getloadavg()[0], 1),
        "timing_ms": {name: asdict(spread) for name, spread in _timing().items()},
        "tickets": _faults(schedules),
    }
    report["dispenser"] = dispenser.measure()
    report["a day's visits"] = service_day.measure(tell=lambda _line: None)
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, ensure_ascii=False, indent=2) + "\n"
    (out / "hardware.json").write_text(text, encoding="utf-8")
    (out / "hardware.md").write_text(_markdown(report), encoding="utf-8")
    return report


def _faults(schedules: int) -> dict[str, Any]:
    knowledge = load_knowledge()
    begin = time.perf_counter()
    played, broken = run_schedules(knowledge, random_plays(SEED, schedules))
    at_bytes, broken_at_bytes = run_schedules(knowledge, byte_plays())
    return {
        "seed": SEED,
        "random_schedules": played,
        "byte_by_byte_schedules": at_bytes,
        "seconds": round(time.perf_counter() - begin, 1),
        "broken_promises": broken + broken_at_bytes,
    }


def _timing() -> dict[str, Spread]:
    """Of tickets that differ, on a printer of software, with the journal on this disk."""
    drawn, drawn_cpu, sent = [], [], []
    with tempfile.TemporaryDirectory() as folder, StopwatchPrinter() as printer:
        journal = PrintJournal(Path(folder) / "print_journal.db")
        jobs = PrintJobs(journal, EscposPrinter(printer.url))
        for view in _views():
            begin, begin_cpu = time.perf_counter(), time.thread_time()
            encode(render(view))
            drawn.append(time.perf_counter() - begin)
            drawn_cpu.append(time.thread_time() - begin_cpu)
            begin = time.perf_counter()
            jobs.print(str(uuid.uuid4()), render(replace(view, number=f"B{view.number[1:]}")))
            sent.append(printer.cut_at - begin)
        journal.close()
    return {
        "drawn and encoded": Spread.of(drawn),
        "drawn and encoded, processor time": Spread.of(drawn_cpu),
        "wish to last byte": Spread.of(sent),
    }


def _views() -> Iterator[TicketView]:
    dice = random.Random(SEED)  # noqa: S311  reproducible, not secret
    for number in range(TICKETS_TIMED):
        yield replace(
            VIEW,
            number=f"A{number + 1:03}",
            people_ahead=dice.randrange(20),
            follow_url=f"http://192.168.1.10:8080/t/{uuid.UUID(int=dice.getrandbits(128))}",
        )


def _markdown(report: dict[str, Any]) -> str:
    tickets, timing = report["tickets"], report["timing_ms"]
    lines = [
        INTRODUCTION,
        f"* random schedules: {tickets['random_schedules']} (seed {tickets['seed']}); one fault at"
        f" each byte of a job: {tickets['byte_by_byte_schedules']}; {tickets['seconds']} s",
        f"* broken promises: **{len(tickets['broken_promises'])}**",
        "",
        f"| {TICKETS_TIMED} tickets on 80 mm, printer on TCP | p50 ms | p95 ms | p99 ms |",
        "|---|---|---|---|",
        *(f"| {name} | {t['p50']} | {t['p95']} | {t['p99']} |" for name, t in timing.items()),
        "",
        f"{report['cores']} cores, load {report['timing_load']} by other work at that time.",
    ]
    for title in ("dispenser", "a day's visits"):
        told = json.dumps(report[title], ensure_ascii=False, indent=2)
        lines += ["", f"## {title[0].upper()}{title[1:]}", "", "```json", told, "```"]
    return "\n".join(lines) + "\n"
