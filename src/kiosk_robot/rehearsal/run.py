"""`kiosk rehearse`: start the robot in its hall, play scenarios, leave pictures and a report."""

import json
import shutil
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from kiosk_robot.rehearsal import scenario as scenarios
from kiosk_robot.rehearsal.play import Outcome, Rehearsal, in_ready_order, real_time_factor
from kiosk_robot.robot import running_robot

SPEECH = 20.0  # times real time


class RehearsalError(Exception):
    """A scenario did not come out as it should; which ones stands in the report."""


def rehearse(
    names: Sequence[str], out: Path, tell: Callable[[str], None], *, record: bool = False
) -> None:
    """Play the scenarios called so, all of them without any; the report goes to `out`, and if they
    are to be recorded, rehearsal.mcap.

    :raises ScenarioError: one of them cannot be read; nothing was started.
    :raises RehearsalError: one of them failed.
    """
    try:
        import pydrake  # noqa: F401
    except ImportError:
        raise RehearsalError("the headless hall is not installed: run `make sim`") from None
    chosen = [(name, scenarios.load(name)) for name in names or scenarios.names()]
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    began = time.monotonic()
    folder = out / "robot"
    with running_robot(
        folder,
        simulated=True,
        tell=lambda _: None,
        speed=SPEECH,
        private=True,
        twin=True,
        record=out / "rehearsal.mcap" if record else None,
    ) as robot:
        rehearsal = Rehearsal(robot, folder, out)
        rehearsal.wait_ready()
        tell(f"hall and robot ready after {time.monotonic() - began:.0f} s")
        outcomes = []
        for name, scenario in in_ready_order(chosen):
            outcomes.append(rehearsal.play(name, scenario))
            tell(line(outcomes[-1]))
    took = time.monotonic() - began
    (out / "report.json").write_text(
        json.dumps([asdict(one) for one in outcomes], ensure_ascii=False, indent=2) + "\n",
        encoding="utf-8",
    )
    text = report(outcomes, took)
    (out / "report.md").write_text(text, encoding="utf-8")
    tell(text.split("\n\n")[-1].strip())
    failed = [one.name for one in outcomes if one.problems]
    if failed:
        raise RehearsalError(f"{', '.join(failed)} failed; see {out / 'report.md'}")


def line(outcome: Outcome) -> str:
    """An outcome for the terminal."""
    mark = "FAILED" if outcome.problems else "ok"
    what = "; ".join(outcome.problems) or outcome.title
    return f"{mark:6} {outcome.name:28} {outcome.took:5.1f} s  {what}"


def report(outcomes: Sequence[Outcome], took: float) -> str:
    """The table of all, and the figures below it."""
    lines = [
        "# Rehearsals",
        "",
        "| scenario | what | result | real time | simulated | nearest person |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for one in outcomes:
        result = "; ".join(one.problems) or "as expected"
        near = "–" if one.nearest is None else f"{one.nearest:.2f} m"
        lines.append(
            f"| {one.name} | {one.title} | {result} | {one.took:.1f} s | {one.simulated:.1f} s"
            f" | {near} |"
        )
    frames = [one.frame_seconds for one in outcomes if one.frame_seconds is not None]
    frame = f"{1000 * statistics.median(frames):.0f} ms" if frames else "none rendered"
    passed = sum(not one.problems for one in outcomes)
    lines += [
        "",
        f"{passed} of {len(outcomes)} as expected, {took:.0f} s in all, starting and ending"
        f" included; real-time factor {real_time_factor(outcomes):.1f}; a camera frame (median):"
        f" {frame}.",
        "",
    ]
    return "\n".join(lines)
