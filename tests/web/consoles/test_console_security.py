"""What somebody who should not, tries at the consoles; and that it is refused."""

import pytest
from starlette.websockets import WebSocketDisconnect

from kiosk_robot.web.console import COOKIE
from kiosk_robot.web.protection import MOST_BYTES
from kiosk_robot.web.sessions import GUESSES

pytestmark = pytest.mark.thorough
ELSEWHERE = {"origin": "http://elsewhere.example"}


def guarded(point) -> list[tuple[str, str]]:
    """Method and path of everything behind the sign-in."""
    described = point.app.openapi()["paths"]
    prefixes = ("/api/desk", "/api/leader", "/api/technician", "/api/me", "/api/sign_out")
    return [
        (method.upper(), path.replace("{alert_id}", "5f0c2f6e-6c51-4b5e-9f6b-0f2a3c1d7e88"))
        for path, methods in described.items()
        for method in methods
        if path.startswith(prefixes)
    ]


def test_nothing_of_the_consoles_is_there_for_who_is_not_signed_in(point):
    browser = point.browser()
    assert len(guarded(point)) >= 6
    for method, path in guarded(point):
        answer = browser.request(method, path, json={})
        assert answer.status_code == 401, (method, path)
    for socket in ("/api/desk/live", "/api/leader/live", "/api/technician/live"):
        with (
            pytest.raises(WebSocketDisconnect) as closed,
            browser.websocket_connect(socket) as live,
        ):
            live.receive_json()
        assert closed.value.code == 1008


@pytest.mark.parametrize(
    ("name", "own"), [("an", "/api/desk"), ("truc", "/api/leader"), ("ky-thuat", "/api/technician")]
)
def test_a_role_opens_its_own_page_and_no_other(point, name, own):
    browser = point.sign_in(name)
    for method, path in guarded(point):
        if path.startswith(("/api/me", "/api/sign_out", own)):
            continue
        assert browser.request(method, path, json={}).status_code == 403, (method, path)
    assert f'"who": "{name}"' in point.audit()
    assert '"outcome": "refused"' in point.audit()


def test_the_cookie_cannot_be_read_by_a_script_nor_sent_from_another_site(point):
    answer = point.browser().post("/api/sign_in", json={"name": "an", "password": point.password})
    flags = answer.headers["set-cookie"].lower()
    assert "httponly" in flags
    assert "samesite=strict" in flags


def test_over_https_the_cookie_stays_on_https(point):
    from fastapi.testclient import TestClient

    far = TestClient(point.app, base_url="https://robot.example", client=("10.0.0.7", 1))
    answer = far.post("/api/sign_in", json={"name": "an", "password": point.password})
    assert "secure" in answer.headers["set-cookie"].lower()


def test_a_password_never_travels_over_an_open_line(point):
    from fastapi.testclient import TestClient

    far = TestClient(point.app, base_url="http://192.168.1.5:8080", client=("192.168.1.9", 1))
    answer = far.post("/api/sign_in", json={"name": "an", "password": point.password})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_guessing_passwords_is_stopped(point):
    browser = point.browser()
    for _ in range(GUESSES):
        answer = browser.post("/api/sign_in", json={"name": "an", "password": "sai"})
        assert answer.status_code == 401
    answer = browser.post("/api/sign_in", json={"name": "an", "password": point.password})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 15 * 60 + 1


def test_what_somebody_types_as_a_name_is_not_written_down(point):
    point.browser().post("/api/sign_in", json={"name": point.password, "password": "an"})
    assert point.password not in point.audit()
    assert '"outcome": "wrong"' in point.audit()


def test_a_stolen_cookie_alone_changes_nothing(point):
    browser = point.at_counter("an", "1")
    ticket = point.citizen()
    token = browser.headers.pop("x-csrf-token")
    for forged in ("", "x", token[:-1], token + "x"):
        headers = {"x-csrf-token": forged} if forged else {}
        answer = browser.post("/api/desk/actions", json=point.wish("next"), headers=headers)
        assert answer.status_code == 403
    assert point.queue.get(ticket.id).people_ahead == 0
    assert point.queue.at_counter("1") is None


