#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Usage: play_test.py LF_PLAY: plays scripts over loopback."""

import http.server
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

PLAY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "lf-play"


class Files(http.server.BaseHTTPRequestHandler):
    """/N: N bytes; what was asked, in asked."""
    protocol_version = "HTTP/1.1"
    asked = []

    def do_GET(self):
        head = len(self.raw_requestline) + len(bytes(self.headers)) if self.headers else 0
        self.asked.append((self.path, self.headers["Connection"], self.client_address[1], head))
        size = int(self.path[1:])
        self.send_response(404 if size == 404 else 200)
        self.send_header("Content-Length", str(size + (size == 405)))
        self.end_headers()
        self.wfile.write(bytes(size))
        self.close_connection = self.headers["Connection"] == "close"

    def log_message(self, format, *args):
        pass


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Play(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files)
        threading.Thread(target=cls.web.serve_forever, daemon=True).start()
        cls.port = free_port()
        cls.server = subprocess.Popen([PLAY, "serve", str(cls.port), "bands"])
        for _ in range(200):
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", cls.port)) == 0:
                    break
            time.sleep(0.05)

    @classmethod
    def tearDownClass(cls):
        cls.server.kill()
        cls.server.wait()
        cls.web.shutdown()
        cls.web.server_close()

    def setUp(self):
        Files.asked.clear()
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)

    def run_script(self, text):
        script, self.out = (os.path.join(self.directory.name, name) for name in ("script", "out"))
        with open(script, "w", encoding="utf-8") as file:
            file.write(text.replace("WEB", str(self.web.server_port)).replace("CALL", str(self.port)))
        return subprocess.run([PLAY, script, str(time.time_ns() // 1000 + 20000), self.out],
                              stderr=subprocess.PIPE, text=True, timeout=60, check=False)

    def play(self, text):
        """[(kind, request, response, start, fct)]"""
        ran = self.run_script(text)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        with open(self.out, encoding="utf-8") as file:
            return [(kind, *map(int, rest)) for kind, *rest in map(str.split, file)]

    def refused(self, text, reason):
        ran = self.run_script(text)
        self.assertEqual(ran.returncode, 1)
        self.assertRegex(ran.stderr, reason)

    def test_calls_of_all_sizes(self):
        sizes = [(8, 1), (100, 3000000), (3000000, 100), (500000, 500000)]
        done = self.play("lane a call 127.0.0.1 127.0.0.1 CALL 1\n" + "".join(
            f"x a 0 - 0 {request} {response} rpc\n" for request, response in sizes))
        self.assertEqual([x[:3] for x in done], [("rpc", *size) for size in sizes])

    def test_ring_goes_both_ways_at_once(self):
        done = self.play("lane a call - 127.0.0.1 CALL 1\n" + 3 * "x a 0 - 0 3000000 3000000 ring\n")
        self.assertEqual(len(done), 3)

    def test_an_ipv6_server(self):
        self.assertEqual(len(self.play("lane a call - ::1 CALL 0\nx a 0 - 0 20 20 rpc\n")), 1)

    def test_files(self):
        done = self.play("lane a http - 127.0.0.1 WEB 1\nlane b http - 127.0.0.1 WEB 0\n"
                         "x a 0 - 0 300 1 web\nx a 0 - 0 500 1000000 web\n"
                         "x b 0 - 0 96 70000 web\nx b 0 - 0 100 20 web\n")
        self.assertEqual(sorted(x[:3] for x in done),
                         [("web", 96, 70000), ("web", 100, 20), ("web", 300, 1), ("web", 500, 1000000)])
        kept = [client for path, how, client, _ in Files.asked if how == "keep-alive"]
        closed = [client for path, how, client, _ in Files.asked if how == "close"]
        self.assertEqual((len(kept), len(set(kept)), len(closed), len(set(closed))), (2, 1, 2, 2))

    def test_order_and_groups(self):
        done = self.play("lane a call - 127.0.0.1 CALL 1\nlane b call - 127.0.0.1 CALL 1\n"
                         "lane c call - 127.0.0.1 CALL 0\n"
                         "x a 1 - 30000 8 10 first\nx b 1 - 1000 8 20 first\n"
                         "x c 2 1 50000 8 30 then\nx a 2 1 0 8 40 then\nx b 3 2 1000 8 50 last\n"
                         "x a 4 - 0 8 60 lane\n")
        at = {response: (start, start + fct) for _, _, response, start, fct in done}
        self.assertGreaterEqual(at[10][0], 30000)
        self.assertGreaterEqual(at[20][0], 1000)
        over = max(at[10][1], at[20][1])
        self.assertGreaterEqual(at[30][0], over + 50000 - 1)
        self.assertGreaterEqual(at[40][0], over - 1)
        self.assertGreaterEqual(at[50][0], max(at[30][1], at[40][1]) + 1000 - 1)
        self.assertGreaterEqual(at[60][0], at[40][1] - 1)

    def test_many_lanes(self):
        n = 500
        done = self.play("".join(f"lane l{i} call - 127.0.0.1 CALL 0\nx l{i} {i} - {(i * 37) % 1000} 50 5000 rpc\n"
                                 for i in range(n)))
        self.assertEqual(len(done), n)

    def test_errors_name_the_line(self):
        lane = "lane a call - 127.0.0.1 CALL 1\n"
        for text, reason in (("lane a ftp - 127.0.0.1 1 1\n", ":1: 'ftp' is neither http nor call"),
                             ("lane a call - localhost 1 1\n", ":1: 'localhost' is no address"),
                             ("lane a call - ::1 65536 1\n", ":1: port '65536' is no number up to 65535"),
                             (lane + "x b 0 - 0 8 8 rpc\n", ":2: there is no lane 'b'"),
                             (lane + "x a 0 - 0 7 8 rpc\n", ":2: a request of 7 bytes is too short"),
                             (lane + "x a 0 - 0 8 0 rpc\n", ":2: a response has at least one byte"),
                             (lane + "\nx a 0 - 0 8 8\n", ":3: neither lane NAME"),
                             (lane, "no exchange"),
                             (lane + "x a 0 5 0 8 8 rpc\n", "group 5, which some wait for, has no exchange"),
                             (lane + "x a 0 0 0 8 8 rpc\n", "group 0 was never reached")):
            self.refused(text, reason)
        self.assertFalse(os.path.exists(self.out) and os.path.getsize(self.out))

    def test_what_fails_is_told(self):
        port = free_port()
        self.refused(f"lane a call - 127.0.0.1 {port} 1\nx a 0 - 0 8 9 rpc\n", "lane a, rpc of 8 and 9 bytes: .*refused")
        for size, reason in ((404, "doesn't answer with 200"), (405, "another length")):
            self.refused(f"lane a http - 127.0.0.1 WEB 1\nx a 0 - 0 200 {size} web\n", reason)

    def test_usage(self):
        for arguments in ([], ["serve"], ["serve", "70000"], ["serve", "80", "band"], ["script", "x", "out"]):
            ran = subprocess.run([PLAY, *arguments], stderr=subprocess.PIPE, check=False)
            self.assertEqual(ran.returncode, 2)


if __name__ == "__main__":
    unittest.main()
