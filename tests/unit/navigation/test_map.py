"""The map is what the world is, in the format map_server reads."""

import numpy as np
import pytest
import yaml

from kiosk_robot.cli import main
from kiosk_robot.config import load_site, map_file
from kiosk_robot.navigation.grid import MapError, OccupancyGrid
from kiosk_robot.navigation.world import WorldError, read_world

SHIPPED = map_file(load_site("cua_nam"))

BOX = """<model name="box"><static>true</static><pose>{model}</pose><link name="l">
  <pose>{link}</pose><collision name="c"><pose>{collision}</pose>
  <geometry>{shape}</geometry></collision></link></model>"""
STILL = "0 0 0 0 0 0"


def world(tmp_path, *models: str):
    path = tmp_path / "hall.sdf"
    path.write_text(f'<sdf version="1.9"><world name="w">{"".join(models)}</world></sdf>')
    return path


def box(shape: str = "<box><size>2 1 1</size></box>", **poses: str) -> str:
    given = {"model": STILL, "link": STILL, "collision": "0 0 0.5 0 0 0", **poses}
    return BOX.format(shape=shape, **given)


def test_the_shipped_map_is_fresh(grid):
    shipped = OccupancyGrid.read(SHIPPED)
    assert np.array_equal(shipped.cells, grid.cells), "stale; run: .venv/bin/kiosk map"
    assert shipped.origin == grid.origin
    assert shipped.resolution == grid.resolution


def test_the_map_is_described_as_map_server_wants_it():
    described = yaml.safe_load(SHIPPED.read_text())
    assert set(described) == {
        "image", "mode", "resolution", "origin", "negate", "occupied_thresh", "free_thresh",
    }  # fmt: skip
    assert len(described["origin"]) == 3
    assert (SHIPPED.parent / described["image"]).read_bytes()[:2] == b"P5"


def test_the_robot_has_room_at_every_place(grid, places):
    for name, pose in places.items():
        room = grid.clearance_at(np.array([(pose.x, pose.y)]))[0]
        assert room > 0.4, f"{name}: {room:.2f} m to the nearest thing"


@pytest.mark.parametrize(
    ("model", "inside", "outside"),
    [
        (box(), (0.9, 0.4), (1.2, 0.0)),
        (box(model="3 0 0 0 0 0"), (3.9, 0.4), (1.9, 0.0)),
        (box(collision="0 0 0.5 0 0 1.5707963"), (0.4, 0.9), (0.9, 0.4)),
        (box(model="1 1 0 0 0 1.5707963", link="2 0 0 0 0 0"), (1.4, 3.9), (1.8, 3.0)),
        (
            box("<cylinder><radius>0.5</radius><length>1</length></cylinder>"),
            (0.4, 0.2),
            (0.45, 0.45),
        ),
    ],
    ids=["box", "moved", "turned", "turned and moved", "cylinder"],
)
def test_things_stand_where_their_poses_say(tmp_path, model, inside, outside):
    grid = OccupancyGrid.of(read_world(world(tmp_path, model)))
    here, there = grid.clearance_at(np.array([inside, outside]))
    assert here == 0
    assert there > 0


@pytest.mark.parametrize("height", ["0 0 -0.5 0 0 0", "0 0 2.5 0 0 0"], ids=["floor", "sign"])
def test_what_the_robot_cannot_touch_is_not_on_the_map(tmp_path, height):
    path = world(tmp_path, box(collision=height), box(model="5 0 0 0 0 0"))
    grid = OccupancyGrid.of(read_world(path))
    assert grid.clearance_at(np.array([(5.0, 0.0)]))[0] == 0
    assert grid.cells.sum() < 2.2 * 1.2 / 0.05**2, "only one of them"


def test_what_can_be_pushed_is_not_on_the_map(tmp_path):
    loose = box(model="9 0 0 0 0 0").replace("<static>true</static>", "")
    assert len(read_world(world(tmp_path, box(), loose))) == 1


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (box("<sphere><radius>1</radius></sphere>"), "collision 'c': neither box nor cylinder"),
        (box("<box><size>1 2</size></box>"), "collision 'c': its size is no numbers"),
        (box(model="1 2 3"), "pose of 'box': six numbers are needed"),
        (box(model="0 0 0 0.3 0 0"), "pose of 'box': a thing that leans"),
        ("<include><uri>model://x</uri><static>true</static></include>", "model://x is included"),
        ("<model", "cannot be read"),
    ],
)
def test_a_world_that_is_not_understood_is_refused(tmp_path, model, words):
    with pytest.raises(WorldError, match=words):
        read_world(world(tmp_path, model))


def test_an_empty_world_has_no_map(tmp_path):
    with pytest.raises(MapError, match="nothing stands"):
        OccupancyGrid.of(read_world(world(tmp_path)))


@pytest.mark.parametrize("text", ["", "image: nowhere.pgm", "resolution: 1", "[", "image: m.yaml"])
def test_a_file_that_is_no_map_is_refused(tmp_path, text):
    path = tmp_path / "m.yaml"
    path.write_text(text)
    with pytest.raises(MapError, match=r"m\.yaml: not a map"):
        OccupancyGrid.read(path)


def test_the_command_writes_the_map(tmp_path, monkeypatch, capsys):
    sites = tmp_path / "sites"
    sites.mkdir()
    source = SHIPPED.parents[1] / "sites" / "cua_nam.yaml"
    (sites / "cua_nam.yaml").write_bytes(source.read_bytes())
    monkeypatch.setenv("KIOSK_CONFIG", str(tmp_path))
    assert main(["map"]) == 0
    assert (tmp_path / "maps" / "cua_nam.pgm").read_bytes() == SHIPPED.with_suffix(
        ".pgm"
    ).read_bytes()
    assert main(["map", "--world", str(tmp_path / "none.sdf")]) == 1
    assert "none.sdf: cannot be read" in capsys.readouterr().err
