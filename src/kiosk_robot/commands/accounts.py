"""`kiosk user`: who may sign in at the consoles."""

from argparse import Namespace
from getpass import getpass

from kiosk_robot.commands.parsers import Commands, console


def add(commands: Commands, _benches: Commands) -> None:
    """Add the commands of this area."""
    user = commands.add_parser("user", help="accounts of staff, leaders and technicians")
    actions = user.add_subparsers(required=True, metavar="ACTION")

    new = actions.add_parser("add", help="make an account; asks for its password")
    new.add_argument("name", help="a code, never a person's name: a-z 0-9 _ -")
    new.add_argument("--role", required=True, choices=("staff", "leader", "technician"))
    new.add_argument("--staff", default="", metavar="CODE", help="code on the desk sign, e.g. A12")
    new.set_defaults(run=_add)

    password = actions.add_parser("password", help="change a password; signs out who has the old")
    password.add_argument("name")
    password.set_defaults(run=_password)

    remove = actions.add_parser("remove", help="delete an account, and sign it out")
    remove.add_argument("name")
    remove.set_defaults(run=_remove)

    known = actions.add_parser("list", help="names, roles and desk signs")
    known.set_defaults(run=_list)


def _add(arguments: Namespace) -> None:
    from kiosk_robot.web.accounts import Accounts

    accounts = Accounts()
    accounts.add(arguments.name, arguments.role, _asked(), arguments.staff)
    console.print(f"{arguments.name} may sign in as {arguments.role}")


def _password(arguments: Namespace) -> None:
    from kiosk_robot.web.accounts import Accounts

    Accounts().set_password(arguments.name, _asked())
    console.print("changed")


def _remove(arguments: Namespace) -> None:
    from kiosk_robot.web.accounts import Accounts

    Accounts().remove(arguments.name)
    console.print("removed")


def _list(_arguments: Namespace) -> None:
    from kiosk_robot.web.accounts import Accounts

    for account in sorted(Accounts().all().values(), key=lambda one: (one.role, one.name)):
        console.print(f"{account.name}  {account.role}  {account.staff}".rstrip())


def _asked() -> str:
    """A password typed twice, unseen."""
    from kiosk_robot.web.accounts import AccountError

    password = getpass("Password: ")
    if getpass("Once more: ") != password:
        raise AccountError("the two differ; nothing was changed")
    return password
