"""Facts a citizen would come back for if they were wrong, against the sources they came from."""

from kiosk_robot.catalogue import Catalogue

CATALOGUE = Catalogue.load()


def test_birth_registration_is_free_and_done_the_same_day() -> None:
    birth = CATALOGUE["1.001193"]
    assert birth.fee is not None
    assert (birth.fee.amount_vnd, birth.fee.set_locally) == (0, False)
    assert birth.duration is not None
    assert birth.duration.same_day
    assert "15 giờ" in birth.duration.note


def test_birth_registration_knows_every_situation() -> None:
    assert [case.id for case in CATALOGUE["1.001193"].cases] == [
        "ordinary",
        "no_hospital_paper",
        "by_proxy",
        "abandoned",
        "surrogate",
    ]


def test_a_fee_the_council_decides_is_never_free() -> None:
    for code in ("1.000656", "1.004873", "1.004859", "1.004884", "2.000806"):
        fee = CATALOGUE[code].fee
        assert fee is not None
        assert fee.set_locally
        assert fee.amount_vnd is None


def test_certification_prices() -> None:
    prices = {"2.000815": 2000, "2.000884": 10000, "2.001019": 50000, "2.000635": 8000}
    for code, amount in prices.items():
        fee = CATALOGUE[code].fee
        assert fee is not None
        assert fee.amount_vnd == amount
        assert fee.per


def test_a_time_without_a_unit_in_the_source_has_none_here() -> None:
    for code in ("1.000656", "1.000894", "1.004873", "1.004884"):
        duration = CATALOGUE[code].duration
        assert duration is not None
        assert duration.unit is None
        assert not duration.same_day
