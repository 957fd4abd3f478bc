import pytest

from kiosk_robot.catalogue.catalogue import Catalogue
from kiosk_robot.understanding import Understander


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue.load()


@pytest.fixture(scope="session")
def understander(catalogue: Catalogue) -> Understander:
    return Understander.load(catalogue)
