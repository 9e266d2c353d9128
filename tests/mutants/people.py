"""Ways to break who approves, what is counted again, and what is said of exceptions."""

from typing import Final

from tests.mutants.mutants import Mutant

PEOPLE: Final = (
    Mutant(
        "who-wrote-it-approves", "judging/approvals",
        '        **dict.fromkeys(authors, "wrote the file, by the commit that brought it in"),\n',
        "",
    ),
    Mutant(
        "a-key-of-two-people-approves", "judging/approvals",
        "if one.key in shared:",
        "if False:",
    ),
    Mutant(
        "break-glass-by-any-role", "judging/approvals",
        'return "" if held else f"holds no role that can {_BREAK}"',
        'return ""',
    ),
    Mutant(
        "fewest-approvals-of-its-findings", "judging/exceptions",
        "    return max(\n        (terms.approvals_for",
        "    return min(\n        (terms.approvals_for",
    ),
    Mutant(
        "break-glass-before-its-time", "judging/break_glass",
        "if case.instant < one.created:",
        "if False:",
    ),
    Mutant(
        "break-glass-unsigned", "judging/break_glass",
        "if len(approval.approved_by) >= _NEEDED:",
        "if True:",
    ),
    Mutant(
        "break-glass-over-changed-files", "judging/break_glass",
        "if subject.dirty is not False:",
        "if False:",
    ),
    Mutant(
        "break-glass-where-nothing-failed", "judging/break_glass",
        "if decision is not Decision.FAIL:",
        "if False:",
    ),
    Mutant(
        "renewals-by-the-files-word-alone", "judging/refiled",
        "return max(one.renewals, earlier)",
        "return one.renewals",
    ),
    Mutant(
        "renewals-against-the-files-word", "judging/refiled",
        "return max(one.renewals, earlier)",
        "return earlier",
    ),
    Mutant(
        "renewals-by-one-alias-alone", "judging/refiled",
        "ids |= ids_of(finding) if not cves_of(finding) else set()",
        "pass",
    ),
    Mutant(
        "renewals-across-two-cves", "judging/refiled",
        "ids |= ids_of(finding) if not cves_of(finding) else set()",
        "ids |= ids_of(finding)",
    ),
    Mutant(
        "renewals-by-what-came-later", "judging/refiled",
        "and (other.created, other.id) < (one.created, one.id)",
        "and other.id != one.id",
    ),
    Mutant(
        "renewals-of-another-place", "judging/refiled",
        "            and _reaches(other, paths)\n",
        "",
    ),
    Mutant(
        "renewals-of-any-image", "judging/refiled",
        'return unversioned(one.purl or ""), one.artifact',
        'return unversioned(one.purl or ""), None',
    ),
    Mutant(
        "keys-that-count-for-nothing-unsaid", "judging/notices",
        "for one in case.policy.remarks",
        "for one in ()",
    ),
    Mutant(
        "an-end-unsaid", "judging/notices",
        "if left <= terms.warn_before_days:",
        "if False:",
    ),
    Mutant(
        "unused-in-another-environment", "judging/notices",
        " and case.environment in exception.environments",
        "",
    ),
    Mutant(
        "unused-never-fails", "judging/notices",
        "age >= fail_after",
        "False",
    ),
    Mutant(
        "unused-fails-in-the-dark", "judging/notices",
        "if complete and fail_after",
        "if fail_after",
    ),
    Mutant(
        "unused-unsaid", "judging/notices",
        "elif age >= terms.unused_warn_after_days:",
        "elif False:",
    ),
)  # fmt: skip
