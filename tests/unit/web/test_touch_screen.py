"""The touch screen over HTTP and WebSocket, as a browser uses it."""

import asyncio
import re

import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from kiosk_robot.config import load_site
from kiosk_robot.dialogue.turn import Knowledge
from kiosk_robot.queueing.claims import SealingKey
from kiosk_robot.queueing.papers import Papers
from kiosk_robot.web.app import BACKLOG, Hub, create_app
from kiosk_robot.web.files import STATIC
from kiosk_robot.web.identity import identity_routes
from kiosk_robot.web.library import Library
from kiosk_robot.web.protection import MOST_BYTES
from kiosk_robot.web.screen import ShownForm, TouchLinks, screen_routes

pytestmark = pytest.mark.thorough

STATE = {
    "session_id": "3f2c9e1b",
    "phase": "confirm_ticket",
    "choices": [
        {"id": "affirm", "label": "Lấy số"},
        {"id": "procedure:1.001193", "label": "Đăng ký khai sinh"},
        {"id": "rating:2", "label": "2"},
        {"id": "no_such_intent", "label": "?"},
    ],
}


class Screen:
    """A robot's screen: what was pressed, and a browser before it."""

    def __init__(self, library: Library) -> None:
        self.hub = Hub()
        self.pressed = []
        self.said = []
        self.answers = []
        self.papers = []
        self.form = None
        key = SealingKey("2026-11-23", b"k" * 32)
        links = TouchLinks(
            press=self.pressed.append,
            say=self.said.append,
            answer=self.answers.append,
            read_form=self.read_form,
            sealing_key=lambda: key,
            note_papers=lambda *noted: self.papers.append(noted),
        )
        self.app = create_app(
            self.hub, identity_routes(load_site("cua_nam")), screen_routes(self.hub, links, library)
        )
        self.client = TestClient(self.app, client=("127.0.0.1", 50000))

    async def read_form(self) -> ShownForm | None:
        return self.form

    def press(self, choice_id: str) -> int:
        return self.client.post("/api/choices", json={"id": choice_id}).status_code

    def type_in(self, text: str) -> int:
        return self.client.post("/api/typed", json={"text": text}).status_code


@pytest.fixture(scope="module")
def library():
    return Library(lambda: Knowledge.read("cua_nam"))


@pytest.fixture
def screen(library):
    screen = Screen(library)
    with screen.client:
        yield screen


@pytest.fixture
def showing(screen):
    screen.hub.publish("state", STATE)
    return screen


def test_what_the_robot_asks_for_can_be_typed_and_leaves_the_screen_sealed(screen):
    assert screen.type_in("0912345678") == 202, "nothing is asked for: it is taken as said, masked"
    assert screen.said == ["091****678"]
    screen.hub.publish("state", {**STATE, "phase": "check_in"})
    assert screen.type_in("xin chào") == 422
    assert screen.type_in("0912345678") == 202
    screen.hub.publish("state", {**STATE, "phase": "comment"})
    assert screen.type_in("chờ lâu, số 001194026153") == 202
    assert screen.type_in("a" * 601) == 422
    assert [one.intent for one in screen.pressed] == ["check_in_booking", "give_feedback"]
    assert "0912345678" not in repr(screen.pressed)
    assert screen.pressed[1].slots == {"comment": "chờ lâu, số 0011****6153"}
    assert screen.answers == []


def test_the_page_is_there(screen):
    page = screen.client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    for part in ("screen.js", "styles/screen.css"):
        assert part in page.text
        assert screen.client.get(f"/static/{part}").status_code == 200


def test_every_page_has_one_sheet_in_the_wards_colour_and_asks_only_for_what_is_there(screen):
    for page in STATIC.glob("*.html"):
        loaded = re.findall(r'(?:href|src)="(/[^"#]+)[^"]*"', page.read_text())
        assert [one for one in loaded if one.endswith(".css")] == [
            f"/static/styles/{page.stem}.css"
        ]
        for path in loaded:
            if not path.startswith("/api"):
                assert screen.client.get(path).status_code == 200, (page, path)
        sheet = screen.client.get(f"/static/styles/{page.stem}.css").text
        assert "--ward: #" in sheet
        for font in re.findall(r'url\("([^"]+)"\)', sheet):
            assert screen.client.get(font).headers["content-type"] == "font/woff2"


