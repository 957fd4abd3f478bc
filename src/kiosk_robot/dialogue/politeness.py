"""How the robot and the citizen call each other, following the citizen's own pronouns.

Vietnamese has no neutral "I" and "you": the pair says who is older. The robot begins as the
youngest ("cháu" to "bác") and takes the pair the citizen offers. Those who make themselves the
younger one (em, con, cháu) or an equal (mình, bạn) get "bạn" and "mình": a robot is nobody's elder,
and a grown-up who says "cháu" to an office must not be spoken to like a child.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Self

_ELDERS = ("bác", "cô", "chú", "ông", "bà", "cụ", "dì", "cậu", "mợ", "thím", "dượng")
_PAIRS = {
    **{elder: (elder, "cháu") for elder in _ELDERS},
    **{sibling: (sibling, "em") for sibling in ("anh", "chị")},
    **dict.fromkeys(("em", "con", "cháu", "mình", "tớ"), ("bạn", "mình")),
}
_SELF = "|".join(_PAIRS)
_TALKED_ABOUT = r"(?:con|cháu)"
# What only a speaker says of herself: "bác muốn …", "cho em hỏi …", "giúp cô với". Children and
# relatives are talked about in every second request ("con tôi", "khai sinh cho cháu"), so a bare
# pronoun tells nothing, and con and cháu count only where a sentence begins.
_WISHES = (
    r"muốn|cần|hỏi|xin|định|nhờ|tính|chào|chưa biết|không biết|đến (?:đây )?(?:để )?(?:làm|hỏi)"
)
_SPEAKS = re.compile(
    rf"(?:(?<=[,.;!?] )|(?<=ơi )|(?<=ạ )|(?<=dạ )|^|\b(?!{_TALKED_ABOUT}\b))"
    rf"(?:(?P<wish>{_SELF}) (?:đang |cũng |chỉ |mới |vừa )?(?:{_WISHES})\b"
    rf"|cho (?P<ask>{_SELF}) (?:hỏi|xin|gặp|biết|nhờ)\b"
    rf"|(?:giúp|hộ|bảo|chỉ)(?: cho)? (?P<help>{_SELF}) (?:với|nhé|cái|tí|chút)\b)"
)
_CALLS = re.compile(r"\b(?P<called>cháu|con|em|anh|chị|cô|chú|bác|bạn) ơi\b")
_NOT_ONESELF = re.compile(r"\b(?:anh|chị|em|cô|chú|bác|ông|bà|con|cháu) (?:ấy|ta|kia|này)\b")


@dataclass(frozen=True, slots=True)
class Address:
    """The words the robot uses for the citizen and for itself, lower case."""

    citizen: str = "bác"
    robot: str = "cháu"

    @classmethod
    def from_text(cls, text: str, previous: Self | None = None) -> Self:
        """The address an utterance asks for; `previous` (or the default) when it says nothing.

        The citizen's own pronoun decides ("chị muốn làm khai sinh" -> chị/em); without one, what
        they call the robot does ("em ơi" -> anh chị/em). "Tôi" keeps the previous address.
        """
        heard = " ".join(unicodedata.normalize("NFC", text).lower().split())
        spoken = _SPEAKS.search(_NOT_ONESELF.sub(" ", heard))
        if spoken:
            return cls(*_PAIRS[spoken["wish"] or spoken["ask"] or spoken["help"]])
        called = _CALLS.search(heard)
        before = previous or cls()
        if called is None:
            return before
        if called["called"] in ("cháu", "con"):
            return before if before.robot == "cháu" else cls()
        if called["called"] == "em":
            return before if before.robot == "em" else cls("anh chị", "em")
        return cls("bạn", "mình")

    @property
    def capitalised(self) -> "Address":
        """The same pair for the start of a sentence."""
        return Address(self.citizen.capitalize(), self.robot.capitalize())

    @property
    def words(self) -> dict[str, str]:
        """Values of the prompts' placeholders {citizen}, {Citizen}, {robot} and {Robot}."""
        first = self.capitalised
        return {
            "citizen": self.citizen,
            "Citizen": first.citizen,
            "robot": self.robot,
            "Robot": first.robot,
        }
