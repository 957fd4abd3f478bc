"""A simulated day: the real queue, and people who behave as drawn."""

import json
import math
from dataclasses import replace

import pytest
import yaml

from kiosk_robot.cli import main
from kiosk_robot.config import ConfigError, load_day_plan, load_site
from kiosk_robot.paths import config_dir
from kiosk_robot.queueing.day_bench import (
    as_table,
    overtakings,
    overtakings_of_random_day,
)
from kiosk_robot.queueing.day_report import figures, lengths, promises_of
from kiosk_robot.queueing.simulation import simulate, with_one_more_counter

SEED = 4
pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def point():
    return load_site("cua_nam"), load_day_plan("cua_nam")


@pytest.fixture(scope="module")
def day(point):
    return simulate(*point, SEED)


def summary(result) -> list:
    return [(visit.number, visit.took_number, visit.called) for visit in result.visits]


def test_the_published_figures_make_some_seventy_visits_a_day(point):
    _, plan = point
    assert plan.dossiers.a_day == pytest.approx(531_269 / 85 / 126)
    assert plan.handed_in == pytest.approx(20, abs=0.1)
    assert plan.visits == pytest.approx(69.6, abs=0.1)


def test_everybody_gets_a_number_and_is_called_or_told_of(point, day):
    numbers = [visit.number for visit in day.visits]
    assert 40 < len(set(numbers)) == len(numbers)
    waiting_in_vain = {visit.number for visit in day.visits if math.isinf(visit.called)}
    assert waiting_in_vain <= set(day.unserved)
    assert all(visit.waited >= 0 for visit in day.visits)
    assert all(0 < day.busy[number] < day.staffed[number] for number in day.busy)


def test_numbers_go_to_the_screen_while_the_printer_is_down(point, day):
    site, plan = point
    assert 0 < day.on_screen < len(day.visits)
    never = plan.printer_failure.model_copy(update={"minutes": 0.0})
    whole = plan.model_copy(update={"printer_failure": never})
    assert simulate(site, whole, SEED, promising=False).on_screen == 0


def test_a_seed_is_a_day(point, day):
    assert summary(simulate(*point, SEED, promising=False)) == summary(day)
    assert summary(simulate(*point, SEED + 1, promising=False)) != summary(day)


def test_priority_citizens_wait_less_in_one_fair_queue_than_first_come_first_served(point):
    site, plan = point
    crowd = plan.model_copy(update={"advice_visits": 2.5})
    fair, fifo = (
        figures(simulate(site, crowd, SEED, policy=policy, promising=False))
        for policy in ("fair", "fifo")
    )
    assert fair["waits"]["priority"]["mean"] < 0.8 * fifo["waits"]["priority"]["mean"]
    assert fair["people"] == fifo["people"]


def test_first_come_first_served_is_just_that_at_every_counter(point):
    site, plan = point
    more = with_one_more_counter(site, plan.model_copy(update={"second_service_share": 0.0}))
    result = simulate(*more, SEED, policy="fifo", promising=False)
    for number in result.busy:
        came = [call.visit.took_number for call in result.calls if call.counter == number]
        first_calls = list(dict.fromkeys(came))
        assert first_calls == sorted(first_calls)


def test_one_more_counter_helps_the_group_with_most_work(point, day):
    site, plan = with_one_more_counter(*point)
    assert [counter.series for counter in site.counters][-1] == "A"
    more = simulate(site, plan, SEED, promising=False)
    assert more.busy["1"] < day.busy["1"]
    mean = {"before": figures(day), "after": figures(more)}
    assert mean["after"]["waits"]["ordinary"]["mean"] < mean["before"]["waits"]["ordinary"]["mean"]


def test_promises_are_mostly_kept(day):
    kept = promises_of(day.visits)
    assert kept.promises == len(day.visits)
    assert kept.within > 0.6
    assert kept.mean_error < 10


def test_a_promise_to_somebody_never_called_is_broken(day):
    first = day.visits[0]
    forgotten = replace(first, called=math.inf)
    kept = promises_of([first, forgotten])
    assert kept.within <= 0.5
    assert math.isfinite(kept.mean_error)