def test_a_page_that_is_loaded_again_is_sent_again_only_when_it_has_changed(screen):
    for path in ("/", "/static/screen.js", "/static/styles/screen.css"):
        first = screen.client.get(path)
        known = {"if-none-match": first.headers["etag"]}
        again = screen.client.get(path, headers=known)
        assert (again.status_code, again.content) == (304, b"")
        assert screen.client.get(path, headers={"if-none-match": '"old"'}).content == first.content


def test_before_the_dialogue_is_there_nothing_can_be_pressed(screen):
    assert screen.client.get("/api/state").json() == {}
    assert screen.client.get("/api/health").json() == {"ready": False, "nodes": {}}
    assert screen.press("affirm") == 409


def test_the_state_is_the_newest(showing):
    assert showing.client.get("/api/state").json() == STATE
    showing.hub.publish("state", {**STATE, "phase": "listening"})
    assert showing.client.get("/api/state").json()["phase"] == "listening"


def test_health_is_the_newest(screen):
    screen.hub.publish("health", {"ready": True, "nodes": {"camera": "ok"}})
    assert screen.client.get("/api/health").json()["ready"]


@pytest.mark.parametrize(
    ("choice_id", "intent", "text"),
    [
        ("affirm", "affirm", "Lấy số"),
        ("procedure:1.001193", "ask_procedure", "Đăng ký khai sinh"),
        ("rating:2", "give_feedback", "2"),
    ],
)
def test_a_press_is_what_would_have_been_said(showing, choice_id, intent, text):
    answer = showing.client.post("/api/choices", json={"id": choice_id})
    assert (answer.status_code, answer.json()) == (202, {"pressed": choice_id})
    [understanding] = showing.pressed
    assert (understanding.intent, understanding.text) == (intent, text)


def test_what_a_press_names_comes_with_it(showing):
    showing.press("procedure:1.001193")
    showing.press("rating:2")
    procedure, rating = showing.pressed
    assert [ranked.code for ranked in procedure.procedures] == ["1.001193"]
    assert rating.slots == {"rating": "2"}


@pytest.mark.parametrize(
    ("choice_id", "status"),
    [
        ("deny", 409),  # of another phase
        ("rating:3", 409),
        ("", 409),
        ("no_such_intent", 422),  # on the screen, but nothing the robot knows
        ("x" * 61, 422),
        ("x" * MOST_BYTES, 413),
    ],
    ids=["stale", "stale rating", "empty", "unknown", "long", "oversized"],
)
def test_other_presses_are_refused(showing, choice_id, status):
    assert showing.press(choice_id) == status
    assert showing.pressed == []


def test_a_button_that_has_gone_cannot_be_pressed(showing):
    showing.hub.publish("state", {**STATE, "choices": []})
    assert showing.press("affirm") == 409


@pytest.mark.parametrize(
    "body",
    [b"", b"affirm", b"[]", b'{"id": 5}', b'{"id": null}', b"{}", b"\xff\xfe", b'{"id": "af'],
)
def test_a_body_that_is_no_press_is_refused(showing, body):
    headers = {"content-type": "application/json"}
    assert showing.client.post("/api/choices", content=body, headers=headers).status_code == 422
    assert showing.pressed == []


def test_a_form_of_another_site_presses_nothing(showing):
    """Browsers send such a form without asking; JSON they ask about first, and get no yes."""
    headers = {"content-type": "text/plain", "origin": "http://evil.example"}
    sent = showing.client.post("/api/choices", content=b'{"id": "affirm"}', headers=headers)
    assert sent.status_code == 403
    asked = showing.client.options("/api/choices", headers={"origin": "http://evil.example"})
    assert "access-control-allow-origin" not in asked.headers
    assert showing.pressed == []


def test_a_screen_gets_what_stands_then_what_comes(showing):
    showing.hub.publish("speaking", {"speaking": True})
    showing.hub.publish("caption", {"who": "robot", "text": "Bác cần gì ạ?"})  # passes, not kept
    with showing.client.websocket_connect("/ws") as socket:
        assert socket.receive_json() == {"type": "state", **STATE}
        assert socket.receive_json() == {"type": "speaking", "speaking": True}
        showing.hub.publish("caption", {"who": "robot", "text": "Vâng ạ."})
        showing.hub.publish("speaking", {"speaking": False})
        assert socket.receive_json()["text"] == "Vâng ạ."
        assert socket.receive_json() == {"type": "speaking", "speaking": False}


