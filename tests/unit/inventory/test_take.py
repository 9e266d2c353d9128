import os
from pathlib import Path

import msgspec
import pytest

from pipeline.inventory import copy
from pipeline.inventory.take import Request, digest_of, take
from pipeline.model.gap import GapReason
from pipeline.model.inventory import BadImage, Image, Inventory, Origin
from tests.unit.inventory.conftest import Lay, Take


def paths(inventory: Inventory) -> list[str]:
    return [file.path for file in inventory.files]


def copies(tmp_path: Path) -> list[str]:
    source = tmp_path / "private/src"
    return sorted(str(p.relative_to(source)) for p in source.rglob("*") if not p.is_dir())


def test_the_inventory_and_the_copy_hold_the_same_files(take_tree: Take, tmp_path: Path) -> None:
    found = take_tree({"a.py": "x = 1\n", "b/c.go": "", "d/logo.png": b"\0"})
    assert paths(found) == ["a.py", "b/c.go", "d/logo.png"] == copies(tmp_path)
    assert [file.language for file in found.files] == ["python", "go", None]
    assert [file.binary for file in found.files] == [False, False, True]
    assert (found.origin, found.commit, found.dirty) == (Origin.FILES, None, None)


def test_names_that_are_no_text_are_escaped_in_both(take_tree: Take, tmp_path: Path) -> None:
    names = ["new\nline.py", "\x1b[31m.py", os.fsdecode(b"\xe9.py"), "a b.py"]
    found = take_tree(dict.fromkeys(names, "x = 1\n"))
    assert (
        paths(found)
        == ["\\x1b[31m.py", "\\xe9.py", "a b.py", "new\\x0aline.py"]
        == copies(tmp_path)
    )
    assert msgspec.json.decode(msgspec.json.encode(found), type=Inventory) == found


def test_a_manifest_counts_however_far_down_it_stands(
    take_tree: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copy, "PIECE", 64)
    text = "# filled\n" * 100 + "apiVersion: v1\nkind: List\nitems: []\n"
    assert take_tree({"k.yaml": text, "k.txt": text}).iac == ("k.yaml",)


def test_a_project_asks_for_packages_wherever_in_it_that_stands(
    take_tree: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copy, "PIECE", 64)
    padding = "<!-- filled -->\n" * 100
    found = take_tree({"x.csproj": f'{padding}<PackageReference Include="a"/>\n'})
    assert [one.path for one in found.manifests] == ["x.csproj"]


def test_what_begins_a_file_is_read_however_long_the_comments_above_it(
    take_tree: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copy, "PIECE", 64)
    padding = "# filled\n" * 100
    block = '# /// script\n# dependencies = ["a==1"]\n# ///\n'
    found = take_tree(
        {
            "tool.py": f"{padding}x = 1\n{padding}{block}",
            "api": f"{padding}ARG V\n\n{padding}FROM a\n{padding}RUN b\n",
            "list.txt": f"{padding}a==1\n",
            "text": f"{padding}Some words.\nFROM a\nRUN b\n",
            "job.hcl": f'{padding}job "a" {{}}\n',
            "pod.yaml.j2": f"{padding}apiVersion: v1\nkind: Pod\nmetadata: {{}}\n",
            "main.tf": f'{padding}module "a" {{\n  source = "git::https://example.org/a"\n}}\n',
        }
    )
    assert {one.path: one.form for one in found.manifests} == {
        "list.txt": "requirements",
        "tool.py": "script",
    }
    assert found.iac == ("api", "main.tf")
    assert {one.path: one.language for one in found.files}["api"] == "dockerfile"
    assert [path for path, _ in found.foreign] == ["job.hcl", "pod.yaml.j2"]
    assert [path for path, _ in found.remote_modules] == ["main.tf"]


def test_excluded_files_are_named_with_their_glob_and_not_copied(
    take_tree: Take, tmp_path: Path
) -> None:
    found = take_tree(
        {"a.py": "", "docs/b.py": "", "docs/requirements.txt": "a==1\n"}, exclude=("docs/**",)
    )
    assert [(one.path, one.by) for one in found.excluded] == [
        ("docs/b.py", "docs/**"),
        ("docs/requirements.txt", "docs/**"),
    ]
    assert paths(found) == ["a.py"] == copies(tmp_path)
    assert (found.pins, found.manifests) == ((), ())


def test_a_steering_file_is_excluded_by_its_real_name(take_tree: Take) -> None:
    found = take_tree({".semgrepignore": "*\n"}, exclude=(".semgrepignore",))
    assert [one.path for one in found.excluded] == ["\\x2esemgrepignore"]


def test_suppressions_are_recorded_and_without_effect(take_tree: Take, tmp_path: Path) -> None:
    found = take_tree({"a.tf": '#trivy:ignore:*\nresource "x" "y" {}\n', "b.py": "x # nosem\n"})
    assert [(one.path, one.line, one.marker) for one in found.suppressions] == [
        ("a.tf", 1, "trivy:ignore"),
        ("b.py", 1, "nosem"),
    ]
    assert b"ignore" not in (tmp_path / "private/src/a.tf").read_bytes()


