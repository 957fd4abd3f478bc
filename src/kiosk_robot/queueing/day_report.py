"""What a simulated day shows: figures, and pictures of them (matplotlib)."""

import json
import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk_robot.day_plan import DayPlan
from kiosk_robot.queueing.simulation import BOOKED, ORDINARY, PRIORITY, DayResult, Visit
from kiosk_robot.queueing.waiting import HitRate, Outcome, hit_rate
from kiosk_robot.site import Site, minutes_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KINDS = (ORDINARY, BOOKED, PRIORITY)
Days = Mapping[str, DayResult]  # by what is different about them


def promises_of(visits: Sequence[Visit]) -> HitRate:
    """How well promises were kept. One that nobody was ever called for is broken, and no error."""
    called = hit_rate([_outcome(visit) for visit in visits if math.isfinite(visit.called)])
    kept = called.promises / max(len(visits), 1)
    return HitRate(len(visits), called.within * kept, called.not_longer * kept, called.mean_error)


def figures(day: DayResult) -> dict[str, Any]:
    """The day in numbers: minutes, people, shares."""
    kept = promises_of([visit for visit in day.visits if visit.promised])
    return {
        "people": len(day.visits),
        "waits": {
            kind: _waits([v.waited for v in day.visits if v.visitor.kind == kind]) for kind in KINDS
        },
        "longest_queue": max(length for _, length in lengths(day.visits)),
        "utilisation": {
            number: round(day.busy[number] / max(day.staffed[number], 1.0), 2)
            for number in day.busy
        },
        "never_called": sum(math.isinf(visit.called) for visit in day.visits),
        "shown_on_screen": day.on_screen,
        "promises": {
            "within": round(kept.within, 3),
            "not_longer": round(kept.not_longer, 3),
            "mean_error": round(kept.mean_error, 2),
        },
    }


def lengths(visits: Sequence[Visit]) -> list[tuple[float, int]]:
    """How many waited for their first call, at every minute that this changed; begins with 0."""
    changes = sorted(
        [(visit.took_number, 1) for visit in visits]
        + [(visit.called, -1) for visit in visits if math.isfinite(visit.called)]
    )
    found = [(0.0, 0)]
    for minute, change in changes:
        found.append((minute, found[-1][1] + change))
    return found


def write(days: Days, site: Site, plan: DayPlan, folder: Path) -> None:
    """Figures as day.json, and pictures; the first of the days is the one in question.

    :raises OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    content = {name: figures(day) for name, day in days.items()}
    (folder / "day.json").write_text(
        json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    first = next(iter(days.values()))
    failure = plan.printer_failure
    down = minutes_of(failure.at), minutes_of(failure.at) + failure.minutes

    def queues(axes: "Axes") -> None:
        for series in site.series:
            mine = [v for v in first.visits if v.visitor.services[0].series == series]
            steps = lengths(mine)[1:]
            axes.step(
                [minute / 60 for minute, _ in steps],
                [length for _, length in steps],
                where="post",
                label=series,
            )
        axes.axvspan(down[0] / 60, down[1] / 60, color="0.9", label="printer down")
        axes.set(xlabel="hour", ylabel="people waiting", title="Queues")
        axes.legend()

    def waits(axes: "Axes") -> None:
        width = 0.8 / len(days)
        for index, (name, day) in enumerate(days.items()):
            shown = figures(day)["waits"]
            places = [place + index * width for place in range(len(KINDS))]
            bars = axes.bar(places, [shown[kind]["mean"] for kind in KINDS], width, label=name)
            axes.scatter(places, [shown[kind]["p90"] for kind in KINDS], marker="_", color="black")
            axes.bar_label(bars, fmt="%.1f", padding=2, fontsize=8)
        axes.set_xticks([place + 0.4 - width / 2 for place in range(len(KINDS))], KINDS)
        axes.set(ylabel="minutes", title="Mean wait, and the wait of 9 in 10 (-)")
        axes.legend()

    def utilisation(axes: "Axes") -> None:
        shown = figures(first)["utilisation"]
        axes.bar(list(shown), list(shown.values()))
        axes.set(xlabel="counter", ylabel="share of staffed time", title="Utilisation", ylim=(0, 1))

    def promised(axes: "Axes") -> None:
        for visit in first.visits:
            if visit.promised:
                axes.plot(
                    [visit.took_number / 60] * 2,
                    [visit.promised.low, visit.promised.high],
                    color="0.75",
                    linewidth=2,
                )
        called = [visit for visit in first.visits if math.isfinite(visit.called)]
        axes.scatter(
            [v.took_number / 60 for v in called], [v.waited for v in called], s=8, color="black"
        )
        axes.set(xlabel="hour", ylabel="minutes", title="Promised (grey) and true waits")

    for name, draw in (
        ("queues", queues),
        ("waits", waits),
        ("utilisation", utilisation),
        ("promises", promised),
    ):
        _picture(folder / f"{name}.svg", draw)


def _picture(path: Path, draw: "Callable[[Axes], None]") -> None:
    # Only now: it takes a second. Without pyplot there is no window and no global state.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    draw(figure.add_subplot())
    figure.savefig(path)


def _outcome(visit: Visit) -> Outcome:
    assert visit.promised is not None
    return Outcome(visit.promised, visit.waited)


def _waits(minutes: Sequence[float]) -> dict[str, float]:
    """Of those who were called."""
    found = sorted(one for one in minutes if math.isfinite(one))
    if not found:
        return {"people": 0, "mean": 0.0, "p90": 0.0, "longest": 0.0}
    return {
        "people": len(found),
        "mean": round(statistics.fmean(found), 1),
        "p90": round(found[math.ceil(0.9 * len(found)) - 1], 1),
        "longest": round(found[-1], 1),
    }
