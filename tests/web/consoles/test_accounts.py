"""Who may sign in, for how long, and how often they may guess."""

import json

import pytest

from kiosk_robot import cli
from kiosk_robot.web.accounts import AccountError, Accounts
from kiosk_robot.web.sessions import (
    FORGET,
    GUESSES,
    GUESSES_AT_ALL,
    IDLE,
    LIFETIME,
    Sessions,
    TooManyGuessesError,
)

pytestmark = pytest.mark.thorough
PASSWORD = "mưa-Xuân-2027"  # noqa: S105


@pytest.fixture
def accounts(tmp_path):
    accounts = Accounts(tmp_path / "accounts.json")
    accounts.add("an", "staff", PASSWORD, "A12")
    return accounts


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def sessions(accounts, clock):
    return Sessions(accounts, clock)


def test_nobody_may_sign_in_before_an_account_is_made(tmp_path):
    accounts = Accounts(tmp_path / "accounts.json")
    assert accounts.all() == {}
    for name, password in (("admin", "admin"), ("admin", ""), ("", "")):
        assert accounts.check(name, password) is None


def test_the_password_itself_is_nowhere(accounts, tmp_path):
    file = tmp_path / "accounts.json"
    assert PASSWORD not in file.read_text()
    assert "$argon2id$" in file.read_text()
    assert file.stat().st_mode & 0o077 == 0
    assert "argon2" not in repr(accounts.all()["an"])


def test_right_and_wrong_passwords(accounts):
    assert accounts.check("an", PASSWORD).staff == "A12"
    assert accounts.check("an", PASSWORD + "!") is None
    assert accounts.check("nobody", PASSWORD) is None


@pytest.mark.parametrize(
    ("name", "password", "staff", "told"),
    [
        ("an", PASSWORD, "", "already"),
        ("binh", "ngắn", "", "10 to 200"),
        ("binh", "x" * 201, "", "10 to 200"),
        ("binh", "aaaaaaaaaaaa", "", "different characters"),
        ("binh", "binh-binh-2027", "", "not the name"),
        ("Nguyễn Văn An", PASSWORD, "", "name: 2 to 20"),
        ("../an", PASSWORD, "", "name: 2 to 20"),
        ("binh", PASSWORD, "Bình", "staff: a letter"),
    ],
)
def test_accounts_that_are_refused(accounts, name, password, staff, told):
    with pytest.raises(AccountError, match=told):
        accounts.add(name, "staff", password, staff)
    assert list(accounts.all()) == ["an"]


def test_a_file_that_others_may_read_is_not_trusted(accounts, tmp_path):
    (tmp_path / "accounts.json").chmod(0o644)
    with pytest.raises(AccountError, match="chmod 600"):
        accounts.check("an", PASSWORD)


def test_a_damaged_file_is_told_without_its_content(accounts, tmp_path):
    (tmp_path / "accounts.json").write_text('[{"name": "an", "password": "secret-hash"}]')
    with pytest.raises(AccountError, match="damaged") as told:
        accounts.all()
    assert "secret-hash" not in str(told.value)


def test_a_session_ends_after_a_working_day(sessions, clock):
    secret = sessions.sign_in("an", PASSWORD, "10.0.0.7")
    while clock.now < LIFETIME - IDLE:
        clock.now += IDLE - 1
        assert sessions.find(secret)
    clock.now = LIFETIME
    assert sessions.find(secret) is None


def test_a_session_ends_when_nobody_does_anything(sessions, clock):
    secret = sessions.sign_in("an", PASSWORD, "10.0.0.7")
    clock.now = IDLE - 1
    assert sessions.find(secret, touch=False), "a page that only looks"
    clock.now = IDLE
    assert sessions.find(secret) is None


@pytest.mark.parametrize("change", ["password", "removal"])
def test_a_change_of_the_account_signs_out(sessions, accounts, change):
    secret = sessions.sign_in("an", PASSWORD, "10.0.0.7")
    if change == "password":
        accounts.set_password("an", PASSWORD + "-mới")
    else:
        accounts.remove("an")
    assert sessions.find(secret) is None


def test_signing_out_ends_it(sessions):
    secret = sessions.sign_in("an", PASSWORD, "10.0.0.7")
    sessions.end(secret)
    assert sessions.find(secret) is None


def test_guessing_is_stopped_for_the_right_password_too(sessions, clock):
    for _ in range(GUESSES):
        assert sessions.sign_in("an", "sai-mật-khẩu", "10.0.0.7") is None
    with pytest.raises(TooManyGuessesError):
        sessions.sign_in("an", PASSWORD, "10.0.0.7")
    assert sessions.sign_in("an", PASSWORD, "10.0.0.8"), "who sits at the counter"
    clock.now = FORGET
    assert sessions.sign_in("an", PASSWORD, "10.0.0.7")


def test_names_cannot_be_tried_one_after_the_other(accounts, clock, monkeypatch):
    monkeypatch.setattr(accounts, "check", lambda _name, _password: None)  # hashing takes long
    sessions = Sessions(accounts, clock)
    for number in range(GUESSES_AT_ALL):
        assert sessions.sign_in(f"name{number}", "x", "10.0.0.7") is None
    with pytest.raises(TooManyGuessesError):
        sessions.sign_in("another", "x", "10.0.0.7")


def test_who_types_it_right_in_the_end_starts_anew(sessions):
    for _ in range(3):
        for _ in range(GUESSES - 1):
            sessions.sign_in("an", "sai-mật-khẩu", "10.0.0.7")
        assert sessions.sign_in("an", PASSWORD, "10.0.0.7")


@pytest.fixture
def typed(monkeypatch, tmp_path):
    monkeypatch.setenv("KIOSK_HOME", str(tmp_path))
    answers = []
    monkeypatch.setattr("kiosk_robot.commands.accounts.getpass", lambda _asked: answers.pop(0))
    return answers


def test_the_command_makes_changes_lists_and_removes(typed, tmp_path, capsys):
    typed += [PASSWORD, PASSWORD]
    assert cli.main(["user", "add", "truc", "--role", "leader"]) == 0
    typed += [PASSWORD + "2", PASSWORD + "2"]
    assert cli.main(["user", "password", "truc"]) == 0
    assert Accounts().check("truc", PASSWORD + "2").role == "leader"
    cli.main(["user", "list"])
    assert "truc  leader" in capsys.readouterr().out
    assert cli.main(["user", "remove", "truc"]) == 0
    assert json.loads((tmp_path / "accounts.json").read_text()) == []


def test_the_command_refuses_a_slip_and_a_stranger(typed, tmp_path, capsys):
    typed += [PASSWORD, PASSWORD + "x"]
    assert cli.main(["user", "add", "truc", "--role", "leader"]) == 1
    assert "differ" in capsys.readouterr().err
    assert not (tmp_path / "accounts.json").exists()
    assert cli.main(["user", "remove", "nobody"]) == 1
    assert "no account nobody" in capsys.readouterr().err
