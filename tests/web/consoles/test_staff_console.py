"""The staff console over HTTP and WebSocket, with a real queue behind it."""

import pytest

from kiosk_robot.queueing.papers import Papers, TickedPapers

BIRTH = "1.001193"

pytestmark = pytest.mark.thorough


def act(browser, body, status=200):
    answer = browser.post("/api/desk/actions", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def numbers(lines):
    return [line["number"] for line in lines]


def test_before_a_counter_is_chosen_nothing_can_be_done(point):
    browser = point.sign_in("an")
    assert browser.get("/api/desk").json()["counter"] == ""
    act(browser, point.wish("next"), 409)
    assert browser.put("/api/desk/counter", json={"counter": "9"}).status_code == 422


def test_a_counter_belongs_to_one_member_of_staff(point):
    point.at_counter("an", "1")
    other = point.sign_in("binh")
    answer = other.put("/api/desk/counter", json={"counter": "1"})
    assert (answer.status_code, answer.json()["detail"]["vi"]) == (409, "Quầy 1 đang có an.")
    again = point.at_counter("an", "1")  # on another machine
    assert again.get("/api/desk").json()["counter"] == "1"


def test_who_sits_at_a_counter_is_known_by_the_code_on_the_sign(point):
    point.at_counter("an", "1")
    assert next(one.staff for one in point.queue.counters() if one.counter == "1") == "A12"


def test_the_next_one_comes_with_procedure_and_papers(point):
    point.citizen(priority="age_75")
    browser = point.at_counter("an", "1")
    now = act(browser, point.wish("next"))["now"]
    assert (now["number"], now["status"], now["calls"]) == ("A001", "called", 1)
    assert now["procedure"]
    assert now["cases"][0]["papers"]
    assert "căn cước" in now["proof"]["vi"]


def test_a_ticket_from_call_to_result(point):
    browser = point.at_counter("an", "1")
    ticket = point.citizen()
    act(browser, point.wish("next"))
    assert act(browser, point.wish("recall", ticket))["now"]["calls"] == 2
    assert act(browser, point.wish("start", ticket))["now"]["status"] == "serving"
    act(browser, point.wish("finish", ticket, reason="whatever"), 422)
    assert act(browser, point.wish("finish", ticket, reason="papers_missing"))["now"] is None
    served = point.queue.get(ticket.id)
    assert (served.status.name, served.reason) == ("SERVED", "papers_missing")


def test_parked_and_missed_tickets_can_be_taken_back(point):
    browser = point.at_counter("an", "1")
    parked, missed = point.citizen(), point.citizen()
    act(browser, point.wish("next"))
    view = act(browser, point.wish("park", parked, reason="điền tờ khai"))
    assert (numbers(view["parked"]), view["now"]) == (["A001"], None)
    for _ in range(1 + point.site.queue.put_backs):
        act(browser, point.wish("next"))
        view = act(browser, point.wish("no_show", missed))
    assert numbers(view["missed"]) == ["A002"]
    assert numbers(act(browser, point.wish("return_late", missed))["waiting"]) == ["A002"]
    assert numbers(act(browser, point.wish("unpark", parked))["waiting"]) == ["A001", "A002"]


def test_a_transfer_waits_at_the_other_counter(point):
    browser, other = point.at_counter("an", "1"), point.at_counter("binh", "2")
    ticket = point.citizen()
    act(browser, point.wish("next"))
    assert act(browser, point.wish("transfer", ticket, series="B"))["now"] is None
    assert numbers(other.get("/api/desk").json()["waiting"]) == ["A001"]


def test_who_waits_is_shown_in_order_with_class_and_minutes(point):
    browser = point.at_counter("an", "1")
    point.citizen()
    point.citizen(priority="pregnant")
    point.citizen("residence")
    waiting = browser.get("/api/desk").json()["waiting"]
    assert [(one["number"], one["priority"]) for one in waiting] == [
        ("A002", "pregnant"),
        ("A001", ""),
    ]
    assert {one["minutes"] for one in waiting} == {0}


def test_somebody_may_be_called_out_of_order_with_a_reason_only(point):
    browser = point.at_counter("an", "1")
    point.citizen()
    second = point.citizen()
    act(browser, point.wish("call", second), 409)
    assert (
        act(browser, point.wish("call", second, reason="xe cứu thương"))["now"]["number"] == "A002"
    )


def test_a_priority_is_granted_and_taken_away(point):
    browser = point.at_counter("an", "1")
    ticket = point.citizen()
    view = act(browser, point.wish("set_priority", ticket, priority="disabled"))
    assert view["waiting"][0]["priority"] == "disabled"
    assert act(browser, point.wish("set_priority", ticket))["waiting"][0]["priority"] == ""


def test_a_break_is_for_when_nobody_is_there(point):
    browser = point.at_counter("an", "1")
    point.citizen()
    act(browser, point.wish("next"))
    act(browser, point.wish("pause", reason="nghỉ"), 409)
    act(browser, point.wish("next"), 409)  # the citizen is served; nobody else waits
    view = act(browser, point.wish("pause", reason="nghỉ"))
    assert next(c for c in view["counters"] if c["counter"] == "1")["state"] == "paused"
    act(browser, point.wish("open"))
    assert act(browser, point.wish("close"))["counter"] == ""


def test_a_press_that_is_sent_again_is_done_once(point):
    browser = point.at_counter("an", "1")
    first, second = point.citizen(), point.citizen()
    press = point.wish("next")
    point.robot.silent = True
    assert "Bấm lại" in act(browser, press, 504)["detail"]["vi"]
    point.robot.silent = False
    assert act(browser, press)["now"]["number"] == "A001"
    finish = point.wish("finish", first, reason="done")
    act(browser, finish)
    act(browser, finish)
    assert numbers(browser.get("/api/desk").json()["waiting"]) == [second.number]


def test_the_robots_messages_are_seen_to_by_one(point):
    browser = point.at_counter("an", "1")
    alert = point.desk.call_staff("asked")
    [message] = browser.get("/api/desk").json()["messages"]
    assert message["by"] == ""
    path = f"/api/desk/messages/{alert.id}"
    assert browser.post(path, json={}).json()["messages"][0]["by"] == "an"
    assert browser.post(path, json={"done": "đã giúp"}).json()["messages"] == []
    assert browser.post(path, json={"done": "đã giúp"}).status_code == 404


def test_what_leaders_hear_of_is_not_shown_at_counters(point):
    browser = point.at_counter("an", "1")
    point.desk.submit("r" * 36, "s" * 36, 1, "chờ quá lâu")
    [alert] = point.desk.open_alerts()
    assert browser.get("/api/desk").json()["messages"] == []
    assert browser.post(f"/api/desk/messages/{alert.id}", json={}).status_code == 404


def test_the_page_hears_of_every_change(point):
    browser = point.at_counter("an", "1")
    with browser.websocket_connect("/api/desk/live") as live:
        assert live.receive_json()["waiting"] == []
        point.citizen()
        while not (waiting := live.receive_json()["waiting"]):
            pass
        assert numbers(waiting) == ["A001"]


def test_the_counter_sees_which_papers_the_citizen_said_to_have(point):
    browser = point.at_counter("an", "1")
    told, silent = point.citizen(), point.citizen()
    TickedPapers(point.store, point.queue).note(told.id, BIRTH, Papers("by_proxy", (0, 2)))
    now = act(browser, point.wish("next"))["now"]
    assert now["number"] == told.number
    cases = {case["label"]["vi"]: case["have"] for case in now["cases"]}
    assert [have for have in cases.values() if have is not None] == [[0, 2]]
    act(browser, point.wish("finish", told, reason="done"))
    now = act(browser, point.wish("next"))["now"]
    assert (now["number"], {one["have"] for one in now["cases"]}) == (silent.number, {None})
