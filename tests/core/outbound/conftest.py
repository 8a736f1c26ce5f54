import gc
import shutil
import ssl
import subprocess

import pytest

from tests.core.outbound import servers


@pytest.fixture
def at_home(settings):
    """The loopback network may be called."""
    settings.ZDT_OUTBOUND_ALLOW = ["127.0.0.0/8"]


@pytest.fixture
def server(at_home):
    with servers.listening() as heard:
        yield heard


class Certificate:
    """A certificate for 127.0.0.1 that vouches for itself."""

    def __init__(self, folder):
        self.file, self._key = folder / "cert.pem", folder / "key.pem"
        subprocess.run(
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                "-addext", "subjectAltName=IP:127.0.0.1",
                "-keyout", self._key, "-out", self.file,
            ],
            check=True, capture_output=True,
        )  # fmt: skip

    def wrap(self, plain):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file, self._key)
        return context.wrap_socket(plain, server_side=True)


@pytest.fixture
def certificate(own_certificate):
    """A socket that is left open fails the test that left it, not another one."""
    yield own_certificate
    gc.collect()


@pytest.fixture(scope="session")
def own_certificate(tmp_path_factory):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    return Certificate(tmp_path_factory.mktemp("tls"))
