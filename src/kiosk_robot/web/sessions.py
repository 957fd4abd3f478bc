"""Who is signed in, and how often somebody may guess. In memory: a restart signs everybody out."""

import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from kiosk_robot.web.accounts import Account, AccountError, Accounts

LIFETIME = 12 * 3600.0  # seconds from signing in: a working day
IDLE = 2 * 3600.0  # seconds without a request
GUESSES = 5  # wrong passwords for one account from one address
GUESSES_AT_ALL = 20  # from one address, for whatever account
FORGET = 15 * 60.0  # seconds until a wrong password does not count any more


class TooManyGuessesError(Exception):
    """Wait so many seconds: the first argument."""


@dataclass
class Session:
    """One browser that is signed in."""

    account: Account
    began: float  # seconds of the clock, as `seen`
    seen: float
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    counter: str = ""  # where a member of staff sits; "" until they say so

    def has_token(self, shown: str) -> bool:
        """Whether a page of ours sent this: only they can read the token."""
        return hmac.compare_digest(self.csrf.encode(), shown.encode())


class Sessions:
    """All sessions. `clock` gives seconds that never run backwards."""

    def __init__(self, accounts: Accounts, clock: Callable[[], float] = time.monotonic) -> None:
        self._accounts = accounts
        self._clock = clock
        self._sessions: dict[str, Session] = {}
        self._guesses: dict[tuple[str, ...], list[float]] = {}
        self._counting = threading.Lock()

    def sign_in(self, name: str, password: str, address: str) -> str | None:
        """The secret of a new session; None when name and password do not fit.

        :raises TooManyGuessesError: too many wrong ones from there, whatever this one is.
        :raises AccountError: the file of accounts cannot be used.
        """
        mine = (name, address)
        with self._counting:
            self._count_guess(mine, address)
        account = self._accounts.check(name, password)
        if account is None:
            return None
        with self._counting:
            self._guesses.pop(mine, None)
            self._guesses[address,].pop()
        now = self._clock()
        self._sessions = {key: one for key, one in self._sessions.items() if self._lives(one)}
        secret = secrets.token_urlsafe(32)
        self._sessions[_key(secret)] = Session(account, now, now)
        return secret

    def find(self, secret: str, *, touch: bool = True) -> Session | None:
        """The session of a cookie; None when it has ended. `touch`: somebody did something."""
        session = self._sessions.get(_key(secret))
        if session is None or not self._lives(session):
            self._sessions.pop(_key(secret), None)
            return None
        if touch:
            session.seen = self._clock()
        return session

    def end(self, secret: str) -> None:
        """Sign out."""
        self._sessions.pop(_key(secret), None)

    def at_counter(self, counter: str) -> Session | None:
        """Who has taken a counter."""
        alive = (one for one in self._sessions.values() if self._lives(one))
        return next((one for one in alive if one.counter == counter), None)

    def _lives(self, session: Session) -> bool:
        now = self._clock()
        try:
            known = self._accounts.all().get(session.account.name) == session.account
        except AccountError:
            known = False
        return known and now - session.began < LIFETIME and now - session.seen < IDLE

    def _count_guess(self, mine: tuple[str, ...], address: str) -> None:
        """Counted before the password is looked at, so that guesses at the same time count too."""
        now = self._clock()
        for key in list(self._guesses):
            self._guesses[key] = [at for at in self._guesses[key] if now - at < FORGET]
            if not self._guesses[key]:
                del self._guesses[key]
        limits: Iterable[tuple[tuple[str, ...], int]] = (
            (mine, GUESSES),
            ((address,), GUESSES_AT_ALL),
        )
        for key, most in limits:
            made = self._guesses.setdefault(key, [])
            if len(made) >= most:
                raise TooManyGuessesError(FORGET - (now - made[-most]))
        for key, _ in limits:
            self._guesses[key].append(now)


def _key(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
