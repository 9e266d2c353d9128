"""The exceptions that tests may name: those of the policy, and those that a test file holds."""

import re
from collections.abc import Mapping

import msgspec

from pipeline.authoring.cases import Sample
from pipeline.errors import UsageError
from pipeline.policy.loading.check import Terms, policy_exception
from pipeline.policy.loading.records import as_filed
from pipeline.policy.loading.renewals import renewals
from pipeline.policy.model import BadException, Policy, PolicyException


def known_exceptions(
    samples: tuple[Sample, ...], policy: Policy
) -> Mapping[str, PolicyException | BadException]:
    """Return them by id; one that the policy refuses is bad, as its file would be."""
    own: dict[str, PolicyException | BadException] = {
        **{one.id: one for one in policy.bad_exceptions},
        **{one.id: one for one in policy.exceptions},
    }
    if not samples:
        return own
    terms = _terms(policy)
    made = {one.said.id: _made(one, terms) for one in samples}
    good = {name: one for name, one in made.items() if isinstance(one, PolicyException)}
    counts = renewals(
        [as_filed(one.said, good[one.said.id]) for one in samples if one.said.id in good]
    )
    renewed = {
        name: msgspec.structs.replace(one, renewals=counts[name]) for name, one in good.items()
    }
    return {**own, **made, **renewed}


def _made(sample: Sample, terms: Terms) -> PolicyException | BadException:
    said = sample.said
    try:
        return policy_exception(said, sample.document, said.id, terms)
    except UsageError as exc:
        place = exc.where or sample.document.where(("id",))
        return BadException(id=said.id, reason=exc.message, place=place)


def _terms(policy: Policy) -> Terms:
    return Terms(
        rules={rule.id: rule for rule in policy.rules},
        ticket=re.compile(policy.terms.ticket_pattern),
        min_reason=policy.terms.min_reason_chars,
        longest=max(policy.terms.max_days.values()),
        max_matches=policy.terms.max_matches,
    )
