"""Fetching a model from a server that behaves as servers and lines do."""

import hashlib
import io
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kiosk_robot.cli import main
from kiosk_robot.drivers.speech_models import ARCHIVES, Archive, install_archive
from kiosk_robot.speech.engine import ModelError

FOLDER = "vosk-model-small-vn-0.4"


def zipped(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, name * 5000)
    return content.getvalue()


MODEL = zipped(f"{FOLDER}/am/final.mdl", f"{FOLDER}/conf/mfcc.conf")


class Server(ThreadingHTTPServer):
    """Serves `content`; `breaks_after` bytes the line breaks, once."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = MODEL
        self.breaks_after = 0
        self.asked: list[str | None] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/model.zip"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.asked.append(wanted)
        begin = int(wanted[6:-1]) if wanted else 0
        if begin >= len(self.server.content):
            self.send_error(416)
            return
        body = self.server.content[begin:]
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        cut, self.server.breaks_after = self.server.breaks_after, 0
        self.wfile.write(body[:cut] if cut else body)

    def log_message(self, *_arguments: object) -> None: ...


@pytest.fixture
def server():
    server = Server()
    yield server
    server.shutdown()
    server.server_close()


def install(server, folder, digest="", progress=lambda *_: None) -> str:
    return install_archive(Archive(FOLDER, server.url, digest), folder, progress)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_model_is_fetched_checked_and_unpacked(server, tmp_path):
    steps = []
    found = install(server, tmp_path, sha256(MODEL), lambda *step: steps.append(step))
    assert found == sha256(MODEL)
    assert (tmp_path / FOLDER / "am" / "final.mdl").is_file()
    assert [path.name for path in tmp_path.iterdir()] == [FOLDER]
    assert steps[-1] == (len(MODEL), len(MODEL))


def test_a_broken_download_goes_on_where_it_stopped(server, tmp_path):
    server.breaks_after = 300
    with pytest.raises(ModelError, match="run this again to go on"):
        install(server, tmp_path)
    assert not (tmp_path / FOLDER).exists()
    install(server, tmp_path, sha256(MODEL))
    assert server.asked == [None, "bytes=300-"]


def test_a_download_that_was_whole_already_is_not_fetched_again(server, tmp_path):
    tmp_path.joinpath(f"{FOLDER}.zip.part").write_bytes(MODEL)
    install(server, tmp_path, sha256(MODEL))
    assert (tmp_path / FOLDER).is_dir()


def test_another_file_is_refused_and_removed(server, tmp_path):
    with pytest.raises(ModelError, match="damaged or not the file it should be"):
        install(server, tmp_path, ARCHIVES["vosk-vn"].sha256)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"<html>log in to this network</html>", "is no archive"), (zipped("a"), "has no folder")],
)
def test_what_is_no_model_is_refused(server, tmp_path, content, told):
    server.content = content
    with pytest.raises(ModelError, match=told):
        install(server, tmp_path)
    assert not (tmp_path / FOLDER).exists()


def test_an_archive_that_leads_out_of_its_folder_writes_nothing_there(server, tmp_path):
    server.content = zipped(f"{FOLDER}/am/final.mdl", "../../evil")
    install(server, tmp_path / "models")
    assert not list(tmp_path.rglob("evil")) or (tmp_path / "evil").exists() is False


def test_a_new_model_replaces_the_old_one_whole(server, tmp_path):
    (tmp_path / FOLDER / "old").mkdir(parents=True)
    install(server, tmp_path)
    assert not (tmp_path / FOLDER / "old").exists()


def test_without_internet_one_line_names_the_place_to_put_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KIOSK_HOME", str(tmp_path))
    assert main(["models", "install", "vosk-vn", "--url", "http://127.0.0.1:9/model.zip"]) == 1
    told = capsys.readouterr().err.strip()
    assert told.count("\n") == 0
    assert "no internet?" in told
    assert str(tmp_path / "models" / FOLDER) in told
