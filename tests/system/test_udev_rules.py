"""The udev rules give stable names: real rules, systemd's own rule engine, a mock USB tree."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

RULES = Path(__file__).parents[2] / "hardware" / "udev" / "70-kiosk.rules"
UNITS = sorted((RULES.parents[1] / "systemd").glob("*.service"))
MOCK = """
P: /devices/usb1/1-{n}
E: SUBSYSTEM=usb
E: DEVTYPE=usb_device
A: idVendor={vendor}\\n
A: idProduct=6001\\n
A: serial={serial}\\n

P: /devices/usb1/1-{n}/1-{n}:1.0/{subsystem}/{node}
N: {node}
E: SUBSYSTEM={subsystem}
E: DEVNAME=/dev/{node}
E: MAJOR=188
E: MINOR=1
A: index={index}\\n
"""
DEVICES = [
    # (subsystem, kernel's name, vendor, serial number, index, wanted link)
    ("tty", "ttyUSB1", "0403", "KIOSKDSP1", 0, "kiosk/dispenser"),
    ("tty", "ttyUSB0", "0403", "KIOSKPRN1", 0, "kiosk/printer"),
    ("tty", "ttyUSB2", "0403", "SOMEBODYELSE", 0, ""),
    ("video4linux", "video2", "046d", "KIOSKCAM1", 0, "kiosk/camera"),
    ("video4linux", "video3", "046d", "KIOSKCAM1", 1, ""),
]


def udev_test(tmp_path: Path, device: str, mock: str) -> str:
    """What `udevadm test` says of a device with only our rules installed."""
    mocked = tmp_path / "mock.umockdev"
    mocked.write_text(mock.lstrip())
    # A mount namespace of our own: the rules lie where udev looks, and nothing outside changes.
    unshare = str(shutil.which("unshare"))
    script = (
        "mkdir -p /run/udev && mount -t tmpfs none /run/udev && mount -t tmpfs none /etc/udev"
        " && mkdir /etc/udev/rules.d"
        f" && cp {RULES} /etc/udev/rules.d/ && exec umockdev-run --device {mocked}"
        f" -- udevadm test --action=add {device}"
    )
    run = subprocess.run(
        [unshare, "-m", "bash", "-c", script],
        capture_output=True,
        text=True,
        timeout=30,
    )
    return run.stdout + run.stderr


@pytest.fixture(scope="module")
def can_mock() -> None:
    for program in ("umockdev-run", "udevadm", "unshare"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed (Debian: umockdev, udev, util-linux)")
    mount = ["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"]
    if os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("needs root and a mount namespace of its own")


@pytest.mark.usefixtures("can_mock")
@pytest.mark.parametrize(
    ("subsystem", "node", "vendor", "serial", "index", "link"), DEVICES, ids=lambda v: str(v)
)
def test_a_device_is_known_by_its_serial_number(
    tmp_path, subsystem, node, vendor, serial, index, link
):
    mock = MOCK.format(
        n=1, subsystem=subsystem, node=node, vendor=vendor, serial=serial, index=index
    )
    told = udev_test(tmp_path, f"/sys/devices/usb1/1-1/1-1:1.0/{subsystem}/{node}", mock)
    links = [
        line.partition("DEVLINKS=")[2].split() for line in told.splitlines() if "DEVLINKS=" in line
    ]
    assert [name for found in links for name in found] == ([f"/dev/{link}"] if link else []), told
    assert "Invalid" not in told


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_is_one_that_systemd_takes(unit, tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    # The programs are where the robot has them, not here: any will do for the check.
    lines = unit.read_text(encoding="utf-8").splitlines()
    there = [
        f"ExecStart={shutil.which('true')}" if x.startswith("ExecStart=") else x for x in lines
    ]
    copy = tmp_path / unit.name
    copy.write_text("\n".join(there) + "\n", encoding="utf-8")
    run = subprocess.run(
        [str(shutil.which("systemd-analyze")), "verify", str(copy)],
        capture_output=True,
        text=True,
        timeout=30,
    )
    about_it = [line for line in run.stderr.splitlines() if unit.name in line]
    missing = [line for line in about_it if "Unit kiosk.service not found" not in line]
    assert missing == []
