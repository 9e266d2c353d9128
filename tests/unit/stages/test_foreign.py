import pytest

from pipeline.model.gap import GapReason
from pipeline.model.inventory import Unread
from pipeline.stages.base import Options
from pipeline.stages.config import stage as config
from pipeline.stages.workflows import stage as workflows
from tests.support import staging

OPTIONS = Options()


@pytest.mark.parametrize(
    ("path", "program"),
    [
        (".gitlab-ci.yml", "GitLab CI"),
        ("team/.gitlab-ci.deploy.yaml", "GitLab CI"),
        ("azure-pipelines.yml", "Azure Pipelines"),
        ("azure-pipelines-release.yml", "Azure Pipelines"),
        (".circleci/config.yml", "CircleCI"),
        (".gitea/workflows/ci.yaml", "Gitea Actions"),
        (".forgejo/workflows/ci.yaml", "Gitea Actions"),
        (".buildkite/pipeline.yml", "Buildkite"),
        (".drone.yml", "Drone or Woodpecker"),
        (".woodpecker/build/linux.yaml", "Drone or Woodpecker"),
        ("cloudbuild.json", "Google Cloud Build"),
        ("ci/buildspec-test.yml", "AWS CodeBuild"),
        ("Jenkinsfile", "Jenkins"),
        ("ci/Jenkinsfile.release", "Jenkins"),
        ("ci/release.jenkinsfile", "Jenkins"),
        (".drone.star", "Drone or Woodpecker"),
        ("appveyor.yml", "AppVeyor"),
        (".cirrus.yml", "Cirrus CI"),
        (".semaphore/semaphore.yml", "Semaphore"),
        ("ci/Jenkinsfile-nightly", "Jenkins"),
        (".gitlab/ci/build.yml", "GitLab CI"),
        (".azure-pipelines/templates/build.yml", "Azure Pipelines"),
        ("bitrise.yml", "Bitrise"),
        ("codefresh.yml", "Codefresh"),
        ("codemagic.yaml", "Codemagic"),
        ("bamboo-specs/bamboo.yml", "Bamboo"),
        (".harness/build.yaml", "Harness"),
        ("screwdriver.yaml", "Screwdriver"),
        (".build.yml", "SourceHut"),
        (".builds/alpine.yml", "SourceHut"),
        ("zuul.d/jobs.yaml", "Zuul"),
    ],
)
def test_a_pipeline_that_zizmor_does_not_read_is_asked_and_is_a_gap(
    path: str, program: str
) -> None:
    scope = workflows.scope(staging.bare(files=(staging.source(path),)), OPTIONS)
    assert scope.asked == (path,)
    (gap,) = scope.gaps
    assert (gap.target, gap.reason) == (path, GapReason.NO_RULES)
    assert program in gap.detail
    assert config.scope(staging.bare(files=(staging.source(path),)), OPTIONS).asked == ()


@pytest.mark.parametrize(
    ("path", "program"),
    [
        ("docker-compose.yml", "Compose"),
        ("dev/compose.override.yaml", "Compose"),
        ("DOCKER-COMPOSE.prod.YML", "Compose"),
        ("dev.compose.yaml", "Compose"),
        ("local-compose.yml", "Compose"),
        ("docker-stack.yml", "Compose"),
        ("docker-bake.hcl", "Docker Bake"),
        ("api/Earthfile", "Earthly"),
        ("helmfile.yaml", "Helmfile"),
        ("live/terragrunt.hcl", "Terragrunt"),
        ("playbook.yml", "Ansible"),
        ("roles/web/tasks/main.yml", "Ansible"),
        ("infra/main.bicep", "Bicep"),
        ("image.pkr.hcl", "Packer"),
        ("job.nomad.hcl", "Nomad"),
        ("Pulumi.prod.yaml", "Pulumi"),
        ("serverless.yml", "Serverless Framework"),
        ("Vagrantfile", "Vagrant"),
        ("Vagrantfile.erb", "Vagrant"),
        ("docker-compose.yml.j2", "Compose"),
        ("tasks/main.yml", "Ansible"),
        ("base/kustomization.yaml", "Kustomize"),
        ("skaffold.yaml", "Skaffold"),
        ("Tiltfile", "Tilt"),
        (".ebextensions/01.config", "Elastic Beanstalk"),
        ("fly.toml", "Fly.io"),
        ("render.yaml", "Render"),
        ("Procfile", "Heroku"),
        ("tfplan", "Terraform to apply"),
        ("infra/prod.tfplan", "Terraform to apply"),
    ],
)
def test_infrastructure_that_trivy_does_not_read_is_asked_and_is_a_gap(
    path: str, program: str
) -> None:
    scope = config.scope(staging.bare(files=(staging.source(path),)), OPTIONS)
    assert scope.asked == (path,)
    (gap,) = scope.gaps
    assert (gap.target, gap.reason) == (path, GapReason.NO_RULES)
    assert program in gap.detail


@pytest.mark.parametrize(
    "path",
    ["recompose.yml", "compose.py", "docs/gitlab-ci.md", "playbook.md", "roles/web/README.md",
     "site.yml", "buildspec.txt", "vagrantfile.md", "tfplan.py",
     "kustomization.md", "butterfly.toml", "app.config", "docker-compose.yml.example"],
)  # fmt: skip
def test_what_only_sounds_like_one_is_none(path: str) -> None:
    inventory = staging.bare(files=(staging.source(path),))
    assert config.scope(inventory, OPTIONS).asked == ()
    assert workflows.scope(inventory, OPTIONS).asked == ()


def test_what_a_scanner_reads_stays_an_ordinary_question() -> None:
    path = "compose.yaml"  # by what stands in it, an object of Kubernetes
    inventory = staging.bare(files=(staging.source(path),), iac=(path,))
    assert config.scope(inventory, OPTIONS).gaps == ()


def test_one_that_could_not_be_copied_is_a_gap_too() -> None:
    unread = Unread(path=".gitlab-ci.yml", reason=GapReason.LINK_OUTSIDE)
    scope = workflows.scope(staging.bare(unread=(unread,)), OPTIONS)
    assert [gap.target for gap in scope.gaps] == [".gitlab-ci.yml"]


def test_one_that_only_its_content_shows_is_a_gap_too() -> None:
    known = (("site.yml", "Ansible"), ("x.yml", "Compose"))
    scope = config.scope(staging.bare(foreign=known), OPTIONS)
    assert scope.asked == ("site.yml", "x.yml")
    assert [gap.reason for gap in scope.gaps] == [GapReason.NO_RULES] * 2
    assert ["Ansible" in gap.detail for gap in scope.gaps] == [True, False]
    assert workflows.scope(staging.bare(foreign=known), OPTIONS).asked == ()
