"""The technician's page: nodes, devices, engines, logs, the configuration in force, the doctor."""

import re
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Response, WebSocket
from pydantic import BaseModel

from kiosk_robot.findings import Check, Settings
from kiosk_robot.node_table import DEVICE_NODES, NODES
from kiosk_robot.parameters import PARAMETERS
from kiosk_robot.web.console import NOT_KEPT, Console
from kiosk_robot.web.examination import BusyError, Examination
from kiosk_robot.web.refusal import refusal
from kiosk_robot.web.sessions import Session

LATE = 5.0  # seconds; every node tells of itself once a second
LINES = 200  # of a log
ANSI = re.compile(r"\x1b\[[0-9;]*m")
CREDENTIALS = re.compile(r"(?<=//)[^/@\s]+(?=@)")
# Nodes that the gateway does not hear: it is itself one, and the manager tells of others.
SILENT = ("web_gateway", "lifecycle_manager")


class Command(BaseModel):
    """A command to the device nodes, as of `lifecycle_manager/manage_nodes`."""

    command: Literal["STARTUP", "PAUSE", "RESUME", "RESET"]


class Device(BaseModel):
    """A device to be checked."""

    device: Literal["ticket_printer", "dispenser", "camera", "loudspeaker", "microphone"]


class Yes(BaseModel):
    """An answer to the doctor's question."""

    yes: bool


def technician_page(
    console: Console, checks: Mapping[str, Check], settings: Settings, logs: Path
) -> APIRouter:
    """The routes of the page; all for the role `technician`.

    :param checks: of the doctor, by device. :param settings: parameters in force, by node.
    :param logs: folder of the nodes' logs.
    """
    router = APIRouter(prefix="/api/technician", tags=["technician's page"])
    technician = console.signed_in("technician")

    async def manage(command: str) -> None:
        await console.robot.ask("lifecycle_manager/manage_nodes", command=command)

    def released() -> bool:
        held = (one for one in console.told.get("devices", []) if one["name"] in DEVICE_NODES)
        return not any(one["values"].get("lifecycle") == "active" for one in held)

    def changed() -> None:
        console.hub.publish("examination", {})

    examination = Examination(checks, settings, manage, released, changed)

    def view(_session: Session) -> dict[str, Any]:
        return {
            "order": console.next_order(),
            "nodes": _nodes(console),
            "examination": examination.view,
            "devices": list(checks),
        }

    @router.get("")
    def page(
        session: Annotated[Session, Depends(technician)], response: Response
    ) -> dict[str, Any]:
        """How every node is."""
        response.headers.update(NOT_KEPT)
        return view(session)

    @router.get("/config")
    def config(_session: Annotated[Session, Depends(technician)]) -> dict[str, list[Any]]:
        """Every parameter of every node: value, whether it was set, meaning."""
        return {node: _parameters(node, settings.get(node, {})) for node in PARAMETERS}

    @router.get("/logs/{node}")
    def log(node: str, _session: Annotated[Session, Depends(technician)]) -> dict[str, Any]:
        """The last lines of a node's log. 404 for what is no node."""
        path = logs / f"{node}.log"
        if node not in {spec.name for spec in NODES} or not path.is_file():
            raise refusal(404, "Không có nhật ký này.", "There is no such log.")
        with path.open(encoding="utf-8", errors="replace") as file:
            return {"lines": [ANSI.sub("", line.rstrip()) for line in deque(file, LINES)]}

    @router.post("/manage")
    async def send(
        body: Command, session: Annotated[Session, Depends(technician)]
    ) -> dict[str, Any]:
        """Bring the device nodes to a state; they follow within seconds."""
        service = "lifecycle_manager/manage_nodes"
        await console.ask(session, service, body.command, command=body.command)
        return view(session)

    @router.post("/checks")
    async def begin(
        body: Device, session: Annotated[Session, Depends(technician)]
    ) -> dict[str, Any]:
        """Check a device with the doctor; nobody is served meanwhile. 409 while one is checked."""
        try:
            examination.begin(body.device)
        except BusyError:
            raise refusal(
                409, "Đang kiểm tra thiết bị khác.", "Another device is being checked."
            ) from None
        console.audit.note(session.account.name, "check", body.device)
        return view(session)

    @router.post("/answers")
    async def answer(body: Yes, session: Annotated[Session, Depends(technician)]) -> dict[str, Any]:
        """Answer the doctor. 409 when nothing is asked."""
        if not examination.answer(body.yes):
            raise refusal(409, "Không có câu hỏi nào.", "Nothing is asked.")
        return view(session)

    @router.websocket("/live")
    async def live(socket: WebSocket) -> None:
        """All of it, again at each change."""
        await console.show(socket, "technician", view)

    return router


def _nodes(console: Console) -> list[dict[str, Any]]:
    told = {one["name"]: one for one in console.told.get("devices", [])}
    shown = []
    for spec in NODES:
        one = told.get(spec.name)
        late = one is None or time.time() - one["seen"] > LATE
        if spec.name in SILENT:
            late = spec.name == "lifecycle_manager" and not told
        shown.append(
            {
                "name": spec.name,
                "device": spec.is_device,
                "ok": not late and (one is None or one["ok"]),
                "silent": late,
                "state": (one or {}).get("values", {}).get("lifecycle", ""),
                "message": (one or {}).get("message", ""),
                "engine": (one or {}).get("hardware", ""),
                "values": (one or {}).get("values", {}),
            }
        )
    return shown


def _parameters(node: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    """Passwords within addresses are not shown."""
    shown = []
    for name, field in PARAMETERS[node].model_fields.items():
        value = values.get(name, field.default)
        text = CREDENTIALS.sub("…", value) if isinstance(value, str) else value
        shown.append(
            {"name": name, "value": text, "set": name in values, "meaning": field.description}
        )
    return shown
