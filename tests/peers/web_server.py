"""A web server that keeps what it is asked (Python's own http.server).

web_server.py PORT [CERT]

Each line on standard input is an order in JSON and is answered by one line:
  {"requests": true}  all that came: method, path, headers, body, at (seconds)
  {"status": 503}     answers so from now on
  {"mute": true}      takes requests and answers nothing
"""

import http.server
import json
import ssl
import sys
import threading
import time

STATE = {"requests": [], "status": 204, "mute": False}


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        STATE["requests"].append(
            {
                "method": self.command,
                "path": self.path,
                "headers": {name.lower(): value for name, value in self.headers.items()},
                "body": body,
                "at": time.monotonic(),
            }
        )
        while STATE["mute"]:
            time.sleep(0.1)
        self.send_response(STATE["status"])
        self.send_header("content-length", "0")
        self.end_headers()

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    server.daemon_threads = True
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        STATE.update({key: order[key] for key in ("status", "mute") if key in order})
        print(json.dumps(STATE["requests"] if "requests" in order else None), flush=True)


main()
