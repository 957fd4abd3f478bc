"""Every mistake in the configuration is one clear line that names file, key and cure."""

from pathlib import Path

import pytest

from kiosk_robot.config import ConfigError, load_parameters, load_site
from kiosk_robot.node_table import NODES, TWIN_NODES
from kiosk_robot.paths import config_dir

pytestmark = pytest.mark.thorough

SIMULATED = {
    "KIOSK_SIMULATED_WAVS": "/tmp/speech",  # noqa: S108
    "KIOSK_SIMULATED_MICROPHONE": "/tmp/microphone",  # noqa: S108
    "KIOSK_SIMULATED_CAMERA": "/tmp/camera.png",  # noqa: S108
    "KIOSK_SIMULATED_PRINTER": "tcp://127.0.0.1:9100",
    "KIOSK_SIMULATED_DISPENSER": "/tmp/dispenser",  # noqa: S108
    "KIOSK_SIMULATED_FORM_PRINTER": "tcp://127.0.0.1:9100",
}


@pytest.fixture
def load(tmp_path: Path):
    """Read a parameter file with this text."""

    def read(text: str, **environ: str):
        path = tmp_path / "kiosk.yaml"
        path.write_text(text, encoding="utf-8")
        return load_parameters([path], environ)

    return read


def node(name: str, *lines: str) -> str:
    return f"{name}:\n  ros__parameters:\n" + "".join(f"    {line}\n" for line in lines)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (node("camera", "widht: 640"), r"camera: widht: unknown key; did you mean width\?"),
        (node("camera", "zzz: 1"), r"camera: zzz: unknown key; known are: height, rate, site"),
        (node("camera", "width: wide"), r"camera: width: .*integer.*\(found 'wide'\)"),
        (node("camera", "width: 640.5"), r"camera: width: .*integer.*\(found 640\.5\)"),
        (node("camera", "width: true"), r"camera: width: .*integer.*\(found True\)"),
        (node("camera", "rate: fast"), r"camera: rate: .*number.*\(found 'fast'\)"),
        (node("camera", "rate: true"), r"camera: rate: .*number.*\(found True\)"),
        (node("camera", "rate: 0"), r"camera: rate: .*greater than or equal to 1.*\(found 0\)"),
        (node("camera", "rate: .nan"), r"camera: rate: .*\(found nan\)"),
        (node("camera", "rate: .inf"), r"camera: rate: .*less than or equal to 30.*\(found inf\)"),
        (node("web_gateway", "port: 70000"), r"port: .*less than or equal to 65535"),
        (node("ticket_printer", "paper_width: 70"), r"paper_width: Input should be 58 or 80"),
        (node("dispenser", "items: water"), r"items: .*list.*\(found 'water'\)"),
        (node("camra", "width: 640"), r"camra: no such node; did you mean camera\?"),
        (node("/**", "voice: aav/vi"), r"/\*\*: voice: unknown key"),
        ("5:\n  ros__parameters: {}\n", r"5: no such node; known are: camera"),
        ("camera:\n  width: 640\n", r"camera: expected exactly one key, ros__parameters"),
        ("camera:\n", r"camera: expected exactly one key, ros__parameters"),
        ("camera:\n  ros__parameters: 640\n", r"camera: ros__parameters must be a mapping"),
        ("- camera\n", r"expected node names at the top, found list"),
        ("", r"expected node names at the top, found NoneType"),
        ("camera: [\n", r"not valid YAML: while parsing"),
        ("a: b: c\n", r"not valid YAML: mapping values are not allowed here"),
        (node("/**", "site: ha_dong"), r"ha_dong\.yaml: no such site; sites there are: cua_nam"),
        (node("camera", "source: $(env NO_CAMERA)"), r"environment variable NO_CAMERA is not set"),
    ],
)
def test_a_mistake_is_one_clear_line(load, text, message):
    with pytest.raises(ConfigError, match=message) as refusal:
        load(text)
    told = str(refusal.value)
    assert "\n" not in told
    assert told.split(": ")[0].endswith(".yaml"), "the line begins with the file"


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: No such file"):
        load_parameters([tmp_path / "nowhere.yaml"], {})


def test_a_file_of_another_encoding_is_named(tmp_path):
    path = tmp_path / "kiosk.yaml"
    path.write_bytes("camera: {ros__parameters: {source: Cửa}}".encode("utf-16"))
    with pytest.raises(ConfigError, match=r"kiosk\.yaml: not valid YAML"):
        load_parameters([path], {})


def test_a_whole_number_for_a_double_becomes_one(load):
    rate = load(node("camera", "rate: 5"))["camera"]["rate"]
    assert isinstance(rate, float)
    assert rate == 5.0


def test_only_what_is_set_is_given_to_the_nodes(load):
    parameters = load(node("camera", "width: 640"))
    assert parameters["camera"] == {"width": 640}
    assert parameters["queue"] == {}
    assert parameters.keys() == {spec.name for spec in (*NODES, *TWIN_NODES)}


def test_what_holds_for_every_node_is_given_to_every_node(load):
    parameters = load(node("/**", "site: cua_nam", "use_sim_time: true"))
    assert all(p == {"site": "cua_nam", "use_sim_time": True} for p in parameters.values())


def test_a_later_file_wins(tmp_path):
    for name, width in (("a", 640), ("b", 800)):
        (tmp_path / name).write_text(node("camera", f"width: {width}", "rate: 5.0"))
    files = [tmp_path / "a", tmp_path / "b"]
    assert load_parameters(files, {})["camera"]["width"] == 800
    assert load_parameters(reversed(files), {})["camera"]["width"] == 640


def test_the_environment_fills_in_and_overrides_the_default(load):
    text = node("web_gateway", "port: $(env KIOSK_PORT 8080)")
    assert load(text)["web_gateway"]["port"] == 8080
    assert load(text, KIOSK_PORT="9000")["web_gateway"]["port"] == 9000
    with pytest.raises(ConfigError, match="port"):
        load(text, KIOSK_PORT="many")


def test_the_shipped_configuration_is_valid():
    parameters = load_parameters([config_dir() / "kiosk.yaml"], {})
    assert parameters["camera"]["source"] == "/dev/video0"
    assert parameters["camera"]["site"] == "cua_nam"


def test_the_shipped_simulation_is_valid():
    files = [config_dir() / "kiosk.yaml", config_dir() / "simulated.yaml"]
    parameters = load_parameters(files, SIMULATED)
    assert parameters["ticket_printer"]["url"] == "tcp://127.0.0.1:9100"
    assert parameters["text_to_speech"]["simulated_speed"] == 1.0


def test_the_simulation_without_its_devices_says_what_is_missing():
    files = [config_dir() / "kiosk.yaml", config_dir() / "simulated.yaml"]
    with pytest.raises(ConfigError, match="environment variable KIOSK_SIMULATED_WAVS is not set"):
        load_parameters(files, {})


def test_another_configuration_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("KIOSK_CONFIG", str(tmp_path))
    with pytest.raises(ConfigError, match="no such site; sites there are: none"):
        load_site("cua_nam")
    monkeypatch.setenv("KIOSK_CONFIG", str(tmp_path / "nowhere"))
    with pytest.raises(FileNotFoundError, match=r"no configuration directory .*set KIOSK_CONFIG"):
        load_site("cua_nam")
