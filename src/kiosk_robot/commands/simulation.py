"""`kiosk simulate-day`: what a day looks like, and what would change it."""

from argparse import ArgumentTypeError, Namespace
from pathlib import Path
from typing import Any

from kiosk_robot.commands.parsers import Commands, console
from kiosk_robot.config import load_day_plan, load_site


def add(commands: Commands, _benches: Commands) -> None:
    """Add the commands of this area."""
    day = commands.add_parser(
        "simulate-day", help="play an ordinary day against the queue: waits, queues, utilisation"
    )
    day.add_argument("--site", default="cua_nam", help="site and its day (%(default)s)")
    day.add_argument("--seed", type=_seed, default=1, help="another number, another day")
    day.add_argument("--policy", choices=("fair", "fifo"), default="fair")
    day.add_argument(
        "--counters", type=_more, default=0, metavar="+N", help="so many more where most is done"
    )
    day.add_argument("--out", type=Path, default=Path("out/day"), help="folder for the pictures")
    day.set_defaults(run=_simulate_day)


def _simulate_day(arguments: Namespace) -> None:
    # Only now: what it imports takes a second.
    from kiosk_robot.queueing.day_report import figures, write
    from kiosk_robot.queueing.simulation import Policy, simulate, with_one_more_counter

    site, plan = load_site(arguments.site), load_day_plan(arguments.site)
    for _ in range(arguments.counters):
        site, plan = with_one_more_counter(site, plan)
    asked: Policy = arguments.policy
    other: Policy = "fifo" if asked == "fair" else "fair"
    seed = arguments.seed
    days = {
        NAMES[asked]: simulate(site, plan, seed, policy=asked),
        NAMES[other]: simulate(site, plan, seed, policy=other),
        "one more counter": simulate(*with_one_more_counter(site, plan), seed, policy=asked),
    }
    write(days, site, plan, arguments.out)
    for name, day in days.items():
        _print(name, figures(day))
    console.print(f"pictures and figures: {arguments.out}")


NAMES = {"fair": "one fair queue", "fifo": "first come, first served at each counter"}


def _print(name: str, shown: dict[str, Any]) -> None:
    from rich.table import Table

    table = Table(title=name, title_justify="left")
    for column in ("wait, minutes", "people", "mean", "9 in 10 within", "longest"):
        table.add_column(column, justify="left" if column.startswith("wait") else "right")
    for kind, waits in shown["waits"].items():
        table.add_row(
            kind, *(str(waits[column]) for column in ("people", "mean", "p90", "longest"))
        )
    console.print(table)
    busy = ", ".join(f"{number}: {share:.0%}" for number, share in shown["utilisation"].items())
    kept = shown["promises"]
    console.print(
        f"longest queue {shown['longest_queue']}, never called {shown['never_called']}, "
        f"numbers without paper {shown['shown_on_screen']}; counters busy {busy}"
    )
    console.print(
        f"promised waits: {kept['within']:.0%} within, {kept['not_longer']:.0%} not longer, "
        f"mean error {kept['mean_error']} min\n"
    )


def _seed(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 10_000:
        raise ArgumentTypeError("0 to 10000")
    return number


def _more(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 9:
        raise ArgumentTypeError("+0 to +9")
    return number
