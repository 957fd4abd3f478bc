"""Passwords are for the robot's user alone, and no mistake in their file is told with them."""

import pytest

from kiosk_robot.secrets import Secrets, SecretsError, load_secrets


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.setenv("KIOSK_HOME", str(tmp_path))

    def write(content: str, mode: int = 0o600) -> None:
        path = tmp_path / "secrets.yaml"
        path.write_text(content, encoding="utf-8")
        path.chmod(mode)

    return write


def test_without_a_file_there_are_no_secrets(write):
    assert load_secrets() == Secrets()


def test_secrets_are_read_and_not_shown(write):
    write("booking_token: hush\nmail_password: quiet\n")
    secrets = load_secrets()
    assert (secrets.booking_token, secrets.mail_password) == ("hush", "quiet")
    assert "hush" not in repr(secrets)


@pytest.mark.parametrize(
    ("content", "mode", "message"),
    [
        ("booking_token: hush\n", 0o640, "chmod 600"),
        ("booking_tokn: hush\n", 0o600, "booking_tokn: Extra inputs"),
        ("booking_token: [hush]\n", 0o600, "booking_token: Input should be a valid string"),
        ("hush", 0o600, "the file: Input should be"),
        ("hush: [", 0o600, "not valid YAML"),
    ],
)
def test_a_faulty_file_is_refused_without_being_quoted(write, content, mode, message):
    write(content, mode)
    with pytest.raises(SecretsError, match=r"secrets\.yaml") as refused:
        load_secrets()
    assert message in str(refused.value)
    assert "hush" not in str(refused.value)
