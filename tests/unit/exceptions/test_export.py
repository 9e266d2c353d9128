"""From exceptions to statements: exact products, all aliases, and only in the safe direction."""

from typing import Final

import msgspec
import pytest

from pipeline.errors import UsageError
from pipeline.exceptions.disclosure import disclosure
from pipeline.exceptions.export import Export, export, product_purl
from pipeline.model.finding import Finding
from pipeline.policy.judging.gate import judge
from pipeline.vex.boms import Bom
from pipeline.vex.model import Statement
from tests.support.judging import case, code, exception, package, with_exceptions

EVIDENCE: Final = "sha256:" + "e" * 64
DIGEST: Final = "sha256:" + "d" * 64
CLEAN: Final = "{status: not_affected, justification: vulnerable_code_not_in_execute_path}"
LINK: Final = "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#pkg%3Apypi%2Fjinja2%402.10"
SOURCE: Final = Bom(image=None, digest=None, packages=(("pkg:pypi/jinja2@2.10", LINK),))
API: Final = "ghcr.io/acme/api"
IMAGE: Final = Bom(image=f"{API}:1.2", digest=DIGEST, packages=(("pkg:pypi/Jinja2@2.10", LINK),))


def not_affected(ident: str = "EX-1", **fields: str | None) -> bytes:
    usual: dict[str, str | None] = {"type": "not_affected", "evidence": EVIDENCE, "vex": CLEAN}
    return exception(ident, **{**usual, **fields})


def exported(*files: bytes, findings: tuple[Finding, ...], env: str = "pr") -> Export:
    asked = case(with_exceptions(*files), *findings, env=env)
    return export(asked, judge(asked), (SOURCE, IMAGE))


def only(found: Export) -> Statement:
    (statement,) = found.statements
    return statement


def in_image(ref: str = f"{API}:1.2", **fields: str) -> Finding:
    return package(stage="image", sources=("image",), target=ref, **fields)


def target(**fields: str) -> str:
    body = {"vulnerability": "CVE-2026-11111", "purl": "'pkg:pypi/jinja2@2.10'", **fields}
    return "{" + ", ".join(f"{name}: {text}" for name, text in body.items()) + "}"


def test_an_active_claim_names_the_package_with_every_alias_and_its_place_in_the_sbom() -> None:
    known = package(aliases=("CVE-2026-11111", "GHSA-a-b-c", "PYSEC-2026-1"))
    said = only(exported(not_affected(), findings=(known,)))
    assert (said.vulnerability, said.status) == ("CVE-2026-11111", "not_affected")
    assert said.aliases == ("GHSA-a-b-c", "PYSEC-2026-1")
    assert [(one.purl, one.container) for one in said.products] == [("pkg:pypi/jinja2@2.10", None)]
    assert said.products[0].bom_links == (LINK,)


def test_the_reason_the_ticket_and_the_people_stay_at_home() -> None:
    found = exported(exception(compensating_controls="[WAF rule 93114]"), findings=(package(),))
    told = repr(found.statements)
    for secret in ("operators", "SEC-482", "dave@", "erin@", "93114"):
        assert secret not in told


def test_an_unapproved_claim_is_not_made() -> None:
    asked = case(with_exceptions(not_affected(), exceptions="{approvals: {default: 1}}"), package())
    found = export(asked, judge(asked), ())
    assert found.statements == ()
    assert [one.why.split(":")[0] for one in found.notes] == ["unapproved"]


@pytest.mark.parametrize(
    ("fields", "finding"),
    [
        ({"expires": "2026-11-25"}, package()),
        ({}, package(kev=True)),
        ({"max_matches": "1"}, package()),
    ],
    ids=["expired", "void", "over-matched"],
)
def test_a_claim_that_ended_is_affected_again(fields: dict[str, str], finding: Finding) -> None:
    more = package(target="other.txt", fix_versions=("2.10.1",))
    said = only(exported(not_affected(**fields), findings=(finding, more)))
    assert (said.status, said.justification) == ("affected", None)
    assert said.action == "Upgrade to 2.10.1."


def test_an_exception_for_an_image_is_limited_to_its_repository() -> None:
    said = only(
        exported(not_affected(target=target(artifact=API)), findings=(package(), in_image()))
    )
    assert {one.container for one in said.products} == {
        "pkg:oci/api?repository_url=ghcr.io/acme/api"
    }
    assert said.products[0].bom_links == (LINK,)


