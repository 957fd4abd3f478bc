"""Passwords and tokens of this robot: `secrets.yaml` in the data folder, for its user alone."""

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kiosk_robot.paths import data_dir

FILE = "secrets.yaml"
SAFE_ADDRESS = r"^(https://.+|http://(127\.0\.0\.1|localhost)([:/].*)?)?$"
"""Addresses that secrets may be sent to: encrypted, or on this machine. Empty: none."""


class SecretsError(Exception):
    """The file cannot be used; the message never quotes it."""


class Secrets(BaseModel):
    """What the robot shows to the services it talks to; empty: the service asks for none."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    booking_token: str = Field("", repr=False)
    webhook_secret: str = Field("", repr=False)
    mail_user: str = Field("", repr=False)
    mail_password: str = Field("", repr=False)


def load_secrets() -> Secrets:
    """The secrets of this robot; all empty when there is no file.

    :raises SecretsError: others may read it, or it is not what it should be.
    """
    path = data_dir() / FILE
    try:
        if path.stat().st_mode & 0o077:
            raise SecretsError(f"{path}: others may read it; chmod 600 {path}")
        return Secrets.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except FileNotFoundError:
        return Secrets()
    except OSError as error:
        raise SecretsError(f"{path}: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise SecretsError(f"{path}: not valid YAML") from None
    except ValidationError as error:
        problem = error.errors(include_input=False)[0]
        where = ".".join(map(str, problem["loc"])) or "the file"
        raise SecretsError(f"{path}: {where}: {problem['msg']}") from None
