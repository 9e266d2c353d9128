"""The exceptions that tests may name: those of the policy, and those that a test file holds."""

import re
from collections.abc import Iterable, Mapping

import msgspec

from pipeline.authoring.cases import Sample
from pipeline.errors import UsageError
from pipeline.policy.loading.check import Terms, policy_exception
from pipeline.policy.loading.records import as_filed
from pipeline.policy.loading.renewals import Filed, renewals
from pipeline.policy.model import BadException, Policy, PolicyException


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Every exception that a case may name."""

    every: Mapping[str, PolicyException | BadException]
    filed: Mapping[str, Filed]
    """Those of the test file, as the count of renewals needs them."""

    def named(self, names: Iterable[str]) -> tuple[PolicyException | BadException, ...]:
        """Return those that a case names, as if there were no other."""
        chosen = tuple(names)
        counts = renewals([self.filed[name] for name in chosen if name in self.filed])
        return tuple(_renewed(self.every[name], counts) for name in chosen)


def _renewed(
    one: PolicyException | BadException, counts: Mapping[str, int]
) -> PolicyException | BadException:
    if isinstance(one, BadException) or one.id not in counts:
        return one
    return msgspec.structs.replace(one, renewals=counts[one.id])


def known_exceptions(samples: tuple[Sample, ...], policy: Policy) -> Known:
    """Return them by id; one that the policy refuses is bad, as its file would be."""
    own: dict[str, PolicyException | BadException] = {
        **{one.id: one for one in policy.bad_exceptions},
        **{one.id: one for one in policy.exceptions},
    }
    if not samples:
        return Known(every=own, filed={})
    terms = _terms(policy)
    made = {one.said.id: _made(one, terms) for one in samples}
    filed = {
        one.said.id: as_filed(one.said, good)
        for one in samples
        if isinstance(good := made[one.said.id], PolicyException)
    }
    return Known(every={**own, **made}, filed=filed)


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