def test_an_exception_for_a_digest_names_the_digest() -> None:
    held = in_image(f"{API}@{DIGEST}")
    said = only(exported(not_affected(target=target(artifact=DIGEST)), findings=(held,)))
    (product,) = said.products
    assert product.digest == DIGEST
    assert product.container == (f"pkg:oci/api@sha256%3A{'d' * 64}?repository_url=ghcr.io/acme/api")


@pytest.mark.parametrize(
    ("artifact", "url"),
    [
        ("nginx", "index.docker.io/library/nginx"),
        ("acme/api", "index.docker.io/acme/api"),
        ("docker.io/acme/api", "index.docker.io/acme/api"),
        ("localhost:5000/api", "localhost%3A5000/api"),
    ],
)
def test_a_repository_is_written_in_full_as_scanners_write_it(artifact: str, url: str) -> None:
    held = in_image(f"{artifact}:1")
    said = only(exported(not_affected(target=target(artifact=artifact)), findings=(held,)))
    assert str(said.products[0].container).endswith(f"?repository_url={url}")


def test_an_image_that_nobody_can_name_is_left_out_rather_than_widened() -> None:
    found = exported(not_affected(target=target(artifact="oci:build/image")), findings=())
    assert found.statements == ()
    found = exported(
        not_affected(target=target(artifact="oci:build/image")),
        findings=(in_image("oci:build/image"),),
    )
    assert found.statements == ()
    assert "no image of this run" in found.notes[0].why


def test_what_speaks_of_no_advisory_is_left_out_and_said() -> None:
    key = code().match_key
    found = exported(exception(target=f"{{match_key: {key}}}"), findings=(code(),))
    assert found.statements == ()
    assert "no advisory" in found.notes[0].why


def test_aliases_that_join_two_cves_are_not_exported() -> None:
    poisoned = package(aliases=("CVE-2026-11111", "CVE-2026-22222", "GHSA-a-b-c"))
    said = only(exported(not_affected(), findings=(poisoned,)))
    assert (said.vulnerability, said.aliases) == ("CVE-2026-11111", ())


def test_a_claim_for_some_paths_only_hides_nothing_elsewhere() -> None:
    found = exported(not_affected(target=target(paths="[requirements.txt]")), findings=(package(),))
    assert only(found).status == "under_investigation"
    assert "some paths" in found.notes[0].why


def test_a_policy_that_the_change_could_have_written_makes_no_claim() -> None:
    usual = case(with_exceptions(not_affected()), package())
    source = msgspec.structs.replace(usual.source, trusted=False)
    asked = msgspec.structs.replace(usual, source=source)
    found = export(asked, judge(asked), ())
    assert only(found).status == "under_investigation"
    assert "base commit" in found.notes[0].why


def test_a_demo_makes_no_claim() -> None:
    asked = case(with_exceptions(not_affected()), package())
    judged = judge(asked)
    demo = msgspec.structs.replace(judged.verdict, demo=True)
    found = export(asked, msgspec.structs.replace(judged, verdict=demo), ())
    assert only(found).status == "under_investigation"
    assert "demo" in found.notes[0].why


def test_a_file_that_cannot_be_read_is_mentioned() -> None:
    found = exported(exception(expires="never"), findings=(package(),))
    assert (found.statements, found.notes[0].why) == ((), "its file cannot be used")


def test_a_product_limits_what_is_said_of_the_source() -> None:
    asked = case(with_exceptions(not_affected()), package())
    purl = "pkg:oci/shop?repository_url=ghcr.io/acme/shop"
    found = export(asked, judge(asked), (), product=product_purl(purl))
    assert [one.container for one in only(found).products] == [purl]
    with pytest.raises(UsageError, match="--product"):
        product_purl("shop")


def test_a_disclosure_holds_every_advisory_once_and_analyses_only_what_is_decided() -> None:
    asked = case(
        with_exceptions(not_affected()),
        package(),
        package("flask", "1.0", cve="CVE-2026-2", fix_versions=("1.1",), cwes=("CWE-79",)),
        package("flask", "1.0", cve="CVE-2026-2", target="other.txt"),
        in_image(),
        code(),
    )
    judged = judge(asked)
    made = disclosure(export(asked, judged, (SOURCE,)), judged.findings, (SOURCE, IMAGE))
    said = {(one.statement.vulnerability, one.silent): one for one in made}
    assert len(made) == 3
    assert not said["CVE-2026-11111", False].silent
    assert said["CVE-2026-11111", True].statement.products[0].bom_links == (LINK,)
    flask = said["CVE-2026-2", True]
    assert (flask.recommendation, flask.cwes) == ("Upgrade to 1.1.", (79,))