def test_every_screen_gets_everything(showing):
    connect = showing.client.websocket_connect
    with connect("/ws") as one, connect("/ws") as other:
        assert one.receive_json() == other.receive_json()
        showing.hub.publish("caption", {"who": "robot", "text": "Vâng ạ."})
        assert one.receive_json()["text"] == other.receive_json()["text"] == "Vâng ạ."


@pytest.mark.parametrize("origin", ["http://evil.example", "https://testserver.evil", "null"])
def test_a_page_of_another_site_may_not_listen(showing, origin):
    with (
        pytest.raises(WebSocketDisconnect) as refusal,
        showing.client.websocket_connect("/ws", headers={"origin": origin}) as socket,
    ):
        socket.receive_json()
    assert refusal.value.code == 1008


def test_its_own_page_may_listen(showing):
    with showing.client.websocket_connect("/ws", headers={"origin": "http://testserver"}) as socket:
        assert socket.receive_json()["type"] == "state"


def test_a_screen_that_lags_behind_is_cut_off_and_others_are_not():
    async def lag() -> tuple[int, bool]:
        hub = Hub()
        hub.open()
        slow, quick = hub.stream(), hub.stream()
        waiting = [asyncio.ensure_future(anext(each)) for each in (slow, quick)]
        await asyncio.sleep(0)
        for number in range(2 * BACKLOG):
            hub.publish("caption", {"n": number})
            await asyncio.sleep(0)
            assert (await waiting[1])["n"] == number
            waiting[1] = asyncio.ensure_future(anext(quick))
        await waiting[0]
        received = 1 + len([message async for message in slow])
        hub.publish("caption", {"n": -1})
        return received, (await waiting[1])["n"] == -1

    received, others_go_on = asyncio.run(lag())
    assert received <= BACKLOG + 1
    assert others_go_on


ASKING = STATE | {
    "phase": "filling_form",
    "dictating": True,
    "choices": [{"id": "answer:Chủ hộ", "label": "Chủ hộ"}],
}


def test_words_typed_for_a_form_go_to_the_form_and_nowhere_else(screen):
    screen.hub.publish("state", ASKING)
    answer = screen.client.post("/api/answers", json={"text": "0912345678"})
    assert (answer.status_code, answer.json()) == (202, {"taken": True})
    assert screen.press("answer:Chủ hộ") == 202
    assert screen.answers == ["0912345678", "Chủ hộ"]
    assert screen.pressed == []


def test_what_is_typed_while_a_form_is_filled_is_never_said_aloud(screen):
    screen.hub.publish("state", ASKING)
    assert screen.type_in("Trần Văn An") == 202
    assert (screen.answers, screen.said, screen.pressed) == (["Trần Văn An"], [], [])


def test_nothing_can_be_typed_while_nothing_is_asked(showing):
    assert showing.client.post("/api/answers", json={"text": "0912345678"}).status_code == 409
    assert showing.client.post("/api/answers", json={"text": ""}).status_code == 422
    assert showing.client.post("/api/answers", json={"text": "a" * 401}).status_code == 422
    assert showing.answers == []


def test_the_page_keeps_nothing(screen):
    """No web storage, cookie, cache or history entry that could outlive a visit."""
    scripts = ("cards", "dom", "keyboard", "screen", "telex", "tickets", "words")
    script = "".join((STATIC / f"{one}.js").read_text() for one in scripts)
    page = screen.client.get("/")
    for word in (
        "localStorage", "sessionStorage", "indexedDB", "cookie", "caches", "pushState",
        "serviceWorker",
    ):  # fmt: skip
        assert word not in script + page.text
    assert "set-cookie" not in page.headers
    assert script.count('autocomplete: "off"') == script.count('h("input"') + script.count(
        'h("form"'
    )


def test_the_number_on_the_screen_has_a_code_for_the_phone(screen):
    assert screen.client.get("/api/ticket_qr.svg").status_code == 404
    link = "http://192.168.1.10:8080/t/6f1c0a52-0b1e-4a53-9c43-0d5b6e1f8a77#A012"
    screen.hub.publish("state", STATE | {"ticket_number": "A012", "ticket_follow_url": link})
    code = screen.client.get("/api/ticket_qr.svg")
    assert code.headers["content-type"] == "image/svg+xml"
    assert code.headers["cache-control"] == "no-store"
    assert code.text.startswith("<")
    screen.hub.publish("queue", {"day": "2026-11-23", "series": [{"series": "A"}]})
    assert screen.client.get("/api/queue").json()["series"] == [{"series": "A"}]