def test_queue_lengths_begin_and_end_with_nobody(day):
    served = [visit for visit in day.visits if math.isfinite(visit.called)]
    steps = lengths(served)
    assert steps[0][1] == steps[-1][1] == 0
    assert max(length for _, length in steps) > 0


def test_nobody_is_overtaken_beyond_the_bound_and_the_check_can_see_it():
    days = [overtakings_of_random_day(seed) for seed in range(3)]
    assert sum(day["overtakings"] for day in days) > 0
    assert sum(day["beyond"] for day in days) == 0
    strict = [overtakings_of_random_day(seed, strict=True) for seed in range(3)]
    assert sum(day["beyond"] for day in strict) > 0


def test_an_overtaking_is_told_by_how_much_later_they_came(point, day):
    site, _ = point
    call = next(call for call in day.calls if call.counter == "1" and call.at > 560)
    passed = replace(
        call.visit, took_number=call.visit.took_number - 45, issued=0.0, called=call.at + 1
    )
    day_with = replace(day, visits=[passed], calls=[call])
    assert overtakings(site, day_with) == [pytest.approx(45)]


def test_the_bench_tells_of_promises_and_of_the_order():
    promised = {"people": 2, "within": 0.85, "not_longer": 0.9, "within_as_spoken": 0.9}
    promised |= {"mean_error": 2.5, "peer_mean_error": 4.5}
    day = {"days": 1, "people": 7, "all": promised, "queued": promised}
    order = {"days": 3, "people": 9, "overtakings": 4, "beyond": 0, "closest_to_bound": 0.9}
    page = as_table(
        dict.fromkeys(("ordinary", "crowded", "guess_half"), day),
        {"ours": order, "priority_always_first": order | {"beyond": 2}},
    )
    assert "| ordinary days | 7 | 85.0% | 90.0% | 90.0% | 2.5 | 4.5 |" in page
    assert "| priority always first | 3 | 9 | 4 | 2 | 0.9 |" in page


def test_the_command_prints_the_day_and_draws_it(tmp_path, capsys):
    assert main(["simulate-day", "--seed", "3", "--counters", "+1", "--out", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "one fair queue" in shown
    assert "first come, first served" in shown
    assert "one more counter" in shown
    kept = json.loads((tmp_path / "day.json").read_text(encoding="utf-8"))
    assert "6" in kept["one fair queue"]["utilisation"]
    assert "7" in kept["one more counter"]["utilisation"]
    for name in ("queues", "waits", "utilisation", "promises"):
        assert "<svg" in (tmp_path / f"{name}.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "wrong", [["--seed", "-1"], ["--seed", "x"], ["--counters", "99"], ["--policy", "random"]]
)
def test_the_command_refuses_what_it_cannot_play(wrong):
    with pytest.raises(SystemExit):
        main(["simulate-day", *wrong])


def test_a_site_without_a_day_is_said(capsys):
    assert main(["simulate-day", "--site", "nowhere"]) == 1
    assert "no such site" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"booked_share": 0.95}, "shares of priority classes and bookings exceed 1"),
        ({"peaks": [{"at": "09:00", "minutes": 30, "share": 0.6}] * 2}, "peaks exceed 1"),
        ({"service": {}}, "no service time for"),
        ({"rota": {"9": []}}, "does not fit the site: 1, 2, 3, 4, 5, 9"),
        ({"priority": {"vip": 0.1}}, "does not fit the site: vip"),
        ({"visitors": 3}, "visitors: unknown key"),
    ],
)
def test_a_day_that_cannot_be_is_refused(tmp_path, monkeypatch, change, message):
    shipped = yaml.safe_load((config_dir() / "days" / "cua_nam.yaml").read_text(encoding="utf-8"))
    site = (config_dir() / "sites" / "cua_nam.yaml").read_text(encoding="utf-8")
    for folder, text in (("days", yaml.safe_dump(shipped | change)), ("sites", site)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "here.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("KIOSK_CONFIG", str(tmp_path))
    with pytest.raises(ConfigError, match=message):
        load_day_plan("here")
