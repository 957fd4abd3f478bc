"""`kiosk scan`: what the robot reads on pictures of cards; and its benchmarks."""

import json
import time
from argparse import Namespace
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kiosk_robot.commands.parsers import Commands, console
from kiosk_robot.config import load_site
from kiosk_robot.documents import parse_card
from kiosk_robot.documents.codes import CITIZEN_CARD, Document, recognise
from kiosk_robot.parameters import PARAMETERS
from kiosk_robot.site import CodeKind


class ScanError(Exception):
    """Not every file could be read; which ones stands in the lines above."""


def add(commands: Commands, benches: Commands) -> None:
    """Add the commands of this area."""
    scan = commands.add_parser("scan", help="read the codes on pictures, numbers masked")
    scan.add_argument("files", nargs="+", type=Path, metavar="FILE", help="picture")
    scan.add_argument("--json", action="store_true", help="one JSON object a file")
    scan.add_argument("--reveal", action="store_true", help="personal fields in full")
    scan.set_defaults(run=_scan)

    bench = benches.add_parser("scan", help="codes read from hard frames, beside other decoders")
    bench.add_argument("--out", type=Path, default=Path("benchmarks"), help="folder for the tables")
    bench.set_defaults(run=_bench)

    card = benches.add_parser("card", help="from a card shown to the name spoken, all nodes")
    card.add_argument("--out", type=Path, default=Path("benchmarks"), help="folder for the tables")
    card.set_defaults(run=_bench_card)


def _scan(arguments: Namespace) -> None:
    site = load_site(PARAMETERS["document_scanner"].model_fields["site"].default)
    unread = 0
    for line in _lines(arguments.files, site.codes, arguments.reveal):
        unread += "error" in line
        shown = line.items() if not arguments.json else ()
        text = "  ".join(f"{key}={value}" for key, value in shown if value not in ("", []))
        print(text or json.dumps(line, ensure_ascii=False), flush=True)
    if unread:
        raise ScanError(f"{unread} of {len(arguments.files)} files not read")


def _lines(
    files: list[Path], patterns: Mapping[CodeKind, str], reveal: bool
) -> Iterator[dict[str, Any]]:
    from kiosk_robot.drivers.frame_source import read_image
    from kiosk_robot.drivers.qr import QrReader

    reader = QrReader()
    for file in files:
        if not file.is_file():
            yield {"file": str(file), "error": "no such file"}
            continue
        frame = read_image(file)
        if frame is None:
            yield {"file": str(file), "error": "not a picture"}
            continue
        start = time.perf_counter()
        codes = reader.read(frame).codes
        ms = round(1000 * (time.perf_counter() - start), 1)
        if not codes:
            yield {"file": str(file), "error": "no code can be read", "ms": ms}
        for code in codes:
            document = recognise(code.payload, patterns)
            kind = document.kind if document else "unknown"
            fields = _fields(document, reveal)
            yield {
                "file": str(file),
                "kind": kind,
                "fields": fields,
                "decoder": code.view,
                "ms": ms,
            }


def _fields(document: Document | None, reveal: bool) -> dict[str, Any]:
    """What may be shown; nothing of a code nobody knows."""
    if document is None:
        return {}
    if document.kind != CITIZEN_CARD:
        return {"reference": document.text}
    card = parse_card(document.text)
    return card.in_full() if reveal else card.masked()


def _bench(arguments: Namespace) -> None:
    from kiosk_robot.drivers.scan_bench import run

    run(arguments.out)
    print((arguments.out / "scan.md").read_text(encoding="utf-8"))


def _bench_card(arguments: Namespace) -> None:
    from kiosk_robot.card_to_name import run

    run(arguments.out, console.print)
    print((arguments.out / "card_to_name.md").read_text(encoding="utf-8"))
