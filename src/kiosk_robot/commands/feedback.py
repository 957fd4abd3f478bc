"""`kiosk feedback`: what citizens said of a day."""

import json
from argparse import Namespace
from datetime import date, datetime
from pathlib import Path

from kiosk_robot.commands.parsers import Commands, console
from kiosk_robot.config import load_parameters
from kiosk_robot.parameters import Queue
from kiosk_robot.paths import config_dir


def add(commands: Commands, _benches: Commands) -> None:
    """Add the commands of this area."""
    feedback = commands.add_parser("feedback", help="ratings, alerts and comments")
    actions = feedback.add_subparsers(required=True, metavar="ACTION")
    report = actions.add_parser("report", help="the feedback of a day")
    report.add_argument("--day", type=date.fromisoformat, help="YYYY-MM-DD; today without it")
    report.add_argument("--out", type=Path, help="folder for feedback-DAY.txt, .csv and .json")
    report.set_defaults(run=_report)


def _report(arguments: Namespace) -> None:
    from kiosk_robot.config import load_site
    from kiosk_robot.feedback.report import as_csv, as_json, as_text, report_of
    from kiosk_robot.queueing.store import Store, database_url

    queue = Queue.model_validate(load_parameters([config_dir() / "kiosk.yaml"])["queue"])
    site = load_site(queue.site)
    url = queue.database_url or database_url()
    day = arguments.day or datetime.now(site.zone).date()
    report = report_of(Store(url), site, day)
    console.print(as_text(report), markup=False, end="")
    if arguments.out is None:
        return
    arguments.out.mkdir(parents=True, exist_ok=True)
    for suffix, content in (
        ("txt", as_text(report)),
        ("csv", "\ufeff" + as_csv(report)),  # the mark tells spreadsheets that it is UTF-8
        ("json", json.dumps(as_json(report), ensure_ascii=False, indent=1) + "\n"),
    ):
        path = arguments.out / f"feedback-{day}.{suffix}"
        path.write_text(content, encoding="utf-8")
    console.print(f"written to {arguments.out}/feedback-{day}.txt, .csv and .json")
