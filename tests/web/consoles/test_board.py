"""The display board: what it shows, and how it calls."""

import pytest

from kiosk_robot.web.board import spoken_call

pytestmark = pytest.mark.thorough


def test_a_call_is_read_digit_by_digit():
    assert spoken_call("A012", "3").startswith("Mời số A không một hai đến quầy số ba")
    assert spoken_call("B001", "12").startswith("Mời số B không không một đến quầy số mười hai")
    assert "counter three" in spoken_call("A012", "3", "en")


def test_the_board_shows_who_is_where_and_who_gets_ready(point):
    for _ in range(5):
        point.citizen()
    point.queue.call_next("1")
    board = point.browser().get("/api/board").json()
    first = board["counters"][0]
    assert (first["counter"], first["state"], first["number"]) == ("1", "open", "A001")
    assert [one["number"] for one in board["calls"]] == ["A001"]
    assert board["next"][0] == {"series": "A", "numbers": ["A002", "A003", "A004"], "waiting": 4}


def test_a_recall_is_another_call_and_a_look_is_not(point):
    ticket = point.citizen()
    point.queue.call_next("1")
    browser = point.browser()
    [first] = browser.get("/api/board").json()["calls"]
    assert browser.get("/api/board").json()["calls"] == [first]
    point.queue.recall(ticket.id)
    [second] = browser.get("/api/board").json()["calls"]
    assert second["number"] == first["number"]
    assert second["key"] != first["key"]


def test_the_board_never_knows_who_holds_a_ticket(point):
    ticket = point.citizen(priority="disabled")
    point.queue.call_next("1")
    shown = point.browser().get("/api/board").text
    assert ticket.id not in shown
    assert "disabled" not in shown
    assert ticket.procedure_code not in shown


def test_only_a_number_that_is_called_is_spoken(point):
    browser = point.browser()
    point.citizen()
    assert browser.get("/api/board/calls/A001.wav").status_code == 404
    point.queue.call_next("1")
    wav = browser.get("/api/board/calls/A001.wav")
    assert wav.headers["content-type"] == "audio/wav"
    assert wav.content.decode().startswith("vi: Mời số A không không một đến quầy số một")
    assert browser.get("/api/board/calls/A001.wav?locale=xx").status_code == 404
    assert browser.get("/api/board/calls/<script>.wav").status_code == 404


def test_the_board_hears_of_every_call(point):
    point.citizen()
    with point.browser().websocket_connect("/api/board/live") as live:
        assert live.receive_json()["calls"] == []
        point.queue.call_next("1")
        point.tell()
        while not (calls := live.receive_json()["calls"]):
            pass
        assert calls[0]["number"] == "A001"
