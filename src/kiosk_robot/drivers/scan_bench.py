"""`kiosk bench scan`: codes of cards read from hard frames, ours beside pyzbar, OpenCV, zxing-cpp.

Every decoder sees the same frames in the same run, each frame for itself. A text is wrong when it
is not the card's, byte for byte.
"""

import json
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from kiosk_robot.drivers.qr import QrReader
from kiosk_robot.drivers.simulated.card_conditions import CONDITIONS, HD, frame_of
from kiosk_robot.drivers.simulated.card_image import Frame, draw_card
from kiosk_robot.drivers.simulated.citizens import invented_payload

FRAMES, NAMES = 40, 1500
Decoder = Callable[[Frame], list[bytes]]


class Tally:
    """What one decoder made of some frames."""

    def __init__(self) -> None:
        self.frames = self.right = self.wrong = 0
        self.ms: list[float] = []  # CPU time

    def count(self, decode: Decoder, frame: Frame, payload: bytes) -> None:
        """Have a frame decoded."""
        start = time.process_time()
        texts = decode(frame)
        self.ms.append((time.process_time() - start) * 1000)
        self.frames += 1
        self.right += texts == [payload]
        self.wrong += any(text != payload for text in texts)


def run(out: Path, frames: int = FRAMES, names: int = NAMES) -> dict[str, Any]:
    """Measure on `frames` frames a group and `names` clean ones; JSON and Markdown into `out`.

    Returns what was written.
    """
    import cv2

    cv2.setNumThreads(1)
    decoders = _decoders()
    groups: dict[str, dict[str, Tally]] = {}
    at_720p: dict[str, list[float]] = {name: [] for name in decoders}
    for condition in CONDITIONS:
        tallies = groups[condition.name] = {name: Tally() for name in decoders}
        for seed in range(frames):
            frame, payload = frame_of(condition, seed)
            for name, decode in decoders.items():
                tallies[name].count(decode, frame, payload)
        if condition.size == HD:
            for name, tally in tallies.items():
                at_720p[name] += tally.ms
    report = {
        "machine": f"{platform.machine()}, Python {platform.python_version()}, one core",
        "frames": frames * len(CONDITIONS),
        "groups": {
            group: {name: _share(tally) for name, tally in tallies.items()}
            for group, tallies in groups.items()
        },
        "decoders": {
            name: _summary([tallies[name] for tallies in groups.values()], at_720p[name])
            for name in decoders
        },
        "names": names,
        "names_exact": _names_exact(decoders, names),
    }
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, ensure_ascii=False, indent=2) + "\n"
    (out / "scan.json").write_text(text, encoding="utf-8")
    (out / "scan.md").write_text(_markdown(report), encoding="utf-8")
    return report


def _decoders() -> dict[str, Decoder]:
    import cv2
    import zxingcpp
    from pyzbar import pyzbar  # type: ignore[import-untyped]

    reader, detector = QrReader(), cv2.QRCodeDetector()
    qr_codes: Any = zxingcpp.BarcodeFormat.QRCode

    def ours(frame: Frame) -> list[bytes]:
        return [code.payload for code in reader.read(frame).codes]

    def with_pyzbar(frame: Frame) -> list[bytes]:
        gray = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        return [code.data for code in pyzbar.decode(gray, symbols=[pyzbar.ZBarSymbol.QRCODE])]

    def with_opencv(frame: Frame) -> list[bytes]:
        try:
            text, *_ = detector.detectAndDecode(frame)
        except (cv2.error, UnicodeDecodeError):
            return []
        return [text.encode()] if text else []

    def with_zxing(frame: Frame) -> list[bytes]:
        return [bytes(code.bytes) for code in zxingcpp.read_barcodes(frame, formats=qr_codes)]

    return {
        "ours": ours,
        "pyzbar": with_pyzbar,
        "OpenCV": with_opencv,
        "zxing-cpp": with_zxing,
    }


def _share(tally: Tally) -> float:
    return round(tally.right / tally.frames, 4)


def _summary(tallies: list[Tally], ms: list[float]) -> dict[str, float]:
    frames = sum(tally.frames for tally in tallies)
    return {
        "rate": round(sum(tally.right for tally in tallies) / frames, 4),
        "wrong_texts": sum(tally.wrong for tally in tallies),
        "ms_p50_720p": round(float(np.percentile(ms, 50)), 2),
        "ms_p99_720p": round(float(np.percentile(ms, 99)), 2),
    }


def _names_exact(decoders: dict[str, Decoder], names: int) -> dict[str, float]:
    """Share of names that come out exactly as they were printed, from easy frames."""
    right = dict.fromkeys(decoders, 0)
    for seed in range(names):
        payload = invented_payload(seed)
        frame = draw_card(payload, (854, 480), seed)
        for name, decode in decoders.items():
            right[name] += decode(frame) == [payload.encode()]
    return {name: round(count / names, 4) for name, count in right.items()}


def _markdown(report: dict[str, Any]) -> str:
    decoders = list(report["decoders"])
    lines = [
        "# Reading the code of a card",
        "",
        f"{report['frames']} frames in {len(report['groups'])} groups, drawn from seeds; each frame"
        f" for itself; CPU milliseconds a 720p frame; {report['machine']}.",
        "",
        "| decoder | read | wrong texts | ms p50 | ms p99 | names exact |",
        "|---|---|---|---|---|---|",
    ]
    for name, of in report["decoders"].items():
        lines.append(
            f"| {name} | {of['rate']:.1%} | {of['wrong_texts']} | {of['ms_p50_720p']:.1f}"
            f" | {of['ms_p99_720p']:.1f} | {report['names_exact'][name]:.1%} |"
        )
    lines += [
        "",
        f"Names: those of {report['names']} invented citizens, on easy frames of 854 x 480.",
        "",
        f"| group | {' | '.join(decoders)} |",
        "|---|" + "---|" * len(decoders),
    ]
    for group, shares in report["groups"].items():
        lines.append(f"| {group} | " + " | ".join(f"{shares[d]:.0%}" for d in decoders) + " |")
    return "\n".join(lines) + "\n"
