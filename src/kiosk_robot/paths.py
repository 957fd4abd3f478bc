"""Where the files are that live outside the package."""

import os
from pathlib import Path


def config_dir() -> Path:
    """The `config/` directory: KIOSK_CONFIG when set, else the one at the root of the source tree.

    Raises FileNotFoundError when there is no such directory.
    """
    chosen = os.environ.get("KIOSK_CONFIG")
    directory = Path(chosen) if chosen else Path(__file__).resolve().parents[2] / "config"
    if not directory.is_dir():
        raise FileNotFoundError(f"no configuration directory {directory}; set KIOSK_CONFIG to it")
    return directory
