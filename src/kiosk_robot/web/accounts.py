"""Who may sign in: `accounts.json` in the data folder, for the robot's user alone.

There is no account and no password until `kiosk user add` makes the first. Passwords are kept as
argon2id hashes with the parameters of OWASP's Password Storage Cheat Sheet for small machines.
"""

import json
import threading
from pathlib import Path
from typing import Annotated, Literal

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from kiosk_robot.paths import data_dir
from kiosk_robot.site import STAFF_CODE

Role = Literal["staff", "leader", "technician"]
FILE = "accounts.json"
SHORTEST, LONGEST = 10, 200  # characters of a password
VARIED = 5  # different characters in it
NAME = r"^[a-z0-9_-]{2,20}$"


class AccountError(Exception):
    """What is wrong with an account or its file; never a password."""


class Account(BaseModel):
    """One account. Its name is a code: it stands in alerts and in the audit log."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=NAME)
    role: Role
    staff: str = Field("", pattern=rf"{STAFF_CODE}|^$", description="code on the desk sign")
    password: str = Field(repr=False, description="argon2id hash")


_FILE: TypeAdapter[list[Account]] = TypeAdapter(Annotated[list[Account], Field(max_length=1000)])


class Accounts:
    """The accounts of one robot. The file is read anew when it has changed."""

    def __init__(self, path: Path | None = None) -> None:
        """`path` is the file; without it, the one in the data folder."""
        self._path = path or data_dir() / FILE
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._one_at_a_time = threading.Lock()  # a hash takes 19 MiB
        self._nobody = self._hasher.hash("")
        self._read_at = -1
        self._accounts: dict[str, Account] = {}

    def all(self) -> dict[str, Account]:
        """By name; empty when there is no file.

        :raises AccountError: others may read the file, or it is not what it should be.
        """
        try:
            found = self._path.stat()
            if found.st_mode & 0o077:
                raise AccountError(f"{self._path}: others may read it; chmod 600 {self._path}")
            if found.st_mtime_ns != self._read_at:
                accounts = _FILE.validate_json(self._path.read_bytes())
                self._accounts = {account.name: account for account in accounts}
                self._read_at = found.st_mtime_ns
        except FileNotFoundError:
            self._accounts, self._read_at = {}, -1
        except ValidationError:
            raise AccountError(f"{self._path}: damaged; restore it or delete it") from None
        except OSError as error:
            raise AccountError(f"{self._path}: {error.strerror}") from None
        return self._accounts

    def add(self, name: str, role: Role, password: str, staff: str = "") -> None:
        """Make an account.

        :raises AccountError: there is one of this name, or a value is not allowed.
        """
        if name in self.all():
            raise AccountError(f"there is an account {name} already")
        self._keep(name, role, password, staff)

    def set_password(self, name: str, password: str) -> None:
        """Change a password. Who is signed in with the old one is signed out.

        :raises AccountError: no such account, or the password is too easy.
        """
        account = self._known(name)
        self._keep(name, account.role, password, account.staff)

    def remove(self, name: str) -> None:
        """Delete an account. Who is signed in with it is signed out.

        :raises AccountError: no such account.
        """
        self._known(name)
        self._write([one for one in self.all().values() if one.name != name])

    def check(self, name: str, password: str) -> Account | None:
        """The account whose password this is. Takes as long for a name that does not exist."""
        account = self.all().get(name)
        with self._one_at_a_time:
            try:
                self._hasher.verify(account.password if account else self._nobody, password)
            except VerificationError:
                return None
        return account

    def _known(self, name: str) -> Account:
        if name not in self.all():
            raise AccountError(f"no account {name}; see `kiosk user list`")
        return self.all()[name]

    def _keep(self, name: str, role: Role, password: str, staff: str) -> None:
        check_password(name, password)
        try:
            account = Account(
                name=name, role=role, staff=staff, password=self._hasher.hash(password)
            )
        except ValidationError as error:
            where = error.errors()[0]["loc"][0]
            rule = {"name": "2 to 20 of a-z 0-9 _ -", "staff": "a letter and two digits"}
            raise AccountError(f"{where}: {rule.get(str(where), 'not allowed')}") from None
        others = [one for one in self.all().values() if one.name != name]
        self._write([*others, account])

    def _write(self, accounts: list[Account]) -> None:
        content = json.dumps([account.model_dump() for account in accounts], indent=1)
        new = self._path.with_suffix(".new")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        new.touch(0o600, exist_ok=False)
        new.write_text(content + "\n", encoding="utf-8")
        new.replace(self._path)


def check_password(name: str, password: str) -> None:
    """Refuse what is quickly guessed.

    :raises AccountError: too short, too long, too plain, or with the name in it.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise AccountError(f"a password has {SHORTEST} to {LONGEST} characters")
    if len(set(password)) < VARIED or name.lower() in password.lower():
        raise AccountError(f"a password has {VARIED} different characters, and not the name in it")
