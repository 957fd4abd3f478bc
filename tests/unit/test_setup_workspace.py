"""The set-up ends with one line that names what is missing."""

import importlib.util
import platform
import subprocess
import sys
from types import ModuleType

import pytest

from kiosk_robot.paths import REPOSITORY

SCRIPT = REPOSITORY / "robot_ws" / "setup_workspace.py"


@pytest.fixture
def setup(tmp_path, monkeypatch) -> ModuleType:
    """The script as a module, in a repository of its own."""
    spec = importlib.util.spec_from_file_location("setup_workspace", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "LOG", tmp_path / "out" / "setup.log")
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "STAMPS", tmp_path / ".venv" / "kiosk-setup")
    return module


def complaint(setup: ModuleType, capsys) -> str:
    assert setup.main() == 1
    said = capsys.readouterr().err.strip()
    assert "\n" not in said
    assert said.startswith("setup: ")
    return said


def test_another_cpu_is_named(setup, monkeypatch, capsys):
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert "x86_64" in complaint(setup, capsys)


def test_an_unsupported_python_is_named(setup, monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 9, 0))
    monkeypatch.setattr(setup.shutil, "which", lambda name: None)
    assert "Python 3.11 or 3.12 is needed" in complaint(setup, capsys)


def test_another_distribution_is_named(setup, monkeypatch, capsys):
    monkeypatch.setattr(setup.shutil, "which", lambda name: None)
    assert "Debian and Ubuntu" in complaint(setup, capsys)


def test_no_network_is_named(setup, monkeypatch, capsys):
    monkeypatch.setattr(setup, "is_installed", lambda name: False)
    monkeypatch.setattr(
        setup.subprocess, "run", lambda *a, **k: subprocess.CompletedProcess(a, 100, "", "")
    )
    said = complaint(setup, capsys)
    assert "no network" in said
    assert "setup.log" in said


def test_a_missing_compiler_is_named(setup, monkeypatch):
    monkeypatch.setattr(setup.shutil, "which", lambda name: None)
    with pytest.raises(setup.SetupError, match="build-essential"):
        setup.build_workspace()


def test_a_step_is_done_once_until_its_source_changes(setup, monkeypatch, tmp_path):
    monkeypatch.setattr(setup, "REPOSITORY", tmp_path)
    monkeypatch.setattr(setup, "__file__", str(tmp_path / "script.py"))
    (tmp_path / "script.py").write_text("")
    source = tmp_path / "list"
    source.write_text("one")
    done = []
    for content in ("one", "one", "two"):
        source.write_text(content)
        setup.run_step("[1/1] Things", lambda: done.append(source.read_text()), [source])
    assert done == ["one", "two"]


def test_foreign_paths_are_rewritten_once_and_for_all(setup, tmp_path):
    site_packages = tmp_path / ".venv" / "lib" / "python3.11" / "site-packages"
    site_packages.mkdir(parents=True)
    cmake = tmp_path / ".venv" / "share" / "pkg" / "cmake" / "export.cmake"
    cmake.parent.mkdir(parents=True)
    cmake.write_text('INCLUDE "/opt/python/cp311-cp311/include/python3.11;/opt/python/other"')
    setup.rewrite_cmake_paths()
    once = cmake.read_text()
    setup.rewrite_cmake_paths()
    assert "cp311-cp311" not in once
    assert "/opt/python/other" in once
    assert cmake.read_text() == once
