"""Through every outage: what passes is survived, what does not is named, nothing is half signed."""

import json
import math
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sigstore.models import Bundle, ClientTrustConfig
from sigstore.verify import Verifier, policy

from pipeline.signing.ambient import ambient
from pipeline.signing.check import check
from pipeline.signing.claims import Certified
from pipeline.signing.errors import BundleError, LogDownError, SigningError
from pipeline.signing.identity import from_file
from pipeline.signing.keyless import Keyless
from pipeline.signing.patience import Patience
from pipeline.signing.trust import Trust, read
from tests.support.loopback import Response
from tests.support.sigstore.issuer import WORKFLOW
from tests.support.sigstore.server import SERVICES, FakeSigstore

pytestmark = [pytest.mark.tools, pytest.mark.enable_socket]

STATEMENT = json.dumps({
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [{"name": "app", "digest": {"sha256": "a" * 64}}],
    "predicateType": "https://slsa.dev/verification_summary/v1",
    "predicate": {},
}).encode()  # fmt: skip
HTML = Response(200, b"<html>", {"Content-Type": "text/html"})


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeSigstore]:
    with FakeSigstore() as one:
        yield one


@pytest.fixture(autouse=True)
def healed(fake: FakeSigstore) -> Iterator[None]:
    yield
    fake.heal()


def trust(fake: FakeSigstore, rekor: int = 2, *, tsa: bool = True) -> Trust:
    config = fake.trust.client_trust_config(rekor=(rekor,), tsa=tsa)
    return read(json.dumps(config).encode(), "trust.json")


def signer(fake: FakeSigstore, rekor: int = 2, *, whole: float = 8.0) -> Keyless:
    patience = Patience(whole=whole, read=0.5, pause=0.01)
    return Keyless(trust(fake, rekor), fake.issuer.github_token, patience=patience)


@pytest.mark.parametrize("rekor", [1, 2])
def test_a_bundle_says_who_signed_what_and_when(fake: FakeSigstore, rekor: int) -> None:
    signed = check(signer(fake, rekor).sign(STATEMENT), trust(fake))
    assert signed.payload == STATEMENT
    assert isinstance(signed.by, Certified)
    assert signed.by.san == f"https://github.com/{WORKFLOW}"
    assert signed.by.issuer == fake.issuer.url
    assert (signed.by.repository_id, signed.by.owner_id) == ("1001", "2002")
    assert signed.by.build_trigger == "push"
    assert signed.timestamps == 1
    assert signed.times


@pytest.mark.parametrize("rekor", [1, 2])
def test_sigstore_agrees(fake: FakeSigstore, rekor: int) -> None:
    bundle = signer(fake, rekor).sign(STATEMENT)
    config = ClientTrustConfig.from_json(json.dumps(fake.trust.client_trust_config()))
    who = policy.Identity(identity=f"https://github.com/{WORKFLOW}", issuer=fake.issuer.url)
    kind, payload = Verifier(trusted_root=config.trusted_root).verify_dsse(
        Bundle.from_json(bundle), who
    )
    assert (kind, payload) == ("application/vnd.in-toto+json", STATEMENT)


def all_at_once(fake: FakeSigstore) -> None:
    fake.web.fail(SERVICES["fulcio"], 503, times=2)
    fake.web.fail(SERVICES["rekor"], 502, times=2)
    fake.conflict()
    fake.web.alter(SERVICES["rekor"], lambda _: None)
    fake.down("tsa", times=2)


PASSING: dict[str, Callable[[FakeSigstore], None]] = {
    "fulcio 503": lambda f: f.web.fail(SERVICES["fulcio"], 503, times=5),
    "fulcio 429": lambda f: f.web.fail(SERVICES["fulcio"], 429, times=2),
    "fulcio garbage": lambda f: f.web.alter(SERVICES["fulcio"], lambda _: HTML),
    "rekor 500": lambda f: f.web.fail(SERVICES["rekor"], 500, times=3),
    "rekor 502": lambda f: f.web.fail(SERVICES["rekor"], 502, times=3),
    "rekor 429": lambda f: f.web.fail(SERVICES["rekor"], 429, times=2),
    "rekor slow": lambda f: f.web.slow(SERVICES["rekor"], 2.0, times=1),
    "rekor 409": lambda f: f.conflict(times=2),
    "rekor answer lost": lambda f: f.web.alter(SERVICES["rekor"], lambda _: None),
    "rekor garbage": lambda f: f.web.alter(SERVICES["rekor"], lambda _: Response(201, b"{}")),
    "rekor refused": lambda f: f.down("rekor", times=2),
    "tsa 503": lambda f: f.web.fail(SERVICES["tsa"], 503, times=9),
    "tsa garbage": lambda f: f.web.alter(SERVICES["tsa"], lambda _: Response(201, b"?")),
    "all at once": all_at_once,
}


@pytest.mark.parametrize("rekor", [1, 2])
@pytest.mark.parametrize("outage", PASSING)
def test_what_passes_is_survived(fake: FakeSigstore, outage: str, rekor: int) -> None:
    PASSING[outage](fake)
    bundle = signer(fake, rekor).sign(STATEMENT)
    assert check(bundle, trust(fake)).timestamps == 1


