"""Over TLS the connection goes to the checked address, and the certificate must be that of the name."""

import datetime
import http.server
import ipaddress
import pathlib
import ssl
import threading
from collections.abc import Iterator

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from api.webhooks.sending import UndeliveredError, send_message


class Accepting(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.hosts.append(self.headers["Host"])  # type: ignore[attr-defined]
        self.send_response(204)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


def make_certificate(folder: pathlib.Path, name: str) -> pathlib.Path:
    """Write a certificate for a name, signed by itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("192.0.2.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), False)
        .add_extension(x509.BasicConstraints(True, None), True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(params=["localhost", "other.example.org"])
def certificate(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> pathlib.Path:
    return make_certificate(tmp_path, request.param)


@pytest.fixture
def server(certificate: pathlib.Path) -> Iterator[http.server.HTTPServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Accepting)
    server.hosts = []  # type: ignore[attr-defined]
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_certificate_must_be_that_of_the_name(
    certificate: pathlib.Path, server: http.server.HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    host = f"localhost:{server.server_port}"
    if certificate.stem == "localhost":
        send_message(f"https://{host}/x", host, {}, b"{}")
        assert server.hosts == [host]  # type: ignore[attr-defined]
    else:
        with pytest.raises(UndeliveredError, match="SSLError"):
            send_message(f"https://{host}/x", host, {}, b"{}")
        assert server.hosts == []  # type: ignore[attr-defined]


def test_a_certificate_that_nobody_vouches_for_is_refused(server: http.server.HTTPServer) -> None:
    host = f"localhost:{server.server_port}"
    with pytest.raises(UndeliveredError, match="SSLError"):
        send_message(f"https://{host}/x", host, {}, b"{}")
    assert server.hosts == []  # type: ignore[attr-defined]


def test_where_nobody_listens_is_a_failure() -> None:
    with pytest.raises(UndeliveredError, match="No answer"):
        send_message("http://127.0.0.1:9/x", "127.0.0.1:9", {}, b"{}")
