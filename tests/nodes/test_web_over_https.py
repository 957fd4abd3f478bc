"""The gateway's second server, for consoles on the network: real TLS, a certificate made here."""

import asyncio
import socket
import ssl
import subprocess
import threading
import time
import uuid
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect
from websockets.sync.client import connect

from kiosk_nodes.web_gateway import servers
from kiosk_robot.config import ConfigError, load_site
from kiosk_robot.dialogue.turn import Knowledge
from kiosk_robot.parameters import WebGateway
from kiosk_robot.web.app import Hub, create_app
from kiosk_robot.web.identity import identity_routes
from kiosk_robot.web.library import Library
from kiosk_robot.web.phone import PhoneLinks, TicketView, phone_routes

TICKET = str(uuid.UUID(int=7))
VIEW = TicketView("A012", "waiting", 4, (15, 25), "1", "bên trái cửa vào", "1.001193")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate in one file, as the ward would put it on the robot."""
    file = tmp_path_factory.mktemp("tls") / "robot.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "1", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(file), "-out", "-"]
    made = subprocess.run(command, check=True, capture_output=True, text=True)
    with file.open("a") as both:
        both.write(made.stdout)
    return file


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def address(certificate):
    """HOST:PORT of the second of two servers that run as the node runs them."""

    async def look(ticket_ids):
        return dict.fromkeys(ticket_ids, VIEW)

    hub, library = Hub(), Library(lambda: Knowledge.read("cua_nam"))
    links = PhoneLinks(look=look, understand=lambda *_: None)
    app = create_app(hub, identity_routes(load_site("cua_nam")), phone_routes(hub, links, library))
    wanted = WebGateway(port=free_port(), secure_port=free_port(), certificate=str(certificate))
    both = servers(app, wanted)

    async def serve():
        await asyncio.gather(*(one.serve() for one in both))

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    while not all(one.started for one in both):
        assert thread.is_alive()
        time.sleep(0.01)
    yield f"127.0.0.1:{wanted.secure_port}"
    for one in both:
        one.should_exit = one.force_exit = True
    thread.join()


@pytest.fixture
def trusted(certificate) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificate)


def test_pages_and_sockets_go_over_tls(address, trusted):
    page = httpx.get(f"https://{address}/t/{TICKET}", verify=trusted)
    assert (page.status_code, page.headers["content-type"][:9]) == (200, "text/html")
    with connect(f"wss://{address}/ws/t/{TICKET}", ssl=trusted) as line:
        assert "A012" in line.recv()
        assert line.socket.version() in ("TLSv1.2", "TLSv1.3")


def test_a_page_in_the_browser_is_live_over_tls(address, browser):
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()
    page.goto(f"https://{address}/t/{TICKET}")
    expect(page.locator("#number")).to_have_text("A012")
    expect(page.locator("#facts")).to_contain_text("15")
    context.close()


def test_who_does_not_know_the_certificate_is_warned(address):
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"https://{address}/t/{TICKET}")


def test_plain_http_is_refused_there(address):
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://{address}/t/{TICKET}")


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "No such file or directory"), (b"no certificate at all", "PEM"), (b"", "PEM")],
    ids=["missing", "something else", "empty"],
)
def test_a_certificate_that_cannot_be_used_is_told_in_one_line(tmp_path, content, told):
    file = tmp_path / "robot.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=told) as refusal:
        servers(create_app(Hub()), WebGateway(certificate=str(file)))
    line = str(refusal.value)
    assert line.startswith(f"web_gateway.certificate: {file}: ")
    assert "\n" not in line


def test_a_key_behind_a_password_is_not_asked_for_at_a_terminal(tmp_path, certificate):
    file = tmp_path / "robot.pem"
    command = ["openssl", "pkey", "-in", certificate, "-aes128", "-passout", "pass:secret"]
    locked = subprocess.run(command, check=True, capture_output=True)
    public = certificate.read_bytes()
    file.write_bytes(locked.stdout + public[public.index(b"-----BEGIN CERTIFICATE") :])
    with pytest.raises(ConfigError, match="certificate"):
        servers(create_app(Hub()), WebGateway(certificate=str(file)))
