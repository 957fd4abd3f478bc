"""The world file keeps the rules of robot_ws/src/kiosk_gazebo/README.md."""

import importlib.util
import os
import re
import shutil
import subprocess
from xml.etree import ElementTree

import pytest
import yaml

from kiosk_robot.config import load_site
from kiosk_robot.demo import CARD
from kiosk_robot.drivers.frame_source import read_image
from kiosk_robot.drivers.qr import QrReader
from kiosk_robot.paths import REPOSITORY

PACKAGE = REPOSITORY / "robot_ws" / "src" / "kiosk_gazebo"
WORLD = PACKAGE / "worlds" / "cua_nam.sdf"
MODELS = (PACKAGE / "models", PACKAGE.parent / "kiosk_description" / "models")
FILES = [WORLD, *(file for folder in MODELS for file in sorted(folder.glob("*/model.sdf")))]


@pytest.fixture(scope="module")
def world() -> ElementTree.Element:
    return ElementTree.parse(WORLD).getroot().find("world")


@pytest.fixture(scope="module")
def generator():
    spec = importlib.util.spec_from_file_location("draw_hall", PACKAGE / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_files_are_what_the_plan_of_the_hall_says(generator):
    hall = yaml.safe_load((PACKAGE / "hall.yaml").read_text(encoding="utf-8"))
    assert generator.world(hall) == WORLD.read_text(encoding="utf-8")
    for name, text in generator.models(hall).items():
        assert text == (PACKAGE / "models" / name / "model.sdf").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_one_file_serves_gazebo_and_drake(file):
    text = file.read_text(encoding="utf-8")
    root = ElementTree.parse(file).getroot()
    assert root.get("version") == "1.9"
    assert "fuel" not in text
    assert "<pbr>" not in text
    for uri in root.iter("uri"):
        model, path = re.fullmatch(r"model://([^/]+)/(.+\.(?:sdf|obj))", uri.text).groups()
        assert any((folder / model / path).is_file() for folder in MODELS), uri.text
    for link in root.iter("link"):
        names = [part.get("name") for kind in ("visual", "collision") for part in link.iter(kind)]
        assert len(names) == len(set(names)), link.get("name")
    assert not {joint.get("type") for joint in root.iter("joint")} & {"gearbox", "revolute2"}


def test_what_stands_still_is_made_of_upright_boxes(world):
    for model in world.iter("model"):
        assert model.findtext("static") == "true", model.get("name")
        for solid in model.iter("collision"):
            assert solid.find("geometry/box/size") is not None, model.get("name")
            assert len(solid.findtext("pose").split()) == 6


def test_every_counter_of_the_site_stands_in_the_hall(world):
    site = load_site("cua_nam")
    standing = {model.get("name") for model in world.iter("model")}
    assert {f"counter_{counter.number}" for counter in site.counters} <= standing


def test_the_card_of_the_world_is_that_of_an_invented_person():
    picture = read_image(PACKAGE / "models" / "card" / "card.png")
    (code,) = QrReader().read(picture).codes
    assert code.payload.decode() == CARD


@pytest.mark.skipif(not shutil.which("ign"), reason="needs ignition-tools (robot_ws/apt.txt)")
@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_the_sdf_parser_of_gazebo_takes_it(file):
    found = {"SDF_PATH": ":".join(map(str, MODELS))}
    command = ["ign", "sdf", "--check", str(file)]
    check = subprocess.run(command, env=os.environ | found, capture_output=True, text=True)
    assert check.returncode == 0, check.stdout + check.stderr