def test_a_form_is_read_back_to_the_screen_and_not_kept_by_it(screen):
    assert screen.client.get("/api/form").status_code == 404
    line = {"name": "child", "label": "họ tên cháu bé", "value": "TRẦN MINH KHÔI"}
    screen.form = ShownForm("tờ khai khai sinh", "", (line,))
    read = screen.client.get("/api/form")
    assert read.json()["lines"] == [line]
    assert read.headers["cache-control"] == "no-store"
    assert "KHÔI" not in repr(screen.form)


@pytest.mark.parametrize("path", ["/", "/api/state", "/api/form", "/api/ticket_qr.svg"])
def test_other_machines_see_nothing_of_the_visit(screen, path):
    with TestClient(screen.app, client=("192.168.1.77", 50000)) as phone:
        assert phone.get(path).status_code == 403
        assert phone.post("/api/choices", json={"id": "affirm"}).status_code == 403
        with pytest.raises(WebSocketDisconnect), phone.websocket_connect("/ws"):
            pass
    assert screen.pressed == []


def test_procedures_are_found_with_slips_and_asked_for_as_by_name(screen):
    found = screen.client.get("/api/procedures", params={"q": "khai shin"}).json()
    assert {"code": "1.001193", "name": "Đăng ký khai sinh"} in found[:3]
    assert screen.client.get("/api/procedures", params={"q": "x" * 101}).status_code == 422
    wish = {"procedure": "1.001193", "case": "by_proxy"}
    assert screen.client.post("/api/wishes", json=wish).status_code == 202
    [asked] = screen.pressed
    assert (asked.intent, asked.case_id) == ("ask_procedure", "by_proxy")
    for wrong in ({"procedure": "9.999999"}, wish | {"case": "none"}):
        assert screen.client.post("/api/wishes", json=wrong).status_code == 404
    assert screen.client.post("/api/wishes", json={"procedure": "../etc"}).status_code == 422


def test_a_card_has_papers_by_case_fee_time_form_and_place(screen):
    card = screen.client.get("/api/procedures/1.001193").json()
    assert (card["fee"], card["counter"]) == ("Không mất tiền", "Quầy số 1")
    assert card["place"]
    assert card["case"] == "ordinary"
    other = screen.client.get("/api/procedures/1.001193", params={"case": "by_proxy"}).json()
    assert any("ủy quyền" in paper for paper in other["papers"])
    english = screen.client.get("/api/procedures/1.001193", params={"locale": "en"}).json()
    assert english["title"] == "Birth registration"
    for path in ("9.999999", "1.001193?case=none", "..%2F..%2Fetc"):
        assert screen.client.get(f"/api/procedures/{path}").status_code == 404


def test_every_answer_forbids_scripts_that_are_not_its_own(screen):
    for path in ("/", "/static/screen.js", "/api/state", "/nowhere"):
        headers = screen.client.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    for page in STATIC.glob("*.html"):
        text = page.read_text()
        assert text.count("<script") == text.count('<script type="module" src="/static/')
        assert not re.search(r"\s(?:on\w+|style)=", text), page


def test_no_path_leads_out_of_the_static_files(screen):
    for path in ("../app.py", "%2e%2e/app.py", "..%2fapp.py", "fonts/../../app.py"):
        assert screen.client.get(f"/static/{path}").status_code == 404


def test_ticked_papers_go_with_the_number_that_is_on_the_screen_and_with_no_other(screen):
    ticked = {"procedure": "1.001193", "case": "ordinary", "have": [2, 0, 2]}
    assert screen.client.post("/api/papers", json=ticked).status_code == 409
    screen.hub.publish("state", {**STATE, "ticket_id": "mine"})
    for wrong, status in (
        ({"have": [99]}, 422),
        ({"have": [-1]}, 422),
        ({"have": list(range(100))}, 422),
        ({"case": "none"}, 404),
        ({"procedure": "9.999999"}, 404),
    ):
        assert screen.client.post("/api/papers", json=ticked | wrong).status_code == status
    assert screen.papers == []
    assert screen.client.post("/api/papers", json=ticked).status_code == 202
    assert screen.papers == [("mine", "1.001193", Papers("ordinary", (0, 2)))]
