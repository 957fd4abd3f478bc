"""Where configuration is read from and where the robot keeps its data."""

import os
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def config_dir() -> Path:
    """Folder of kiosk.yaml, sites/ and prompts/: `KIOSK_CONFIG`, else the repository's config/.

    :raises FileNotFoundError: there is no such folder.
    """
    directory = Path(os.environ.get("KIOSK_CONFIG") or REPOSITORY / "config")
    if not directory.is_dir():
        raise FileNotFoundError(f"no configuration directory {directory}; set KIOSK_CONFIG to it")
    return directory


def data_dir() -> Path:
    """Folder of the database, logs and run files: `KIOSK_HOME`, else the repository's var/."""
    return Path(os.environ.get("KIOSK_HOME", REPOSITORY / "var"))


def models_dir() -> Path:
    """Folder of speech models, which `kiosk models install` fills: `KIOSK_HOME`/models."""
    return data_dir() / "models"


def prepared_dir() -> Path:
    """Folder of what set-up prepares from the project's data: part of the Python environment."""
    return Path(sys.prefix) / "var" / "kiosk"
