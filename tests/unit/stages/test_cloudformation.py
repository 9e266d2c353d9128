"""What a template of CloudFormation leaves to others is said to be so."""

import json

import pytest

from pipeline.stages.config.cloudformation import passed_over

_TOP = "Parameters:\n  A: {Type: String}\n  B: {Type: String, Default: b}\nResources:\n  X:\n"


@pytest.mark.parametrize(
    "use",
    [
        "    P: !Ref A\n",
        "    P: [{Q: {Ref: A}}]\n",
        "    P: !Sub 'a-${A}'\n",
        "    P: {'Fn::Sub': ['${A}', {}]}\n",
        "    P: 1\nConditions:\n  C: !Equals [!Ref A, x]\n",
        "    P: 1\nOutputs: {O: {Value: !Ref A}}\n",
    ],
)
def test_a_parameter_without_a_default_keeps_rules_from_firing(use: str) -> None:
    assert "parameter A:" in passed_over(_TOP + use)


@pytest.mark.parametrize(
    "text",
    [
        _TOP + "    P: !Ref B\n",
        _TOP + "    P: [!Ref X, '${B}', A]\n",
        _TOP + "    TemplateURL: ./more.yaml\n",
        "Parameters: {A: {}}\nthings: [{Ref: A}]\n",
        "apiVersion: v1\nkind: Pod\n",
        "Resources: [\n",
        "- a\n",
        "a\n",
        "",
    ],
)
def test_what_says_all_of_itself_is_looked_at(text: str) -> None:
    assert passed_over(text) == ""


@pytest.mark.parametrize(
    "use",
    [
        "    TemplateURL: https://s3.example/a.yaml\n",
        "    TemplateURL: !Sub 'https://${B}/a.yaml'\n",
        "    TemplateURL: {'Fn::Join': ['', [a]]}\n",
        "    TemplateURL: !Ref B\n",
        "  Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://a/b}}\n",
    ],
)
def test_a_template_that_lies_elsewhere_is_looked_at_by_nobody(use: str) -> None:
    assert "elsewhere" in passed_over(_TOP + use)


def test_json_is_read_whatever_its_white_space() -> None:
    template = {"Parameters": {"A": {}}, "Resources": {"X": {"P": [{"Ref": "A"}]}}}
    assert "parameter A:" in passed_over(json.dumps(template, indent="\t"))
