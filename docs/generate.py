#!/usr/bin/env python3
"""Rewrites the generated sections of docs/ from the code they describe.

    .venv/bin/python docs/generate.py

A section stands between `<!-- generated: NAME -->` and `<!-- end -->`. The nodes are read as text
(`ast`), so no ROS is needed. tests/unit/test_docs.py fails when a page is stale.
"""

import ast
import importlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import yaml
from annotated_types import Ge, Le
from pydantic.fields import FieldInfo

from kiosk_robot.dialogue.politeness import Address
from kiosk_robot.dialogue.requests import HANDLERS
from kiosk_robot.dialogue.sentences import Sentences
from kiosk_robot.dialogue.session import Phase
from kiosk_robot.node_table import DEVICE_NODES, NODES
from kiosk_robot.parameters import PARAMETERS, Parameters
from kiosk_robot.paths import config_dir
from kiosk_robot.queueing.ticket import NEXT
from kiosk_robot.web.booking_service import BookingBook, create_booking_service

DOCS = Path(__file__).resolve().parent
NODE_SOURCES = DOCS.parent / "robot_ws" / "src" / "kiosk_nodes" / "kiosk_nodes"
SECTION = re.compile(r"(<!-- generated: (?P<name>[\w ]+) -->\n).*?(<!-- end -->)", re.DOTALL)
PAGES = ("ros_api.md", "architecture.md", "dialogue.md")
HEALTH = "/diagnostics"  # from nearly every node: left out of the graph
DEVICES = "devices"  # the group of lifecycle nodes in the graph


@dataclass(frozen=True, order=True)
class Endpoint:
    """One end of a topic, service or action in a node."""

    role: str
    name: str  # absolute, e.g. /queue/state
    type: str  # e.g. kiosk_interfaces/msg/QueueState
    qos: str = ""  # of topics: a name of qos.py


# Call in the nodes' code -> role, position of the type, of the name and of the QoS.
CALLS = {
    "create_publisher": ("publishes", 0, 1, 2),
    "create_subscription": ("subscribes to", 0, 1, 3),
    "create_service": ("serves", 0, 1, None),
    "create_client": ("calls", 0, 1, None),
    "serve": ("serves action", 0, 1, None),
    "ActionClient": ("uses action", 1, 2, None),
}
MEETS = {"publishes": "subscribes to", "calls": "serves", "uses action": "serves action"}
ARROWS = {"publishes": "-->", "calls": "-.->", "uses action": "==>"}


def main() -> None:
    """Rewrite every page that is stale."""
    for page, text in fresh_pages().items():
        if page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")
            print(f"renewed {page.relative_to(DOCS.parent)}")  # noqa: T201


def fresh_pages() -> dict[Path, str]:
    """Every page with its sections as the code is now.

    :raises KeyError: a page has a section that nothing generates.
    :raises ValueError: a node's code is not understood; the message names file and line.
    """
    sections = all_sections()
    pages = {
        DOCS / page: SECTION.sub(
            lambda found: f"{found[1]}\n{sections[found['name']]}\n\n{found[3]}",
            (DOCS / page).read_text(encoding="utf-8"),
        )
        for page in PAGES
    }
    return pages | {DOCS / "bookings.openapi.json": booking_contract()}


def booking_contract() -> str:
    """The OpenAPI description of the booking service."""
    book = BookingBook({}, lambda: datetime.now(UTC))
    described = create_booking_service(book, token="").openapi()
    return json.dumps(described, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def all_sections() -> dict[str, str]:
    """Section name to Markdown."""
    graph = {node.name: endpoints_of(node.name) for node in NODES}
    sections = {
        "node graph": node_graph(graph),
        "names": names_table(graph),
        "ticket life": ticket_life(),
        "phases": dialogue_chart(),
        "intents everywhere": intents_everywhere(),
        "dialogue sentences": dialogue_sentences(),
        "answer sentences": answer_sentences(),
        "common parameters": parameter_table(Parameters, Parameters.model_fields),
    }
    for node, model in PARAMETERS.items():
        own = [name for name in model.model_fields if name not in Parameters.model_fields]
        sections[f"{node} parameters"] = parameter_table(model, own)
        sections[f"{node} interfaces"] = interface_table(graph[node])
    return sections


# --- reading the nodes ------------------------------------------------------------------------


def endpoints_of(node: str) -> list[Endpoint]:
    """What a node offers and uses, in its own module and in what it imports from helpers."""
    tree = _parse(node)
    found = list(_walk(tree, _names(tree), node, node))
    nodes = {spec.name for spec in NODES}
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom) and statement.module:
            package, _, helper = statement.module.partition(".")
            if package == "kiosk_nodes" and helper not in nodes:
                found += _read_helper(helper, {alias.name for alias in statement.names}, node)
    return sorted(set(found))


