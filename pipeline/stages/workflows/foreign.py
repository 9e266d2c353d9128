"""Pipelines and infrastructure that no stage reads: never taken for looked at."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from pipeline.model import templates
from pipeline.model.gap import Gap, GapReason
from pipeline.model.inventory import Inventory

WORKFLOWS: Final[Mapping[str, str]] = {
    "GitLab CI": r"(?:.*/)?\.gitlab-ci(?:[-._][^/]*)?\.ya?ml|(?:.*/)?\.gitlab/ci/.+\.ya?ml",
    "Azure Pipelines": (
        r"(?:.*/)?\.?azure-pipelines(?:[-._][^/]*)?\.ya?ml"
        r"|(?:.*/)?\.?azure-pipelines/.+\.ya?ml|(?:.*/)?\.azuredevops/.+\.ya?ml"
    ),
    "CircleCI": r"(?:.*/)?\.circleci/[^/]+\.ya?ml",
    "Bitbucket Pipelines": r"(?:.*/)?bitbucket-pipelines\.ya?ml",
    "Gitea Actions": r"(?:.*/)?\.(?:gitea|forgejo)/workflows/[^/]+\.ya?ml",
    "Buildkite": r"(?:.*/)?\.buildkite/(?:[^/]*/)*[^/]+\.ya?ml",
    "Travis CI": r"(?:.*/)?\.travis\.ya?ml",
    "Drone or Woodpecker": (
        r"(?:.*/)?\.(?:drone|woodpecker)\.(?:ya?ml|star|jsonnet)|(?:.*/)?\.woodpecker/.+\.ya?ml"
    ),
    "Google Cloud Build": r"(?:.*/)?cloudbuild(?:[-.][^/]*)?\.(?:ya?ml|json)",
    "AWS CodeBuild": r"(?:.*/)?buildspec(?:[-.][^/]*)?\.ya?ml",
    "AppVeyor": r"(?:.*/)?\.?appveyor\.ya?ml",
    "Cirrus CI": r"(?:.*/)?\.cirrus\.(?:ya?ml|star)",
    "Semaphore": r"(?:.*/)?\.semaphore/[^/]+\.ya?ml",
    "Jenkins": r"(?:.*/)?jenkinsfile(?:[-._][^/]*)?|.*\.jenkinsfile",
    "Bitrise": r"(?:.*/)?bitrise\.ya?ml",
    "Codefresh": r"(?:.*/)?codefresh\.ya?ml",
    "Codemagic": r"(?:.*/)?codemagic\.ya?ml",
    "Bamboo": r"(?:.*/)?bamboo-specs/.+\.ya?ml",
    "Harness": r"(?:.*/)?\.harness/.+\.ya?ml",
    "Screwdriver": r"(?:.*/)?screwdriver\.ya?ml",
    "SourceHut": r"(?:.*/)?\.build\.ya?ml|(?:.*/)?\.builds/[^/]+\.ya?ml",
    "Zuul": r"(?:.*/)?\.?zuul\.ya?ml|(?:.*/)?\.?zuul\.d/.+\.ya?ml",
}
"""By the program that runs them: zizmor reads GitHub's alone."""

CONFIG: Final[Mapping[str, str]] = {
    "Compose": (
        r"(?:.*/)?(?:[^/]*[-_.])?compose(?:[-_.][^/]*)?\.ya?ml"
        r"|(?:.*/)?docker-stack(?:[-_.][^/]*)?\.ya?ml"
    ),
    "Docker Bake": r"(?:.*/)?docker-bake(?:[-_.][^/]*)?\.(?:hcl|json)",
    "Earthly": r"(?:.*/)?earthfile",
    "Helmfile": r"(?:.*/)?helmfile\.ya?ml(?:\.gotmpl)?",
    "Terragrunt": r"(?:.*/)?terragrunt\.hcl(?:\.json)?",
    "Ansible": (
        r"(?:.*/)?playbook(?:[-_.][^/]*)?\.ya?ml|(?:.*/)?playbooks/[^/]+\.ya?ml"
        r"|(?:.*/)?roles/[^/]+/(?:tasks|handlers)/.+\.ya?ml|(?:.*/)?(?:tasks|handlers)/main\.ya?ml"
    ),
    "Bicep": r".*\.bicep(?:param)?",
    "Packer": r".*\.pkr\.(?:hcl|json)",
    "Nomad": r".*\.nomad(?:\.hcl)?",
    "Pulumi": r"(?:.*/)?pulumi(?:\.[^/]*)?\.ya?ml",
    "Serverless Framework": r"(?:.*/)?serverless(?:\.[^/]*)?\.ya?ml",
    "Vagrant": r"(?:.*/)?vagrantfile",
    "Kustomize": r"(?:.*/)?kustomization(?:\.ya?ml)?",
    "Skaffold": r"(?:.*/)?skaffold(?:[-.][^/]*)?\.ya?ml",
    "Tilt": r"(?:.*/)?tiltfile",
    "Elastic Beanstalk": r"(?:.*/)?\.ebextensions/[^/]+\.config|(?:.*/)?dockerrun\.aws\.json",
    "Fly.io": r"(?:.*/)?fly(?:\.[^/]*)?\.toml",
    "Render": r"(?:.*/)?render\.ya?ml",
    "Heroku": r"(?:.*/)?(?:heroku\.ya?ml|procfile)",
    "Terraform to apply": r"(?:.*/)?tfplan(?:\.(?:bin|out|json))?|.*\.tfplan",
}
"""By the program that reads them: Trivy reads others. (Its checks of Ansible are an experiment.)"""


def gaps(
    stage: str,
    kinds: Mapping[str, str],
    inventory: Inventory,
    shown: Iterable[tuple[str, str]] = (),
) -> Mapping[str, Gap]:
    """Return a gap for each file of these kinds, by its path: the policy says what it is worth.

    `shown` are further files, each with its program.
    """
    pattern = re.compile("|".join(f"({one})" for one in kinds.values()), re.IGNORECASE | re.DOTALL)
    names = tuple(kinds)
    listed = {one.path for one in inventory.files} | {one.path for one in inventory.unread}
    found = dict(shown)
    for path in sorted(listed.difference(inventory.iac, inventory.workflows)):
        if meant := pattern.fullmatch(templates.filled(path)):
            found[path] = names[(meant.lastindex or 1) - 1]
    return {
        path: Gap(
            stage=stage,
            target=path,
            reason=GapReason.NO_RULES,
            detail=f"no scanner here reads what is meant for {program}",
        )
        for path, program in sorted(found.items())
    }