LASTING: dict[str, tuple[Callable[[FakeSigstore], None], str]] = {
    "fulcio": (lambda f: f.down("fulcio"), "signingCert: Remote end closed"),
    "tsa": (lambda f: f.down("tsa"), "timestamp"),
    "rekor": (lambda f: f.down("rekor"), "log/entries: Remote end closed"),
    "rekor hangs": (lambda f: f.web.slow(SERVICES["rekor"], 60), "Read timed out"),
}


@pytest.mark.parametrize("rekor", [1, 2])
@pytest.mark.parametrize("outage", LASTING)
def test_what_lasts_ends_and_is_named(fake: FakeSigstore, outage: str, rekor: int) -> None:
    start, said = LASTING[outage]
    start(fake)
    with pytest.raises(SigningError, match=said):
        signer(fake, rekor, whole=0.7).sign(STATEMENT)


def timed(fake: FakeSigstore, clock: Callable[[list[float]], float], waits: list[float]) -> Keyless:
    """Have a minute by a clock that goes on while the signer waits alone."""
    fake.web.fail(SERVICES["rekor"], 502, times=math.inf)
    return Keyless(trust(fake), fake.issuer.github_token, patience=Patience(whole=60, pause=10),
                   clock=lambda: clock(waits), sleep=waits.append)  # fmt: skip


def test_a_log_that_fails_to_the_end_is_down(fake: FakeSigstore) -> None:
    waits: list[float] = []
    with pytest.raises(LogDownError, match="502"):
        timed(fake, sum, waits).sign(STATEMENT)
    assert len(waits) > 1


def test_a_try_that_asks_nobody_is_no_failure_of_the_log_that_was_asked_before(
    fake: FakeSigstore,
) -> None:
    """Else a key would stand in for the log where it was a certificate that did not come."""
    waits: list[float] = []
    late = timed(fake, lambda slept: 86_400.0 * len(slept), waits)
    with pytest.raises(SigningError, match=r"no certificate came in time$") as caught:
        late.sign(STATEMENT)
    assert len(waits) == 1
    assert not isinstance(caught.value, LogDownError)


def refused_identity(fake: FakeSigstore) -> None:
    fake.web.fail(SERVICES["fulcio"], 401, times=math.inf)


def lying_log(fake: FakeSigstore) -> None:
    fake.trust.ct.wrong = True


@pytest.mark.parametrize(
    ("start", "said"), [(refused_identity, "401 fault"), (lying_log, "SCT")], ids=["401", "sct"]
)
def test_what_no_wait_can_mend_ends_at_once(
    fake: FakeSigstore, start: Callable[[FakeSigstore], None], said: str
) -> None:
    start(fake)
    before = fake.web.count(SERVICES["fulcio"])
    with pytest.raises(SigningError, match=said):
        signer(fake, whole=60).sign(STATEMENT)
    assert fake.web.count(SERVICES["fulcio"]) == before + 1


def test_threads_share_one_certificate(fake: FakeSigstore) -> None:
    before = fake.web.count(SERVICES["fulcio"])
    one = signer(fake)
    statements = [STATEMENT.replace(b'"app"', b'"app%d"' % n) for n in range(6)]
    with ThreadPoolExecutor(6) as pool:
        bundles = list(pool.map(one.sign, statements))
    assert [check(bundle, trust(fake)).payload for bundle in bundles] == statements
    assert fake.web.count(SERVICES["fulcio"]) == before + 1


def test_a_certificate_about_to_end_is_not_begun_with(fake: FakeSigstore) -> None:
    now = threading.local()
    now.at = 0.0
    one = Keyless(trust(fake), fake.issuer.github_token, clock=lambda: float(now.at))
    before = fake.web.count(SERVICES["fulcio"])
    one.sign(STATEMENT)
    now.at = 9 * 60.0
    one.sign(STATEMENT)
    assert fake.web.count(SERVICES["fulcio"]) == before + 2


def test_a_job_on_github_is_asked_for_its_identity(
    fake: FakeSigstore, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = fake.github_environment()
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    one = Keyless(trust(fake), ambient(environment))
    assert check(one.sign(STATEMENT), trust(fake)).by.san  # type: ignore[union-attr]


def test_a_job_without_the_permission_is_told_which_before_anything_is_asked() -> None:
    with pytest.raises(SigningError) as caught:
        ambient({"GITHUB_ACTIONS": "true"})
    assert "id-token: write" in caught.value.hint
    assert "fork" in caught.value.hint


def test_a_token_for_another_audience_is_refused(fake: FakeSigstore, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(fake.issuer.github_token(aud="other"))
    with pytest.raises(SigningError, match="token"):
        Keyless(trust(fake), from_file(file)).sign(STATEMENT)


def test_a_bundle_of_another_trust_is_not_verified(fake: FakeSigstore) -> None:
    with FakeSigstore() as other:
        bundle = signer(other).sign(STATEMENT)
    with pytest.raises(BundleError):
        check(bundle, trust(fake))


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"null", b"[" * 100_000, b"\xff", b'{"verificationMaterial": 1}']
)
def test_what_is_no_bundle_is_not_verified(fake: FakeSigstore, data: bytes) -> None:
    with pytest.raises(BundleError):
        check(data, trust(fake))
