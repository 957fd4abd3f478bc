"""The site file: what the ward decides, checked when it is read."""

from datetime import date
from pathlib import Path
from typing import get_args

import pytest
import yaml
from pydantic import ValidationError

from kiosk_robot.catalogue.model import CounterGroup
from kiosk_robot.config import ConfigError, load_site
from kiosk_robot.paths import config_dir
from kiosk_robot.site import Identity

SHIPPED = yaml.safe_load((config_dir() / "sites" / "cua_nam.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Read a site file that holds this."""
    monkeypatch.setenv("KIOSK_CONFIG", str(tmp_path))
    (tmp_path / "sites").mkdir()

    def read(content: object):
        path = tmp_path / "sites" / "here.yaml"
        path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        return load_site("here")

    return read


def counters(**changes: object) -> dict:
    first, *rest = SHIPPED["counters"]
    return {**SHIPPED, "counters": [{**first, **changes}, *rest]}


def monday(*hours: tuple[str, str]) -> dict:
    periods = [{"opens": opens, "closes": closes} for opens, closes in hours]
    return {**SHIPPED, "opening_hours": {"monday": periods}}


def without(key: str) -> dict:
    return {k: v for k, v in SHIPPED.items() if k != key}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (without("name"), r"name: Field required"),
        ({**SHIPPED, "adress": "29"}, r"adress: unknown key; did you mean address\?"),
        (counters(plaec="ở cửa"), r"counters\.0\.plaec: unknown key"),
        (counters(number="một"), r"counters\.0\.number: .*\(found 'một'\)"),
        (counters(series="AB"), r"counters\.0\.series: .*\(found 'AB'\)"),
        (counters(number="2"), r"two counters have the same number"),
        (counters(groups=[]), r"counters\.0\.groups"),
        (counters(groups=["residence"]), r"no counter for civil_status"),
        (counters(groups=["post"]), r"counters\.0\.groups\.0: .*\(found 'post'\)"),
        ({**SHIPPED, "counters": []}, r"counters: .*at least 1 item"),
        ({**SHIPPED, "timezone": "Asia/Cua_Nam"}, r"no such time zone: Asia/Cua_Nam"),
        ({**SHIPPED, "alert_rating": 6}, r"alert_rating: .*\(found 6\)"),
        (monday(("8 giờ", "12:00")), r"monday\.0\.opens: .*\(found '8 giờ'\)"),
        (monday(("08:00", "25:00")), r"monday\.0\.closes: .*\(found '25:00'\)"),
        (monday(("12:00", "08:00")), r"closes at 08:00 before it opens at 12:00"),
        ({**SHIPPED, "opening_hours": {"funday": []}}, r"opening_hours\.funday"),
        ({**SHIPPED, "codes": {"booking": "("}}, r"pattern of booking: missing \)"),
        ({**SHIPPED, "codes": {"ticket": "[a-f]+"}}, r"pattern of ticket: one group is needed"),
        ({**SHIPPED, "codes": {"parcel": "(.)"}}, r"codes\.parcel"),
        (["no", "mapping"], r"valid dictionary"),
        (None, r"valid dictionary"),
    ],
)
def test_a_mistake_is_one_clear_line(load, content, message):
    with pytest.raises(ConfigError, match=message) as refusal:
        load(content)
    assert "\n" not in str(refusal.value)
    assert "here.yaml: " in str(refusal.value)


def test_an_unknown_key_of_a_counter_is_not_taken_for_one_of_the_site(load):
    with pytest.raises(ConfigError) as refusal:
        load(counters(nmae="…"))
    assert "did you mean name" not in str(refusal.value)


def test_the_shipped_site_serves_every_group():
    site = load_site("cua_nam")
    for group in get_args(CounterGroup):
        assert group in site.counter_for(group).groups


def test_the_first_of_several_counters_of_a_group_serves_it(load):
    second = {"number": "9", "place": "ở sân", "series": "C", "groups": ["land"]}
    site = load({**SHIPPED, "counters": [*SHIPPED["counters"], second]})
    assert site.counter_for("land").number == "3"


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2026, 11, 23), [("08:00", "12:00"), ("13:00", "17:00")]),  # Monday
        (date(2026, 11, 28), [("08:00", "12:00")]),  # Saturday
        (date(2026, 11, 29), []),  # Sunday
    ],
)
def test_hours_of_a_day(day, hours):
    assert [(h.opens, h.closes) for h in load_site("cua_nam").hours_on(day)] == hours


def test_counters_are_called_as_people_say():
    assert load_site("cua_nam").counters[2].label == "quầy số 3"


@pytest.mark.parametrize("accent", ["#ffd84d", "#2f8f7f", "green", "#FFF", "#0a5248; color: red"])
def test_a_colour_that_is_hard_to_read_is_refused(accent):
    with pytest.raises(ValidationError):
        Identity(accent=accent)


@pytest.mark.parametrize("accent", ["#0a5248", "#7a1020", "#1d2f6f", "#000000"])
def test_a_ward_may_have_its_own_dark_colour(accent):
    assert Identity(accent=accent).accent == accent
