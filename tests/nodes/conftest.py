"""ROS nodes in one process: spun by a thread, driven from the test's own."""

import importlib.util
import os
import random
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 15.0  # seconds until a test gives up waiting

if importlib.util.find_spec("rclpy") is None:
    collect_ignore_glob = ["test_*.py"]  # a laptop without ROS runs the rest


@pytest.fixture(scope="session")
def ros(tmp_path_factory: pytest.TempPathFactory):
    """A DDS domain of our own, so that we meet no other robot."""
    os.environ["ROS_DOMAIN_ID"] = str(random.SystemRandom().randint(1, 50))
    os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"
    os.environ["ROS_LOG_DIR"] = str(tmp_path_factory.mktemp("ros_log"))
    import rclpy

    rclpy.init()
    yield
    rclpy.try_shutdown()


class Bench:
    """Nodes under test and `peer`, a node through which the test talks to them."""

    def __init__(self) -> None:
        from rclpy.executors import SingleThreadedExecutor
        from rclpy.node import Node

        self._executor = SingleThreadedExecutor()
        self._nodes: list[Any] = []
        self.peer = self.add(Node("peer"))
        self._thread = threading.Thread(target=self._spin, daemon=True)
        self._thread.start()

    def _spin(self) -> None:
        from rclpy.executors import ExternalShutdownException, ShutdownException

        with suppress(ExternalShutdownException, ShutdownException):
            self._executor.spin()

    def add(self, node: Any) -> Any:
        """Spin a node from now on."""
        self._nodes.append(node)
        self._executor.add_node(node)
        return node

    def remove(self, node: Any) -> None:
        """End a node, as when its process ends."""
        self._nodes.remove(node)
        self._executor.remove_node(node)
        self.make(node.destroy_node)  # in the thread that spins: not while a callback of it runs

    def close(self) -> None:
        self._executor.shutdown()
        self._thread.join(PATIENCE)
        for node in reversed(self._nodes):
            node.destroy_node()

    # --- lifecycle ----------------------------------------------------------------------------

    def set(self, node: Any, **parameters: Any) -> None:
        """Set parameters of a node, as a file given at its start does."""
        from rclpy.parameter import Parameter

        results = node.set_parameters([Parameter(k, value=v) for k, v in parameters.items()])
        assert all(result.successful for result in results), results

    def device(self, make: type, **parameters: Any) -> Any:
        """A device node, configured and active."""
        node = self.add(make())
        self.set(node, **parameters)
        assert self.change(node, "configure"), node.condition.detail
        assert self.change(node, "activate")
        return node

    def change(self, node: Any, transition: str) -> bool:
        """Ask a lifecycle node for a transition, over its service."""
        from lifecycle_msgs.msg import Transition
        from lifecycle_msgs.srv import ChangeState

        wanted = Transition(id=getattr(Transition, f"TRANSITION_{transition.upper()}"))
        answer = self.call(
            ChangeState, f"/{node.get_name()}/change_state", ChangeState.Request(transition=wanted)
        )
        return answer.success

    # --- talking to them ----------------------------------------------------------------------

    def call(self, kind: Any, name: str, request: Any) -> Any:
        """The answer to a service request."""
        client = self.make(lambda: self.peer.create_client(kind, name))
        assert client.wait_for_service(PATIENCE), f"no service {name}"
        answer = self.result(client.call_async(request))
        self.peer.destroy_client(client)
        return answer

    def send(self, kind: Any, name: str, feedback: Any = None, **goal: Any) -> Any:
        """The handle of a goal, accepted or not."""
        from rclpy.action import ActionClient

        client = self.make(lambda: ActionClient(self.peer, kind, name))
        assert client.wait_for_server(PATIENCE), f"no action {name}"
        return self.result(client.send_goal_async(kind.Goal(**goal), feedback))

    def act(self, kind: Any, name: str, **goal: Any) -> Any:
        """The result of a goal, which must be accepted."""
        handle = self.send(kind, name, **goal)
        assert handle.accepted
        return self.result(handle.get_result_async()).result

    def hear(self, kind: Any, name: str, qos: Any) -> list[Any]:
        """The messages of a topic, as they come; somebody publishes it already."""
        messages: list[Any] = []
        subscription = self.make(
            lambda: self.peer.create_subscription(kind, name, messages.append, qos)
        )
        self.wait_for(lambda: subscription.get_publisher_count() > 0, f"a publisher of {name}")
        return messages

    def publisher(self, kind: Any, name: str, qos: Any) -> Any:
        """A publisher whose subscriber is there already."""
        publisher = self.make(lambda: self.peer.create_publisher(kind, name, qos))
        self.wait_for(lambda: publisher.get_subscription_count() > 0, f"a subscriber of {name}")
        return publisher

    def make(self, maker: Any) -> Any:
        """What `maker` makes, in the thread that spins.

        rclpy shows an entity to the executor before it is whole.
        """
        return self.result(self._executor.create_task(maker))

    def result(self, future: Any) -> Any:
        self.wait_for(future.done, "an answer")
        return future.result()

    def wait_for(self, condition: Any, what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"waited {PATIENCE:.0f} s for {what}"
            assert self._thread.is_alive(), "an exception in a callback ended the nodes"
            time.sleep(0.01)


@pytest.fixture
def bench(ros: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("KIOSK_HOME", str(tmp_path))
    bench = Bench()
    yield bench
    bench.close()


@pytest.fixture
def devices(tmp_path: Path):
    """Simulated devices, fifty times as fast as real ones."""
    from kiosk_robot.drivers.simulated.devices import SimulatedDevices

    with SimulatedDevices(tmp_path / "devices", speed=50.0) as devices:
        yield devices
