"""Requests of every shape the OpenAPI description allows, by everybody: never a server error."""

import pytest
import schemathesis
from hypothesis import given

pytestmark = pytest.mark.thorough


@pytest.fixture
def identities(point):
    """Cookies and headers of who is signed in, one of each role, and of nobody."""
    browsers = [point.at_counter("an", "1"), point.sign_in("truc"), point.sign_in("ky-thuat")]
    point.citizen()
    return [{}] + [
        {"cookies": dict(one.cookies), "headers": {"x-csrf-token": one.headers["x-csrf-token"]}}
        for one in browsers
    ]


def test_no_request_makes_the_server_fail(point, identities, few_examples, told_in_both_languages):
    described = schemathesis.openapi.from_asgi("/openapi.json", point.app)
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) > 20
    for operation in sorted(operations, key=lambda one: one.path == "/api/sign_out"):

        @few_examples
        @given(case=operation.as_strategy())
        def answered(case):
            for identity in identities:
                answer = case.call(**identity)
                assert answer.status_code < 500, (answer.status_code, answer.request.url)
                assert answer.status_code < 400 or told_in_both_languages(answer)

        answered()
