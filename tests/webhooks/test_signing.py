"""A signature is that of the specification: its published example, and what its own library makes."""

import datetime

from standardwebhooks import Webhook

from api.webhooks.signing import derive_secret, sign_message


def test_the_example_of_the_specification() -> None:
    secret, message_id, timestamp = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
    signed = sign_message(secret, message_id, timestamp, b'{"test": 2432232314}')
    assert signed == {
        "webhook-id": message_id,
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_derived_secret_signs_as_the_library_does() -> None:
    secret = derive_secret("server", "w1")
    moment = datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC)
    signed = sign_message(secret, "w1.1.2", int(moment.timestamp()), b"{}")
    assert signed["webhook-signature"] == Webhook(secret).sign("w1.1.2", moment, "{}")


def test_each_webhook_and_each_server_has_a_secret_of_its_own() -> None:
    secrets = {derive_secret(server, slug) for server in ("a", "b") for slug in ("w1", "w2")}
    assert len(secrets) == 4
