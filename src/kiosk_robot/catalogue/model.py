"""What the robot knows of a procedure: one record per official code.

Facts come from the national catalogue of administrative procedures; the words are ours, short
enough to be spoken. A fact the sources leave open stays open here (`set_locally`, a duration
without a unit), so that nothing is announced that nobody has promised.
"""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

CounterGroup = Literal["civil_status", "residence", "land", "business", "social"]
OnlineChannel = Literal["national_portal", "vneid", "none"]


class Record(BaseModel):
    """Base of all catalogue records: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Fee(Record):
    """What the citizen pays, in đồng. `set_locally`: the People's Council decides the amount."""

    amount_vnd: int | None = Field(None, ge=0, description="at the counter; 0 is truly free")
    online_vnd: int | None = Field(None, ge=0, description="when it differs online")
    per: str = Field("", description="what one amount covers, e.g. 'trang', 'bản', 'trường hợp'")
    set_locally: bool = Field(False, description="never announced as free: asked at the counter")
    note: str = Field("", description="one short speakable sentence: reductions, exemptions, caps")


class Duration(Record):
    """How long the result takes. Without a unit in the source nothing is said."""

    quantity: float | None = Field(None, ge=0)
    unit: Literal["minute", "hour", "day", "working_day", "month"] | None = None
    same_day: bool = Field(False, description="returned the day it is handed in")
    note: str = Field("", description="one short speakable sentence, e.g. 'nộp sau 15 giờ …'")


class PaperCase(Record):
    """The papers for one situation a citizen can be in."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str = Field(description="the situation in a few words, spoken and on the screen")
    cues: tuple[str, ...] = Field((), description="words by which a citizen tells this case apart")
    papers: tuple[str, ...] = Field(min_length=1, description="one paper a line, short, speakable")


class Confusion(Record):
    """A procedure people mix this one up with."""

    code: str
    because: str = Field(description="what tells the two apart, for the clarifying question")


class Procedure(Record):
    """One administrative procedure, keyed by its official code plus the snapshot date."""

    code: str = Field(pattern=r"^\d\.\d{6}$")
    name: str = Field(description="short, speakable name in our words")
    official_name: str
    field: str = Field(description="lĩnh vực, as in the national catalogue")
    counter_group: CounterGroup
    snapshot: date = Field(
        description="the day the facts were taken; a month counts as its first day"
    )
    source: str
    aliases: tuple[str, ...] = Field((), description="how people ask for it")
    confused_with: tuple[Confusion, ...] = ()
    cases: tuple[PaperCase, ...] = Field((), description="empty when the papers are not known")
    fee: Fee | None = Field(None, description="None when not known")
    duration: Duration | None = Field(None, description="None when not known")
    forms: tuple[str, ...] = ()
    result: str = Field("", description="what the citizen receives")
    online: OnlineChannel = "none"
    online_note: str = ""
