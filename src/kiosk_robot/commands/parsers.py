"""What every area's commands are made of."""

from argparse import ArgumentParser, _SubParsersAction
from typing import TypeAlias

from rich.console import Console

Commands: TypeAlias = "_SubParsersAction[ArgumentParser]"

console = Console(highlight=False, soft_wrap=True)