def _parse(module: str) -> ast.Module:
    return ast.parse((NODE_SOURCES / f"{module}.py").read_text(encoding="utf-8"))


def _read_helper(helper: str, imported: set[str], node: str) -> Iterator[Endpoint]:
    tree = _parse(helper)
    for part in tree.body:
        if isinstance(part, ast.ClassDef | ast.FunctionDef) and part.name in imported:
            yield from _walk(part, _names(tree), helper, node)


def _walk(tree: ast.AST, names: dict[str, Any], module: str, node: str) -> Iterator[Endpoint]:
    """Every call of `CALLS`; a comprehension over a table is gone through row by row."""
    if isinstance(tree, ast.DictComp | ast.ListComp) and len(tree.generators) == 1:
        loop = tree.generators[0]
        rows = _value(loop.iter, names)
        if isinstance(rows, tuple):
            parts = [tree.key, tree.value] if isinstance(tree, ast.DictComp) else [tree.elt]
            for row in rows:
                for part in parts:
                    yield from _walk(part, names | _bound(loop.target, row), module, node)
            return
    if isinstance(tree, ast.Call):
        function = tree.func
        called = function.attr if isinstance(function, ast.Attribute) else _identifier(function)
        if called in CALLS:
            role, type_at, name_at, qos_at = CALLS[called]
            kind, name = (_value(tree.args[at], names) for at in (type_at, name_at))
            if not isinstance(kind, str) or not isinstance(name, str):
                raise ValueError(f"{module}.py:{tree.lineno}: cannot tell type and name")
            qos = _identifier(tree.args[qos_at]) if qos_at is not None else ""
            yield Endpoint(role, _absolute(name, node), kind, qos)
    for child in ast.iter_child_nodes(tree):
        yield from _walk(child, names, module, node)


def _bound(target: ast.expr, row: Any) -> dict[str, Any]:
    if isinstance(target, ast.Tuple):
        return {_identifier(name): value for name, value in zip(target.elts, row, strict=True)}
    return {_identifier(target): row}


def _names(tree: ast.Module) -> dict[str, Any]:
    """Imported types by their ROS names, imported constants, and texts assigned in the module."""
    names: dict[str, Any] = {}
    for statement in ast.walk(tree):
        if isinstance(statement, ast.ImportFrom) and statement.module:
            for alias in statement.names:
                names[alias.asname or alias.name] = _imported(statement.module, alias.name)
        elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            if isinstance(target, ast.Name) and isinstance(statement.value, ast.Constant):
                names[target.id] = statement.value.value
    return names


def _imported(module: str, name: str) -> Any:
    if module.startswith("kiosk_robot"):
        return getattr(importlib.import_module(module), name)
    if module.startswith("kiosk_nodes."):
        return _names(_parse(module.partition(".")[2])).get(name)
    return f"{module.replace('.', '/')}/{name}"  # sensor_msgs.msg, Image -> sensor_msgs/msg/Image


def _value(expression: ast.expr, names: dict[str, Any]) -> Any:
    """The value of a constant expression; None when it is none."""
    match expression:
        case ast.Constant(value):
            return value
        case ast.Name(id):
            return names.get(id)
        case ast.Attribute(ast.Name(package), kind):  # srv.IssueTicket, imported as a module
            known = names.get(package)
            return f"{known}/{kind}" if isinstance(known, str) else None
        case ast.Tuple(elements):
            return tuple(_value(element, names) for element in elements)
        case ast.JoinedStr(pieces):
            return "".join(str(_value(piece, names)) for piece in pieces)
        case ast.FormattedValue(value):
            return _value(value, names)
    return None


def _identifier(expression: ast.expr) -> str:
    return expression.id if isinstance(expression, ast.Name) else ""


def _absolute(name: str, node: str) -> str:
    if name.startswith("~/"):
        return f"/{node}/{name[2:]}"
    return name if name.startswith("/") else f"/{name}"


# --- docs/ros_api.md --------------------------------------------------------------------------


