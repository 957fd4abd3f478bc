"""The benchmark measures all methods on the same questions and writes both reports."""

import json
from pathlib import Path

import pytest

from kiosk_robot.understanding import bench

pytestmark = pytest.mark.thorough


def _write(path: Path, lines: list[dict[str, object]]) -> Path:
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return path


def test_the_report_counts_answers_questions_and_handovers(tmp_path: Path) -> None:
    questions = _write(
        tmp_path / "q.jsonl",
        [
            {"text": "đăng ký kết hôn", "behaviour": "answer", "accept": ["1.000894"]},
            {"text": "đăng ký kết hôn", "behaviour": "answer", "accept": ["9.999999"]},
            {"text": "xin tiền mai táng", "behaviour": "clarify", "accept": ["1.001731"]},
            {"text": "giá vàng hôm nay", "behaviour": "out_of_scope", "accept": []},
        ],
    )
    intents = _write(
        tmp_path / "i.jsonl", [{"text": "cho xin cốc nước", "intent": "request_drink"}]
    )
    report = bench.run(questions, intents, tmp_path / "out")
    ours = report["results"][0]
    assert (ours["top1"], ours["wrong_without_asking"]) == (0.5, 0.25)
    assert (ours["clarify_recall"], ours["out_of_scope_recall"]) == (1.0, 1.0)
    assert report["intent_accuracy"] == 1.0
    assert len(report["results"]) == 4
    assert json.loads((tmp_path / "out" / "understanding.json").read_text()) == report
    assert "| ours |" in (tmp_path / "out" / "understanding.md").read_text()
