"""`kiosk queue`: look after the queue's data."""

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from kiosk_robot.commands.parsers import Commands, console
from kiosk_robot.config import load_site
from kiosk_robot.queueing.store import Store, database_url


def add(commands: Commands, benches: Commands) -> None:
    """Add the commands of this area."""
    queue = commands.add_parser("queue", help="back up, restore, export or prune the queue's data")
    queue.add_argument("--site", default="cua_nam", help="file in config/sites/ (%(default)s)")
    actions = queue.add_subparsers(required=True, metavar="ACTION")

    backup = actions.add_parser("backup", help="write all data to a file; the robot may be running")
    backup.add_argument("file", type=Path, help="e.g. kiosk-2026-11-23.jsonl.gz")
    backup.set_defaults(run=_backup)

    restore = actions.add_parser("restore", help="make the database from a backup; stop the robot")
    restore.add_argument("file", type=Path)
    restore.set_defaults(run=_restore)

    export = actions.add_parser("export", help="write tickets for a spreadsheet")
    export.add_argument("--csv", type=Path, required=True, metavar="FILE")
    export.add_argument("--since", type=date.fromisoformat, metavar="YYYY-MM-DD")
    export.add_argument("--until", type=date.fromisoformat, metavar="YYYY-MM-DD")
    export.set_defaults(run=_export)

    prune = actions.add_parser("prune", help="delete days older than the site keeps them")
    prune.set_defaults(run=_prune)

    clock = actions.add_parser("accept-clock", help="the clock was wrong and is right now")
    clock.set_defaults(run=_accept_clock)

    bench = benches.add_parser("queue", help="numbers a second, and a city's day with failures")
    bench.add_argument("--out", type=Path, default=Path("benchmarks"), help="folder for the tables")
    bench.set_defaults(run=_bench)


def _backup(arguments: Namespace) -> None:
    from kiosk_robot.queueing.upkeep import back_up

    with _store() as store:
        console.print(f"{back_up(store, arguments.file)} rows written to {arguments.file}")


def _restore(arguments: Namespace) -> None:
    from kiosk_robot.queueing.upkeep import restore

    console.print(f"{restore(database_url(), arguments.file)} rows restored")


def _export(arguments: Namespace) -> None:
    from kiosk_robot.queueing.upkeep import export_csv

    zone = load_site(arguments.site).timezone
    # The mark at the beginning lets spreadsheets read Vietnamese letters.
    with _store() as store, arguments.csv.open("w", encoding="utf-8-sig", newline="") as file:
        count = export_csv(store, file, zone, arguments.since, arguments.until)
    console.print(f"{count} tickets written to {arguments.csv}")


def _prune(arguments: Namespace) -> None:
    from kiosk_robot.queueing.engine import Queue
    from kiosk_robot.queueing.upkeep import prune

    site = load_site(arguments.site)
    with _store() as store:
        today = date.fromisoformat(Queue(store, site).today)
        first = today - timedelta(days=site.queue.keep_days)
        console.print(f"{prune(store, first)} tickets of before {first} deleted")


def _accept_clock(arguments: Namespace) -> None:
    from kiosk_robot.queueing.engine import Queue

    with _store() as store:
        again = Queue(store, load_site(arguments.site)).accept_clock()
    console.print(f"accepted; waiting again: {', '.join(again) or 'nobody'}")


def _bench(arguments: Namespace) -> None:
    from kiosk_robot.queueing.bench import run

    run(arguments.out)
    print((arguments.out / "queue.md").read_text(encoding="utf-8"))


@contextmanager
def _store() -> Iterator[Store]:
    store = Store(database_url())
    try:
        yield store
    finally:
        store.close()
