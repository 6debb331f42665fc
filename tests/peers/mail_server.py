"""An SMTP server of another make (aiosmtpd) that keeps what it is handed.

mail_server.py PORT [--starttls | --tls] [--login USER PASSWORD] [--cert FILE]

Each line on standard input is an order in JSON and is answered by one line:
  {"mails": true}          all that came: from, to, subject, body, attachments, headers
  {"refuse": "451 later"}  answers every recipient so, or with "to" that one; null: takes all again
  {"delay": seconds}       answers each mail that late
"""

import asyncio
import email
import email.policy
import json
import logging
import ssl
import sys
import warnings

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


logging.disable()
warnings.simplefilter("ignore")


class Handler:
    def __init__(self):
        self.mails = []
        self.refusal = None
        self.refused = None
        self.delay = 0.0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refusal and self.refused in (None, address):
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.delay:
            await asyncio.sleep(self.delay)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append(
            {
                "from": envelope.mail_from,
                "to": envelope.rcpt_tos,
                "subject": message["subject"],
                "body": message.get_body(("plain",)).get_content().replace("\r\n", "\n"),
                "attachments": [
                    {"name": part.get_filename(), "hex": part.get_payload(decode=True).hex()}
                    for part in message.iter_attachments()
                ],
                "headers": {name: str(value) for name, value in message.items()},
                "encrypted": server.transport.get_extra_info("ssl_object") is not None,
                "login": session.auth_data.login.decode() if session.auth_data else None,
            }
        )
        return "250 OK"


def main():
    arguments = sys.argv[1:]
    port = int(arguments.pop(0))
    handler = Handler()
    options = {}
    context = None
    if "--cert" in arguments:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(arguments[arguments.index("--cert") + 1])
    if "--starttls" in arguments:
        options.update(tls_context=context, require_starttls=True)
    elif "--tls" in arguments:
        options.update(ssl_context=context)
    if "--login" in arguments:
        at = arguments.index("--login")
        user, password = (word.encode() for word in arguments[at + 1 : at + 3])

        def authenticate(server, session, envelope, mechanism, data):
            good = (data.login, data.password) == (user, password)
            return AuthResult(success=good, auth_data=data, handled=good)

        options.update(
            authenticator=authenticate,
            auth_required=True,
            # It knows of STARTTLS only, not of a line encrypted from the start.
            auth_require_tls="--starttls" in arguments,
        )
    controller = Controller(handler, hostname="127.0.0.1", port=port, ready_timeout=30, **options)
    controller.start()
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        if "refuse" in order:
            handler.refusal = order["refuse"]
            handler.refused = order.get("to")
        if "delay" in order:
            handler.delay = order["delay"]
        print(json.dumps(handler.mails if "mails" in order else None), flush=True)


main()