def test_a_page_of_another_site_can_neither_press_nor_listen(point):
    browser = point.at_counter("an", "1")
    for path, body in (
        ("/api/desk/actions", point.wish("next")),
        ("/api/sign_in", {"name": "an", "password": point.password}),
        ("/api/choices", {"id": "affirm"}),
    ):
        assert browser.post(path, json=body, headers=ELSEWHERE).status_code == 403
    for path in ("/api/desk/live", "/api/leader/live", "/api/technician/live", "/api/board/live"):
        with (
            pytest.raises(WebSocketDisconnect) as closed,
            browser.websocket_connect(path, headers=ELSEWHERE),
        ):
            pass
        assert closed.value.code == 1008


def test_a_ticket_of_another_counter_cannot_be_touched(point):
    theirs = point.citizen("residence")
    other = point.at_counter("binh", "2")
    other.post("/api/desk/actions", json=point.wish("next"))
    mine = point.at_counter("an", "1")
    for verb in ("recall", "start", "no_show", "park", "call", "withdraw", "set_priority"):
        answer = mine.post("/api/desk/actions", json=point.wish(verb, theirs, reason="thử"))
        assert answer.status_code == 403, verb
    answer = mine.post("/api/desk/actions", json=point.wish("finish", theirs, reason="done"))
    assert answer.status_code == 403
    assert point.queue.at_counter("2").id == theirs.id
    assert "A001" not in str(mine.get("/api/desk").json()["waiting"])


def test_a_ticket_that_does_not_exist_is_not_found(point):
    mine = point.at_counter("an", "1")
    unknown = point.wish("recall") | {"ticket_id": "5f0c2f6e-6c51-4b5e-9f6b-0f2a3c1d7e88"}
    assert mine.post("/api/desk/actions", json=unknown).status_code == 404
    assert mine.post("/api/desk/actions", json=point.wish("recall")).status_code == 422


def test_a_session_that_has_ended_sees_and_does_nothing_more(point):
    browser = point.at_counter("an", "1")
    secret = browser.cookies[COOKIE]
    assert browser.post("/api/sign_out").status_code == 204
    browser.cookies.set(COOKIE, secret)
    assert browser.get("/api/desk").status_code == 401
    assert browser.post("/api/desk/actions", json=point.wish("next")).status_code == 401


def test_a_live_page_ends_with_its_session(point):
    browser = point.at_counter("an", "1")
    with browser.websocket_connect("/api/desk/live") as live:
        assert live.receive_json()["counter"] == "1"
        browser.post("/api/sign_out")
        point.tell()
        while (message := live.receive())["type"] == "websocket.send":
            pass
        assert message["code"] == 1008


@pytest.mark.parametrize("chunked", [False, True])
def test_what_is_too_long_is_not_read(point, chunked):
    body = b'{"name": "' + b"a" * MOST_BYTES + b'", "password": "x"}'
    content = iter([body[:1000], body[1000:]]) if chunked else body
    headers = {"content-type": "application/json"}
    answer = point.browser().post("/api/sign_in", content=content, headers=headers)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "path",
    [
        "/static/../accounts.py",
        "/static/%2e%2e/accounts.py",
        "/static/..%2faccounts.py",
        "/static/%2e%2e%2f%2e%2e%2fsecrets.py",
        "/static//etc/passwd",
        "/static/..%5caccounts.py",
        "/api/board/calls/..%2f..%2faccounts.wav",
        "/audit",
        "/accounts.json",
    ],
)
def test_no_path_leads_out_of_the_static_files(point, path):
    answer = point.browser().get(path)
    assert answer.status_code == 404
    assert "argon2" not in answer.text


def test_no_page_may_run_or_load_anything_that_is_not_ours(point):
    for path in ("/sign_in", "/staff", "/board", "/api/board", "/nowhere"):
        headers = point.browser().get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"


def test_the_audit_log_says_who_did_what_and_nothing_of_citizens(point):
    browser = point.at_counter("an", "1")
    ticket = point.citizen()
    browser.post("/api/desk/actions", json=point.wish("next"))
    body = point.wish("park", ticket, reason="ông Nguyễn Văn A 001194026153")
    assert browser.post("/api/desk/actions", json=body).status_code == 200
    log = point.audit()
    assert f'"who": "an", "what": "queue/change_ticket PARK", "on": "{ticket.id}"' in log
    assert "001194026153" not in log
    assert "Nguy" not in log
    [file] = (point.folder / "audit").iterdir()
    assert file.stat().st_mode & 0o077 == 0
