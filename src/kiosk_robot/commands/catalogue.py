"""`kiosk catalogue`: check the procedures, renew them from the portal's export."""

from argparse import Namespace
from datetime import date
from pathlib import Path

from kiosk_robot.catalogue import CatalogueError
from kiosk_robot.commands.parsers import Commands, console
from kiosk_robot.config import catalogue_overlay, load_catalogue


def add(commands: Commands, _benches: Commands) -> None:
    """Add the commands of this area."""
    catalogue = commands.add_parser("catalogue", help="check or renew the procedures")
    actions = catalogue.add_subparsers(required=True, metavar="ACTION")
    check = actions.add_parser("check", help="find what is wrong or cannot be spoken")
    check.set_defaults(run=_check)
    importing = actions.add_parser("import", help="show what an export of the portal would change")
    importing.add_argument("file", type=Path, help="XLSX, JSON or JSON lines")
    importing.add_argument("--apply", action="store_true", help="and change it")
    importing.set_defaults(run=_import)
    proposed = actions.add_parser("proposed", help="wordings that leaders propose, for review")
    proposed.set_defaults(run=_proposed)


def _check(_arguments: Namespace) -> None:
    from kiosk_robot.catalogue.check import problems

    catalogue = load_catalogue()
    found = problems(catalogue)
    if found:
        raise CatalogueError("\n".join(found))
    console.print(f"{len(catalogue)} procedures, no problem")


def _proposed(_arguments: Namespace) -> None:
    from kiosk_robot.config import load_site
    from kiosk_robot.feedback.unanswered import Unanswered, unanswered_folder
    from kiosk_robot.parameters import Parameters
    from kiosk_robot.queueing.engine import utc_now

    catalogue = load_catalogue()
    site = load_site(Parameters().site)
    for one in Unanswered(unanswered_folder(), site, utc_now).proposals():
        console.print(f"{one.code} {catalogue[one.code].name}: {one.alias}  ({one.day}, {one.by})")


def _import(arguments: Namespace) -> None:
    from kiosk_robot.catalogue.importer import apply, diff, read_export

    rows, skipped = read_export(arguments.file)
    catalogue = load_catalogue()
    changes = diff(catalogue, rows, date.today())
    for problem in skipped:
        console.print(f"skipped: {problem}")
    for change in changes:
        console.print(str(change))
    console.print(f"{len(rows)} rows read, {len(skipped)} skipped, {len(changes)} changes")
    if arguments.apply:
        console.print(f"written to {apply(changes, catalogue, catalogue_overlay())}")
