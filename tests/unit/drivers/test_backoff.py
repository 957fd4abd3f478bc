from kiosk_robot.drivers.backoff import Backoff


def test_waits_grow_to_two_seconds_and_start_again_after_an_answer() -> None:
    backoff = Backoff()
    waits = [backoff.next_s() for _ in range(8)]
    assert waits == [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0]
    backoff.reset()
    assert backoff.next_s() == 0.05