def parameter_table(model: type[Parameters], names: Iterable[str]) -> str:
    """Name, type, default, range and meaning of parameters."""
    rows = []
    for name in names:
        field = model.model_fields[name]
        default = f"`{field.default!r}`".replace("'", '"')
        rows.append((f"`{name}`", _type(field), default, _range(field), field.description or ""))
    if not rows:
        return "No parameters of its own."
    return _table(("parameter", "type", "default", "range", "meaning"), rows)


def _type(field: FieldInfo) -> str:
    if get_origin(field.annotation) is Literal:
        return type(get_args(field.annotation)[0]).__name__
    if get_origin(field.annotation):
        return str(field.annotation)
    return str(getattr(field.annotation, "__name__", field.annotation))


def _range(field: FieldInfo) -> str:
    if get_origin(field.annotation) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(field.annotation))
    low = next((bound.ge for bound in field.metadata if isinstance(bound, Ge)), None)
    high = next((bound.le for bound in field.metadata if isinstance(bound, Le)), None)
    return "" if low is None else f"{low} – {high}"


def interface_table(endpoints: list[Endpoint]) -> str:
    """What a node publishes, reads, serves and calls."""
    rows = {
        (end.role, f"`{_for_each_device(end, endpoints)}`", f"`{end.type}`", end.qos)
        for end in endpoints
    }
    return _table(("", "name", "type", "QoS"), sorted(rows))


def _for_each_device(endpoint: Endpoint, endpoints: list[Endpoint]) -> str:
    """`/DEVICE/change_state` for a name that is there once for every device node."""
    _, owner, *rest = endpoint.name.split("/")
    alike = {f"/{device}/{'/'.join(rest)}" for device in DEVICE_NODES}
    every = alike <= {other.name for other in endpoints}
    return "/".join(["", "DEVICE", *rest]) if owner in DEVICE_NODES and every else endpoint.name


# --- docs/architecture.md ---------------------------------------------------------------------


def node_graph(graph: dict[str, list[Endpoint]]) -> str:
    """Mermaid flowchart; what joins all lifecycle nodes to one node is drawn once, at the group."""
    lines = ["flowchart LR", f'  subgraph {DEVICES}["device nodes (lifecycle)"]']
    lines += [f"    {node}[[{node}]]" for node in DEVICE_NODES]
    lines += ["  end", *(f"  {node}({node})" for node in graph if node not in DEVICE_NODES)]
    for (source, arrow, target), labels in sorted(_grouped(_edges(graph)).items()):
        lines.append(f'  {source} {arrow}|"{"<br>".join(sorted(labels))}"| {target}')
    return "```mermaid\n" + "\n".join(lines) + "\n```"


def _edges(graph: dict[str, list[Endpoint]]) -> Iterator[tuple[str, str, str, str]]:
    """(source, arrow, target, label) of each connection but the health reports."""
    for source, endpoints in graph.items():
        for endpoint in endpoints:
            if endpoint.role not in MEETS or endpoint.name == HEALTH:
                continue
            for target in _peers(graph, endpoint):
                label = endpoint.name
                if label.startswith(f"/{target}/"):  # the lifecycle services every device node has
                    label = label.removeprefix(f"/{target}/")
                yield source, ARROWS[endpoint.role], target, label


def _peers(graph: dict[str, list[Endpoint]], endpoint: Endpoint) -> list[str]:
    """Nodes at the other end of a topic, service or action."""
    wanted = MEETS[endpoint.role]
    peers = [
        node
        for node, others in graph.items()
        if any((other.role, other.name) == (wanted, endpoint.name) for other in others)
    ]
    owner = endpoint.name.split("/")[1]
    if not peers and endpoint.role == "calls" and owner in graph:
        return [owner]  # lifecycle services come with rclpy's LifecycleNode
    return peers


def _grouped(edges: Iterable[tuple[str, str, str, str]]) -> dict[tuple[str, str, str], set[str]]:
    """Labels by connection, with edges of all device nodes moved to their group."""
    joined: dict[tuple[str, str, str], set[str]] = {}
    for source, arrow, target, label in edges:
        joined.setdefault((source, arrow, target), set()).add(label)
    for (source, arrow, target), labels in list(joined.items()):
        for label in list(labels):
            sources = {(device, arrow, target) for device in DEVICE_NODES}
            targets = {(source, arrow, device) for device in DEVICE_NODES}
            for alike, at_group in (
                (sources, (DEVICES, arrow, target)),
                (targets, (source, arrow, DEVICES)),
            ):
                if all(label in joined.get(edge, ()) for edge in alike):
                    for edge in alike:
                        joined[edge].remove(label)
                    joined.setdefault(at_group, set()).add(label)
                    break
    return {edge: labels for edge, labels in joined.items() if labels}


