from pathlib import Path

import pytest

from kiosk_robot.dialogue.prompts import PromptError, load_prompts
from kiosk_robot.dialogue.sentences import Sentences
from kiosk_robot.paths import config_dir

EXPECTED = {"hello": frozenset({"name"}), "bye": frozenset[str]()}


def test_a_good_file_gives_its_phrases(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("hello: Chào {citizen}, {name}\nbye: '{Robot} chào'\n", encoding="utf-8")
    assert load_prompts(path, EXPECTED) == {
        "hello": "Chào {citizen}, {name}",
        "bye": "{Robot} chào",
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("hello: a\n", "'bye' is missing"),
        ("hello: a\nbye: b\nbey: c\n", "'bey' is unknown"),
        ("hello: a {nmae}\nbye: b\n", "'hello' has no placeholder {nmae}"),
        ("hello: a {\nbye: b\n", "'hello'"),
        ("hello: 3\nbye: b\n", "'hello' must be a text"),
        ("hello: ''\nbye: b\n", "'hello' must be a text"),
        ("- hello\n", "a mapping"),
        ("hello: [", "cannot be read"),
    ],
)
def test_a_bad_file_is_refused_by_name(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(PromptError, match=r"p\.yaml") as refused:
        load_prompts(path, EXPECTED)
    assert message in str(refused.value)


def test_the_fixed_sentences_are_ready_to_be_said() -> None:
    fixed = Sentences.load("vi").fixed()
    assert "Vâng, cháu nói chậm lại ạ." in fixed
    assert not [sentence for sentence in fixed if "{" in sentence]


def test_a_missing_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(PromptError, match=r"none\.yaml"):
        load_prompts(tmp_path / "none.yaml", EXPECTED)


def test_the_configuration_directory_can_be_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIOSK_CONFIG", str(tmp_path))
    assert config_dir() == tmp_path
    monkeypatch.setenv("KIOSK_CONFIG", str(tmp_path / "none"))
    with pytest.raises(FileNotFoundError, match="KIOSK_CONFIG"):
        config_dir()
    monkeypatch.delenv("KIOSK_CONFIG")
    assert (config_dir() / "prompts" / "answers.vi.yaml").is_file()
