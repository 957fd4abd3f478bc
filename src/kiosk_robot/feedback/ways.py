"""How an alert reaches a recipient: a signed webhook or an e-mail."""

import base64
import hmac
import json
import smtplib
import ssl
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from hashlib import sha256
from typing import Protocol

import httpx

from kiosk_robot.feedback.desk import Alert
from kiosk_robot.secrets import Secrets
from kiosk_robot.site import MailServer, Recipient, Site

TIMEOUT = 10.0  # seconds


class DeliveryError(Exception):
    """The message did not arrive, or nobody can tell. The text holds no address and no secret."""


class Way(Protocol):
    """Sends one message; `delivery_id` is the same whenever it is sent again."""

    def send(self, delivery_id: str, occasion: str, alert: Alert, recipient: Recipient) -> None:
        """Return when the receiver has taken it.

        :raises DeliveryError: it has not.
        """


class Webhook:
    """POST of a JSON object, signed after the Standard Webhooks specification (v1, HMAC-SHA256):
    headers webhook-id, webhook-timestamp, webhook-signature.
    """

    def __init__(
        self, site: Site, secret: str, clock: Callable[[], datetime], timeout: float = TIMEOUT
    ) -> None:
        self._site = site
        self._secret = secret.encode()
        self._clock = clock
        self._timeout = timeout

    def send(self, delivery_id: str, occasion: str, alert: Alert, recipient: Recipient) -> None:
        """POST; any 2xx means taken."""
        body = json.dumps(self._content(occasion, alert), ensure_ascii=False).encode()
        stamp = str(int(self._clock().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": delivery_id,
            "webhook-timestamp": stamp,
            "webhook-signature": signature(self._secret, delivery_id, stamp, body),
        }
        try:
            answer = httpx.post(
                recipient.webhook, content=body, headers=headers, timeout=self._timeout
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise DeliveryError(type(error).__name__) from None
        if not answer.is_success:
            raise DeliveryError(f"status {answer.status_code}")

    def _content(self, occasion: str, alert: Alert) -> dict[str, object]:
        return {
            "type": f"alert.{occasion}",
            "point": self._site.name,
            "alert": {
                "id": alert.id,
                "kind": alert.kind,
                "text": alert.text,
                "rating": alert.rating,
                "counter": alert.counter,
                "staff": alert.staff,
                "comment": alert.comment,
                "state": alert.state.name.lower(),
                "raised_at": alert.raised_at.isoformat(),
            },
        }


def signature(secret: bytes, message_id: str, stamp: str, body: bytes) -> str:
    """The header webhook-signature: "v1," and the base64 HMAC of id, timestamp and body."""
    signed = b".".join((message_id.encode(), stamp.encode(), body))
    return "v1," + base64.b64encode(hmac.new(secret, signed, sha256).digest()).decode()


class Mail:
    """An e-mail through the ward's server. Message-ID is the delivery's, so that a mail that came
    twice is recognised.
    """

    def __init__(
        self, site: Site, server: MailServer, secrets: Secrets, timeout: float = TIMEOUT
    ) -> None:
        self._site = site
        self._server = server
        self._secrets = secrets
        self._timeout = timeout

    def send(self, delivery_id: str, occasion: str, alert: Alert, recipient: Recipient) -> None:
        """Hand the mail to the server."""
        try:
            with self._connect() as connection:
                if self._server.security == "starttls":
                    connection.starttls(context=ssl.create_default_context())
                if self._secrets.mail_user:
                    connection.login(self._secrets.mail_user, self._secrets.mail_password)
                connection.send_message(self._message(delivery_id, occasion, alert, recipient))
        except smtplib.SMTPResponseException as error:
            raise DeliveryError(f"{type(error).__name__} {error.smtp_code}") from None
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryError(type(error).__name__) from None

    def _connect(self) -> smtplib.SMTP:
        place = (self._server.host, self._server.port)
        if self._server.security == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(*place, timeout=self._timeout, context=context)
        return smtplib.SMTP(*place, timeout=self._timeout)

    def _message(
        self, delivery_id: str, occasion: str, alert: Alert, recipient: Recipient
    ) -> EmailMessage:
        mail = EmailMessage()
        what = {"raised": "", "comment": "Khách nói thêm: ", "escalated": "Chưa ai xử lý: "}
        mail["Subject"] = f"[{self._site.short_name}] {what[occasion]}{alert.text}"
        mail["From"] = self._server.sender
        mail["To"] = recipient.email
        mail["Message-ID"] = f"<{delivery_id}@{self._server.sender.partition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        lines = [alert.text, f"Lúc: {self._local(alert.raised_at)}"]
        lines += [f"Khách nói: {alert.comment}"] if alert.comment else []
        lines += [f"Mã cảnh báo: {alert.id}"]
        mail.set_content("\n".join(lines) + "\n")
        return mail

    def _local(self, moment: datetime) -> str:
        return f"{moment.astimezone(self._site.zone):%H:%M %d/%m/%Y}"
