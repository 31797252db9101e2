"""Chromium against our served local pool: pages of this machine may use the pool, and pages of strangers may not."""

from __future__ import annotations

import contextlib
import http.client
import json
import queue
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from .conftest import CODE
from .running import HERE, AppClient, environment, missing

pytestmark = pytest.mark.peer
PASSWORD = "Passw0rd!"
LIBRARY = HERE / "node_modules" / "amazon-cognito-identity-js" / "dist" / "amazon-cognito-identity.min.js"
# The names of strangers. For the browser they resolve to this machine.
NAMES = "MAP *.test 127.0.0.1"
PATIENCE = 60


class Site:
    """A web site on this machine with one page, which posts its results to the site.

    With `rebound_to`, the site forwards all other requests to that server, unchanged. For the browser and for the
    server, this is what happens when the name of the site is made to resolve to the server's address.
    """

    def __init__(self) -> None:
        self.results: queue.Queue[Any] = queue.Queue()
        self.rebound_to: str | None = None
        files = {"/": HERE / "browser.html", "/amazon-cognito-identity.min.js": LIBRARY}
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path in files:
                    self._reply(200, files[self.path].read_bytes())
                else:
                    self._forward(b"")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path == "/result":
                    site.results.put(json.loads(body))
                    self._reply(200, b"")
                else:
                    self._forward(body)

            def _forward(self, body: bytes) -> None:
                if site.rebound_to is None:
                    self._reply(404, b"")
                    return
                connection = http.client.HTTPConnection(site.rebound_to)
                connection.request(self.command, self.path, body, dict(self.headers))
                reply = connection.getresponse()
                self._reply(reply.status, reply.read())
                connection.close()

            def _reply(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Print nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    if not LIBRARY.exists():
        missing("amazon-cognito-identity-js")
    site = Site()
    thread = threading.Thread(target=site.server.serve_forever)
    thread.start()
    yield site
    site.server.shutdown()
    thread.join()
    site.server.server_close()


@contextlib.contextmanager
def opened(profile: Path, url: str) -> Iterator[None]:
    """Keep a page open until the block ends."""
    found = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    if found is None:
        missing("Chromium")
    # Its sandbox does not work for root, nor in most containers. The pages are ours.
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-port=0")
    command = [str(found), *options, f"--user-data-dir={profile}", f"--host-resolver-rules={NAMES}", url]
    quiet = subprocess.DEVNULL
    home = environment(HOME=str(profile))
    with subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, env=home) as process:
        try:
            yield
        finally:
            process.terminate()


def result_of_page(site: Site, profile: Path, origin: str, client: AppClient, username: str, endpoint: str) -> Any:
    """Return what the page got when it had this origin and called the pool at this endpoint."""
    pool = {"UserPoolId": client.user_pool_id, "ClientId": client.client_id, "endpoint": endpoint}
    settings = {"pool": pool, "username": username, "password": PASSWORD, "code": CODE}
    with opened(profile, f"{origin}:{site.server.server_port}/#{quote(json.dumps(settings))}"):
        return site.results.get(timeout=PATIENCE)


@pytest.mark.parametrize("origin", ["http://localhost", "http://127.0.0.1", "http://app.localhost"])
def test_page_of_this_machine_signs_up_and_in(
    site: Site, tmp_path: Path, served: AppClient, name: str, origin: str
) -> None:
    result = result_of_page(site, tmp_path, origin, served, name, served.endpoint)
    assert result == {"refused": "NotAuthorizedException", "username": name, "keys": 2}


@pytest.fixture
def absent(served: AppClient, name: str, administrator: Any) -> Iterator[None]:
    """Check after the test that the pool has no user with the name."""
    yield
    client = administrator(served)
    with pytest.raises(client.exceptions.UserNotFoundException):
        client.admin_get_user(UserPoolId=served.user_pool_id, Username=name)


@pytest.mark.usefixtures("absent")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "pool.test"])
def test_page_of_a_stranger_is_refused(site: Site, tmp_path: Path, served: AppClient, name: str, host: str) -> None:
    endpoint = served.endpoint.replace("127.0.0.1", host)
    result = result_of_page(site, tmp_path, "http://evil.test", served, name, endpoint)
    assert result == {"error": "NetworkError"}  # the browser does not let the page read the refusal


@pytest.mark.usefixtures("absent")
def test_page_that_rebinds_its_name_is_refused(
    site: Site, tmp_path: Path, served: AppClient, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "rebound_to", urlsplit(served.endpoint).netloc)
    own = f"http://evil.test:{site.server.server_port}"
    assert result_of_page(site, tmp_path, "http://evil.test", served, name, own) == {"error": "ForbiddenException"}