def names_table(graph: dict[str, list[Endpoint]]) -> str:
    """Every topic, service and action, with both ends."""
    ends: dict[tuple[str, str, str], tuple[list[str], list[str]]] = {}
    offering = {"publishes": "topic", "serves": "service", "serves action": "action"}
    using = {"subscribes to": "topic", "calls": "service", "uses action": "action"}
    for node, endpoints in graph.items():
        for endpoint in endpoints:
            kind = offering.get(endpoint.role) or using[endpoint.role]
            both = ends.setdefault((kind, endpoint.name, endpoint.type), ([], []))
            both[endpoint.role in using].append(node)
    rows = [
        (kind, f"`{name}`", f"`{type_}`", _all_devices(offered), _all_devices(used))
        for (kind, name, type_), (offered, used) in sorted(ends.items())
        if offered  # lifecycle services have no code of ours
    ]
    return _table(("kind", "name", "type", "offered by", "used by"), rows)


def _all_devices(nodes: list[str]) -> str:
    if set(DEVICE_NODES) <= set(nodes):
        nodes = ["every device node", *(node for node in nodes if node not in DEVICE_NODES)]
    return ", ".join(nodes) or "nobody yet"


def ticket_life() -> str:
    """Mermaid state diagram of a ticket."""
    lines = ["stateDiagram-v2", "  [*] --> RESERVED"]
    for status, following in NEXT.items():
        lines += [f"  {status.name} --> {after.name}" for after in sorted(following)]
        if not following:
            lines.append(f"  {status.name} --> [*]")
    return "```mermaid\n" + "\n".join(lines) + "\n```"


# --- docs/dialogue.md -------------------------------------------------------------------------


def dialogue_chart() -> str:
    """Mermaid state diagram: phase --intent--> phases, the general rules from "any phase"."""
    intents: dict[tuple[str, str], list[str]] = {}
    for (phase, intent), rule in HANDLERS.items():
        for following in rule.leads_to:
            source = phase.value if phase else "any_phase"
            intents.setdefault((source, following.value), []).append(intent)
    lines = ["stateDiagram-v2", "  [*] --> idle", '  state "any phase" as any_phase']
    order = ["any_phase", *(phase.value for phase in Phase)]
    for source, target in sorted(intents, key=lambda edge: [order.index(end) for end in edge]):
        lines.append(f"  {source} --> {target}: {', '.join(sorted(intents[source, target]))}")
    return "```mermaid\n" + "\n".join(lines) + "\n```"


def intents_everywhere() -> str:
    """Every rule with what it does, in words of the code."""
    rows = []
    for (phase, intent), rule in HANDLERS.items():
        does = (rule.handle.__doc__ or "").strip().splitlines()[0]
        to = ", ".join(f"`{following.value}`" for following in rule.leads_to) or "stays"
        rows.append((f"`{intent}`", f"`{phase.value}`" if phase else "any", to, does))
    return _table(("intent", "in phase", "may lead to", "what happens"), sorted(rows))


def dialogue_sentences() -> str:
    """What the dialogue says, in both languages."""
    vietnamese, english = Sentences.load("vi").by_key, Sentences.load("en").by_key
    return _sentences(vietnamese, english)


def answer_sentences() -> str:
    """Building blocks of the answers about procedures, in both languages."""
    vietnamese, english = (_prompts(f"answers.{locale}.yaml") for locale in ("vi", "en"))
    return _sentences(vietnamese, english)


def _prompts(name: str) -> dict[str, str]:
    read: dict[str, str] = yaml.safe_load((config_dir() / "prompts" / name).read_text("utf-8"))
    return read


def _sentences(vietnamese: dict[str, str], english: dict[str, str]) -> str:
    rows = [(f"`{key}`", _spoken(text), _spoken(english[key])) for key, text in vietnamese.items()]
    return _table(("key", "Vietnamese", "English"), rows)


def _spoken(text: str) -> str:
    """With the usual forms of address; what a visit fills in stays in braces."""
    for word, spoken in Address().words.items():
        text = text.replace(f"{{{word}}}", spoken)
    return text.strip()


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )


if __name__ == "__main__":
    main()
