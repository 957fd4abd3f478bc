"""The supervisor with tiny programs in place of the nodes."""

import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

import kiosk_robot.supervisor
from kiosk_robot.node_table import NodeSpec
from kiosk_robot.supervisor import Supervisor

pytestmark = pytest.mark.thorough

PATIENCE = 10.0  # seconds until a test gives up waiting
STEADY = "import signal; signal.signal(signal.SIGTERM, lambda *_: exit(0))\n"
STEADY += "print('up', flush=True)\n"
STEADY += "while True: signal.pause()"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)\n"
STUBBORN += "while True: signal.pause()"
DYING = "exit(3)"


def wait_for(condition, what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited {PATIENCE:.0f} s for {what}"
        time.sleep(0.005)


def alive(pid: int) -> bool:
    """Whether a process runs; a dead one that nobody has reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Robot:
    """A running supervisor; `nodes` gives each node's program."""

    def __init__(self, folder: Path, nodes: dict[str, str], **parameters) -> None:
        package = folder / "code" / "kiosk_nodes"
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").touch()
        for name, program in nodes.items():
            (package / f"{name}.py").write_text(program)
        self.told: list[str] = []
        self.folder = folder
        self.nodes = list(nodes)
        self.supervisor = Supervisor(
            parameters,
            folder,
            {"PYTHONPATH": str(folder / "code")},
            self.told.append,
            [NodeSpec(name) for name in nodes],
        )
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self.supervisor.run, args=(self._ended,))
        self._thread.start()

    def pid(self, node: str) -> int:
        try:
            return self.supervisor.pid(node)
        except LookupError:
            return 0

    def pids(self) -> list[int]:
        wait_for(lambda: all(map(self.pid, self.nodes)), "every node to run")
        return [self.pid(node) for node in self.nodes]

    def wait_up(self) -> None:
        """Until every node has come so far that it ends when asked."""
        wait_for(
            lambda: all(self.log(node).endswith("up\n") for node in self.nodes),
            "every node to be up",
        )

    def stop(self) -> None:
        self._ended.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()

    def log(self, node: str, run: str = "") -> str:
        return (self.folder / "log" / f"{node}.log{run}").read_text()


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(kiosk_robot.supervisor, "WATCH_PERIOD", 0.01)
    monkeypatch.setattr(kiosk_robot.supervisor, "STOP_PATIENCE", 0.3)
    robots: list[Robot] = []

    def run(nodes: dict[str, str], **parameters) -> Robot:
        robots.append(Robot(tmp_path, nodes, **parameters))
        return robots[-1]

    yield run
    for robot in robots:
        robot.stop()


def test_a_killed_node_is_started_again_and_the_others_are_left_alone(start):
    robot = start({"camera": STEADY, "queue": STEADY})
    camera, queue = robot.pids()
    os.kill(camera, signal.SIGKILL)
    wait_for(lambda: robot.pid("camera") not in (0, camera), "the camera to run again")
    assert robot.pid("queue") == queue
    assert "camera: died (SIGKILL)" in robot.told[0]
    assert str(robot.folder / "log" / "camera.log") in robot.told[0]
    assert "camera: started again" in robot.told


def test_a_node_that_dies_at_once_is_started_ever_more_rarely(start):
    robot = start({"camera": DYING})
    wait_for(lambda: len([t for t in robot.told if "died" in t]) >= 3, "three deaths")
    waits = [
        float(found[1])
        for told in robot.told
        if (found := re.search(r"exit status 3\), starts again in ([\d.]+) s", told))
    ]
    assert waits[:3] == [0.2, 0.4, 0.8]


def test_stopping_leaves_no_process_and_tells_of_no_death(start):
    robot = start({"camera": STEADY, "queue": STEADY, "presence": STEADY})
    pids = robot.pids()
    robot.wait_up()
    robot.stop()
    assert not any(map(alive, pids))
    assert robot.told == []


def test_a_node_that_does_not_end_is_killed(start):
    robot = start({"camera": STUBBORN})
    [pid] = robot.pids()
    robot.wait_up()
    robot.stop()
    assert not alive(pid)
    assert robot.told == ["camera: does not end, killed"]


def test_stopping_while_a_node_waits_to_be_started_again(start):
    robot = start({"camera": DYING})
    wait_for(lambda: robot.told, "a death")
    robot.stop()
    assert robot.pid("camera") == 0


def test_each_node_has_a_log_and_the_run_before_is_kept(start):
    for run in ("first", "second", "third"):
        robot = start({"camera": f"print({run!r})\n{STEADY}", "queue": STEADY})
        robot.wait_up()
        robot.stop()
    assert robot.log("camera") == "third\nup\n"
    assert robot.log("camera", run=".1") == "second\nup\n"
    assert robot.log("queue") == "up\n"


def test_what_a_node_complains_of_is_in_its_log(start):
    robot = start({"camera": "import no_such_library"})
    wait_for(lambda: "no_such_library" in robot.log("camera"), "the complaint")


def test_every_node_is_given_the_parameters(start):
    program = f"import sys; print(open(sys.argv[-1]).read())\n{STEADY}"
    robot = start({"camera": program}, camera={"width": 640}, queue={})
    robot.wait_up()
    assert robot.log("camera").split() == ["camera:", "ros__parameters:", "width:", "640", "up"]


def test_a_node_that_does_not_run_has_no_process_id(start):
    robot = start({"camera": STEADY})
    with pytest.raises(LookupError, match="queue is not running"):
        robot.supervisor.pid("queue")


def test_when_the_supervisor_is_killed_its_nodes_die_with_it(tmp_path):
    package = tmp_path / "code" / "kiosk_nodes"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "camera.py").write_text(STUBBORN)
    program = f"""
        import threading
        from pathlib import Path
        from kiosk_robot.node_table import NodeSpec
        from kiosk_robot.supervisor import Supervisor

        folder = Path({str(tmp_path)!r})
        environment = {{"PYTHONPATH": str(folder / "code")}}
        robot = Supervisor({{}}, folder, environment, print, [NodeSpec("camera")])
        threading.Thread(target=robot.run, args=(threading.Event(),)).start()
        while True:
            try:
                print(robot.pid("camera"), flush=True)
                break
            except LookupError:
                pass
    """
    supervisor = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True
    )
    log = tmp_path / "log" / "camera.log"
    try:
        node = int(supervisor.stdout.readline())
        wait_for(lambda: "up" in log.read_text(), "the node to be up")
        assert alive(node)
    finally:
        supervisor.kill()
        supervisor.communicate()
    wait_for(lambda: not alive(node), "the node to die")
