"""What every feed owes to the rest: one line in the registry makes it known everywhere."""

import msgspec

from pipeline.cli import feeds
from pipeline.config.document import FeedPaths
from pipeline.feeds import ENRICHING, FEEDS, ON_REQUEST
from pipeline.model.knowledge import Knowledge
from pipeline.policy.loading.evidence_document import EvidenceTable


def test_a_configuration_may_name_the_place_of_every_feed() -> None:
    assert FeedPaths.model_fields.keys() == FEEDS.keys()


def test_what_a_feed_about_findings_says_has_its_name() -> None:
    assert ENRICHING.keys() <= {field.name for field in msgspec.structs.fields(Knowledge)}


def test_a_policy_may_require_every_feed_about_findings() -> None:
    schema = EvidenceTable.model_json_schema()["properties"]["enrichment"]
    assert set(schema["propertyNames"]["enum"]) == ENRICHING.keys()


def test_the_help_names_every_feed() -> None:
    usual, _, asked = feeds.NAMES.partition(";")
    assert set(usual.split(", ")) == FEEDS.keys() - ON_REQUEST
    assert all(name in asked for name in ON_REQUEST)