def test_links_are_answered_by_their_file_or_are_gaps(
    lay: Lay, take_tree: Take, tmp_path: Path
) -> None:
    root = lay({"a.py": "x = 1\n", "note.txt": "eval(x)\n", "req.list": "flask==2.0\n"})
    (root / "same.py").symlink_to("a.py")
    (root / "code.py").symlink_to("note.txt")
    (root / "requirements.txt").symlink_to("req.list")
    (root / "out.py").symlink_to("/etc/passwd")
    (root / "loop.py").symlink_to("loop.py")
    found = take_tree({})
    assert paths(found) == ["a.py", "code.py", "note.txt", "req.list", "requirements.txt"]
    assert {one.path: one.reason for one in found.unread} == {
        "loop.py": GapReason.LINK_OUTSIDE,
        "out.py": GapReason.LINK_OUTSIDE,
    }
    assert [pin.target for pin in found.pins] == ["requirements.txt#flask==2.0"]
    source = tmp_path / "private/src"
    assert not any(path.is_symlink() for path in source.rglob("*"))
    assert (source / "code.py").read_text() == "eval(x)\n"


def test_a_requirements_file_named_through_a_link_is_found(lay: Lay, take_tree: Take) -> None:
    root = lay({"requirements.txt": "-r base.list\n", "deps/base.list": "flask==2.0\n"})
    (root / "base.list").symlink_to("deps/base.list")
    assert [pin.target for pin in take_tree({}).pins] == ["deps/base.list#flask==2.0"]


def test_a_link_to_something_excluded_is_a_gap(lay: Lay, take_tree: Take) -> None:
    root = lay({"docs/a.py": ""})
    (root / "a.py").symlink_to("docs/a.py")
    found = take_tree({}, exclude=("docs/**",))
    assert [(one.path, one.reason) for one in found.unread] == [("a.py", GapReason.LINK_OUTSIDE)]


def test_infrastructure_workflows_and_modules_are_named(take_tree: Take) -> None:
    found = take_tree(
        {
            "Dockerfile": "FROM x\n",
            "infra/main.tf": 'module "x" {\n  source = "hashicorp/consul/aws"\n}\n'
            'module "y" {\n  source = "./y"\n}\n',
            ".github/workflows/ci.yml": "on: push\n",
            ".github/dependabot.yml": "version: 2\n",
            "k/pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {}\n",
        }
    )
    assert found.iac == ("Dockerfile", "infra/main.tf", "k/pod.yaml")
    assert found.workflows == (".github/dependabot.yml", ".github/workflows/ci.yml")
    assert found.remote_modules == (("infra/main.tf", "hashicorp/consul/aws"),)


def test_an_empty_tree_is_an_empty_inventory(take_tree: Take, tmp_path: Path) -> None:
    found = take_tree({})
    assert (found.files, found.unread, found.pins) == ((), (), ())
    assert (tmp_path / "private/src").is_dir()


_IMAGE = Image(
    ref="oci:build/image",
    layout="/private/one",
    manifest_digest="sha256:0",
    config_digest="sha256:1",
    layers=(),
    platform="linux/amd64",
)


def test_images_are_sorted_by_name_and_their_place_counts_for_nothing(
    lay: Lay, tmp_path: Path
) -> None:
    root = lay({"a.py": ""})
    bad = BadImage(ref="archive:x.tar", reason=GapReason.NOT_READ, detail="")
    digests = set()
    for number, layout in enumerate(("/one", "/two")):
        image = msgspec.structs.replace(_IMAGE, layout=layout)
        private = tmp_path / str(number)
        private.mkdir()
        found = take(Request(root=root), tree=private, images=(image, bad))
        assert found.images == (bad, image)
        digests.add(found.digest)
    assert len(digests) == 1


def test_equal_trees_have_equal_digests_wherever_they_lie(tmp_path: Path) -> None:
    digests = []
    for name in ("one", "two"):
        root = tmp_path / name
        root.mkdir()
        (root / "a.py").write_text("x = 1\n")
        digests.append(take(Request(root=root), tree=tmp_path / f"{name}-copy", images=()).digest)
    assert digests[0] == digests[1]
    assert digests[0].startswith("sha256:")


@pytest.mark.parametrize(
    "change",
    [
        {"commit": "0" * 40},
        {"dirty": True},
        {"workflows": ("action.yml",)},
        {"files": ()},
    ],
)
def test_whatever_differs_gives_another_digest(take_tree: Take, change: dict[str, object]) -> None:
    found = take_tree({"a.py": "x = 1\n"})
    assert digest_of(msgspec.structs.replace(found, **change)) != found.digest
    assert digest_of(found) == found.digest


def test_a_root_that_is_a_link_is_the_folder_it_leads_to(lay: Lay, tmp_path: Path) -> None:
    root = lay({"a.py": "", "sub/b.py": ""})
    (tmp_path / "link").symlink_to(root)
    private = tmp_path / "private"
    found = take(Request(root=tmp_path / "link"), tree=private, images=())
    assert paths(found) == ["a.py", "sub/b.py"]
    assert found.root == str(root.resolve())
