"""What editors and docs/policy-reference.md say of keys whose name alone says too little.

By table and key, as they are written in the file. A key whose model has an attribute docstring
is not here.
"""

from collections.abc import Mapping
from typing import Final

_FILE: Final = {
    "apiVersion": "Always penstock/v1.",
    "kind": "Which file this is.",
}
_WHO: Final = {
    "owner": "Who answers for it.",
    "reason": "Why, in a sentence that an auditor understands.",
}
TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "GateDocument": {
        **_FILE,
        "metadata": "Whose policy this is.",
        "evidence": "What must be known before the gate may say PASS or WARN.",
        "unknowns": "What a value that nobody knows counts as.",
        "priorities": "Rows of the priority table: the first that matches counts; none: P3.",
        "sla": "How many days a finding may stay open. Not written: no rule may ask for it.",
        "rules": "What fails and what warns. Their order means nothing, and none can allow.",
        "budgets": "Counts over the whole run.",
        "exceptions": "What an exception may be.",
        "signing": "What may be signed of what was judged by this policy.",
    },
    "Metadata": {
        "name": "What reports call the policy.",
        "description": "A sentence for people.",
    },
    "AtLeast": {"gte": "This value and all above it."},
    "BudgetTable": {
        "id": "Its name in reports; no rule has the same.",
        "title": "What it is for, in a sentence.",
        "count": "What is counted.",
        "lt": "The count must stay below this.",
        "effect": "What it means when it does not.",
        "in": "The environments in which it counts.",
    },
    "EnrichmentTable": {
        "required": "true: without the feed the run is INCONCLUSIVE.",
        "max_age_hours": "An older feed counts as none.",
    },
    "EvidenceTable": {
        "tools": "Scanners that are not those of the lock.",
        "imports": "Evidence from elsewhere that may answer; nothing else may.",
        "allowed_exclusions": "Globs of penstock.toml that may leave files out, each until a day.",
        "tolerated_gaps": "Targets that may stay unanswered, each until a day; at best WARN.",
        "limits": "Beyond these the run is no PASS.",
        "enrichment": "Feeds about findings, by name.",
    },
    "ExceptionsTable": {
        "source_ref": "Exceptions come from the base commit, never from the change under test.",
        "requester_may_approve": "Never.",
        "max_days": "From `created` to `expires` at the most, by the finding's priority.",
        "ticket_pattern": "A regular expression for the whole ticket.",
        "min_reason_chars": "A shorter reason is none.",
        "require_version_in_purl": "Always: an exception names one version.",
        "allow_wildcards": "Never: an exception names its target.",
        "max_matches_default": "For exceptions that name no number themselves.",
        "warn_before_days": "An exception that ends so soon is a warning.",
        "unused": "What becomes of an exception that matches nothing.",
        "void_if": "When an exception ends by itself.",
    },
    "ExclusionTable": {"glob": "The same glob as in penstock.toml, to the letter.", **_WHO},
    "GraceTable": {
        "days": "How many.",
        "from": "The day on which they begin.",
        "only_if": "Conditions of the finding; an unknown value gives no grace.",
    },
    "ImportTable": {
        "stage": "The stage that it answers.",
        "tool": "The scanner that wrote it, as its reports name it.",
        "max_age_hours": "Older evidence answers nothing.",
    },
    "LimitsTable": {
        "max_findings": "In the whole run.",
        "max_report_mb": "For each report of a scanner.",
    },
    "MatchTable": {
        "kind": "What sort of defect it is.",
        "stage": "A stage that reported it; `image` means findings in images.",
        "severity": "How bad it is.",
        "confidence": "How sure its scanner is.",
        "priority": "As the priority table gives it.",
        "state": "Whether the base had it.",
        "cwes": "Classes of weakness, as CWE-89.",
        "fix_available": "Whether a fixed version is known; packages only.",
        "suppressed_inline": "Whether a comment in the source would silence it.",
        "kev": "Whether it is known to be exploited; packages only.",
        "epss": "How likely exploitation is; packages only.",
        "verified": "Whether a secret or a site was tried; secrets and sites only.",
        "exposure": "Who can reach it.",
        "sla_breached": "Whether its days are over.",
    },
    "PriorityTable": {
        "priority": "What the row gives.",
        "title": "What the row means, in a few words.",
        "match": "Which findings it means.",
    },
    "RuleTable": {
        "id": "What exceptions and tests call it.",
        "title": "What it asks for, in a sentence.",
        "match": "Which findings it means.",
        "effect": "What a match means.",
        "effect_in": "The same for single environments.",
        "grace": "Time that a breach has.",
        "controls": "References of your own, such as SOC2-CC7.1.",
    },
    "SlaTable": {
        "clock": "When a finding's days begin.",
        "days": "How many, by priority.",
        "pause_while_excepted": "Never: an exception stops no clock.",
        "kev_due_date": "A known exploit has the earlier one of its days and the catalogue's.",
    },
    "ToleratedTable": {
        "stage": "The stage that need not answer.",
        "target": "The target for which it need not, as the coverage names it.",
        **_WHO,
    },
    "ToolsTable": {"unlocked": "A scanner that is not the one of the lock."},
    "UnknownsTable": {
        "severity": "A severity that no source gives.",
        "fix_available": "Whether there is a fix, where nobody lists any.",
        "exposure": "Who can reach it, where nobody says.",
        "reachability": "No finding has it yet: it can be written and changes nothing.",
    },
    "UnusedTable": {
        "warn_after_days": "A warning from this day on.",
        "fail_after_days": "A breach from this day on, where every required question was answered.",
    },
    "VoidTable": {
        "kev": "Its finding becomes known to be exploited: always.",
        "severity_raised": "Its finding becomes more severe than approved: always.",
        "fix_available_became_true": "A fix appears, as the file or the history tells.",
    },
    "ExceptionDocument": {
        **_FILE,
        "type": "What sort of decision it is.",
        "rules": "The rules that it lifts, by id; each that fails the finding has to be named.",
        "target": "The one finding that it means.",
        "requester": "Who asks for it, and so cannot approve it.",
        "ticket": "Where it is tracked.",
        "reason": _WHO["reason"],
        "compensating_controls": "What makes it bearable.",
        "evidence": "The digest of a document that supports it.",
        "created": "The day on which it was written.",
        "not_before": "The day on which it begins; not written: `created`.",
        "vex": "What is said of it to others in a VEX document.",
    },
    "TargetTable": {"environments": "Where it applies; not written: everywhere."},
    "VexTable": {
        "status": "What the product is.",
        "justification": "Why it is not affected.",
        "action_statement": "What is done about it.",
    },
    "RolesDocument": {
        **_FILE,
        "roles": "By name; rules and approvals name them.",
        "keys": "Where the members' keys are.",
    },
    "RoleTable": {"can": "What its members may do."},
    "PolicyTestDocument": {**_FILE, "cases": "What the policy must make of which findings."},
    "CaseTable": {
        "name": "A sentence that says what holds.",
        "env": "The environment in which it is judged.",
        "findings": "What was found; not written: nothing.",
        "expect": "What must come of it.",
    },
    "ExpectTable": {
        "verdict": "What the gate says.",
        **{
            status: f"The exceptions that are {status.replace('_', ' ')}."
            for status in (
                "expired", "invalid", "not_yet", "over_matched", "unapproved", "unused", "void",
            )
        },
    },
    "FindingTable": {
        "kind": "What sort of defect it is.",
        "aliases": "Every id of its advisory.",
        "title": "What reports show.",
        "message": "What reports show below it.",
        "severity": "unknown: no source gives one.",
        "confidence": "How sure its scanner is.",
        "cwes": "Classes of weakness, as CWE-89.",
        "purl": "The package with its version.",
        "location": "Where in a file.",
        "kev_due": "The due date of the catalogue.",
        "automatable": "Whether attackers can automate it, as CISA says.",
        "technical_impact": "How much they gain, as CISA says.",
        "ssvc_possible": "Every row of BOD 26-04 that it may be, strictest first.",
        "state": "Whether the base had it.",
        "first_seen": "The day on which its clock starts, where a history proves it.",
        "known_since": "A day on which it was there.",
        "fix_available_at": "The day on which its first fix appeared.",
        "advisory_published": "The day of its advisory.",
        "withdrawn": "The day on which its advisory was withdrawn.",
        "suppressed_inline": "Whether a comment in the source would silence it.",
        "verified": "Whether a secret or a site was tried.",
        "exposure": "Who can reach it.",
        "match_key": "What an exception names it by; not written: one is made.",
    },
    "GapTable": {"reason": "Why there is no answer."},
    "PlaceTable": {
        "path": "From the top of the repository.",
        "line": "The first line.",
        "end_line": "The last one; not written: the first.",
    },
}  # fmt: skip

SAME: Final[Mapping[str, str]] = {"SampleException": "ExceptionDocument"}
"""Tables that have the keys of another one."""
