"""The smallest policy that is worth having, with the tests that prove it."""

from typing import Final

GATE: Final = """\
apiVersion: penstock/v1
kind: GatePolicy
metadata: {name: minimal, description: What nobody should ship}

# What is not written here has its strict default: see docs/policy-reference.md of Penstock.
evidence:
  stages:
    semgrep:   {required: always}
    secrets:   {required: always}
    pip-audit: {required: when_present}
    packages:  {required: when_present}
    image:     {required: when_present}
    config:    {required: when_present}
    workflows: {required: when_present}
    sbom:      {required: always}

priorities:
  - {priority: P0, title: Secret,   match: {kind: [secret]}}
  - {priority: P0, title: Critical, match: {severity: [critical]}}
  - {priority: P1, title: High,     match: {severity: [high]}}
  - {priority: P2, title: Medium,   match: {severity: [medium]}}

rules:
  - id: GATE-001
    title: No P0 open
    match: {priority: [P0]}
    effect: fail
    exception_roles: [security]
  - id: GATE-002
    title: No P1 open
    match: {priority: [P1]}
    effect: fail
    exception_roles: [security]
  - id: GATE-003
    title: No less was looked at than before
    match: {kind: [coverage]}
    effect: fail
    exception_roles: [security]
  - id: GATE-004
    title: Medium findings are reported
    match: {priority: [P2]}
    effect: warn
    exception_roles: [security]

exceptions:
  approvals: {default: 1}
"""

TESTS: Final = """\
apiVersion: penstock/v1
kind: PolicyTest
now: 2026-11-21T12:00:00Z

# An exception that exists in these cases alone.
exceptions:
  - id: EX-A
    rules: [GATE-001, GATE-002]
    target: {vulnerability: CVE-2026-1, purl: "pkg:pypi/jinja2@2.10"}
    approved_at_severity: critical
    approved_without_fix: true
    owner: dave@example.com
    requester: erin@example.com
    ticket: SEC-482
    reason: Only operators write these templates, and the upgrade waits for the next release.
    created: 2026-11-20
    expires: 2026-11-27
  - id: EX-8-DAYS
    rules: [GATE-001]
    target: {vulnerability: CVE-2026-1, purl: "pkg:pypi/jinja2@2.10"}
    approved_at_severity: critical
    owner: dave@example.com
    requester: erin@example.com
    ticket: SEC-482
    reason: Only operators write these templates, and the upgrade waits for the next release.
    created: 2026-11-20
    expires: 2026-11-28
  - id: EX-31-DAYS
    rules: [GATE-002]
    target: {vulnerability: CVE-2026-1, purl: "pkg:pypi/jinja2@2.10"}
    approved_at_severity: critical
    owner: dave@example.com
    requester: erin@example.com
    ticket: SEC-482
    reason: Only operators write these templates, and the upgrade waits for the next release.
    created: 2026-11-20
    expires: 2026-12-21
  - id: EX-91-DAYS
    rules: [GATE-004]
    target: {vulnerability: CVE-2026-1, purl: "pkg:pypi/jinja2@2.10"}
    approved_at_severity: critical
    owner: dave@example.com
    requester: erin@example.com
    ticket: SEC-482
    reason: Only operators write these templates, and the upgrade waits for the next release.
    created: 2026-11-20
    expires: 2027-02-19
  - id: EX-181-DAYS
    rules: [GATE-001]
    target: {vulnerability: CVE-2026-1, purl: "pkg:pypi/jinja2@2.10"}
    approved_at_severity: critical
    owner: dave@example.com
    requester: erin@example.com
    ticket: SEC-482
    reason: Only operators write these templates, and the upgrade waits for the next release.
    created: 2026-11-20
    expires: 2027-05-20

cases:
  - name: nothing found is a pass
    env: pr
    expect: {verdict: pass, unanswered: []}
  - name: a low finding passes
    env: pr
    findings: [{kind: sca, severity: low}]
    expect: {verdict: pass, rules: [], warnings: [], priority: P3}
  - name: a medium one is reported
    env: pr
    findings: [{kind: sca, severity: medium}]
    expect: {verdict: warn, warnings: [GATE-004], priority: P2}
  - name: a high one fails, also where it is old
    env: pr
    findings: [{kind: sast, severity: high, state: existing, first_seen: 2026-11-20}]
    expect: {verdict: fail, rules: [GATE-002], priority: P1}
  - name: an unknown severity counts as high
    env: pr
    findings: [{kind: sca}]
    expect: {verdict: fail, rules: [GATE-002], assumed: []}
  - name: a critical one fails
    env: pr
    findings: [{kind: sca, severity: critical}]
    expect: {verdict: fail, rules: [GATE-001], priority: P0}
  - name: a secret fails, whatever its severity and its age
    env: pr
    findings: [{kind: secret, severity: low, state: existing, first_seen: 2026-11-20}]
    expect: {verdict: fail, rules: [GATE-001], priority: P0}
  - name: less was looked at than before
    env: pr
    findings: [{kind: coverage, severity: low, state: existing, first_seen: 2026-11-20}]
    expect: {verdict: fail, rules: [GATE-003]}
  - name: every stage has to answer
    env: pr
    gaps:
      - {stage: semgrep}
      - {stage: secrets}
      - {stage: pip-audit}
      - {stage: packages}
      - {stage: image}
      - {stage: config}
      - {stage: workflows}
      - {stage: sbom}
    expect:
      verdict: inconclusive
      unanswered: [semgrep, secrets, pip-audit, packages, image, config, workflows, sbom]
  - name: code, secrets and the bill of materials are always there
    env: pr
    absent: [semgrep, secrets, pip-audit, packages, image, config, workflows, sbom]
    expect: {verdict: inconclusive, unanswered: [semgrep, secrets, sbom]}
  - name: an approved exception covers what it names
    env: pr
    findings: [{kind: sca, severity: high, aliases: [CVE-2026-1], purl: "pkg:pypi/jinja2@2.10"}]
    exceptions: [EX-A]
    expect: {verdict: warn, rules: [], excepted: [EX-A]}
  - name: one without a signature covers nothing
    env: pr
    findings: [{kind: sca, severity: high, aliases: [CVE-2026-1], purl: "pkg:pypi/jinja2@2.10"}]
    exceptions: [EX-A]
    signed_by: []
    expect: {verdict: fail, unapproved: [EX-A]}
  - name: nor does one for what can be mended by now
    env: pr
    findings:
      - kind: sca
        severity: high
        aliases: [CVE-2026-1]
        purl: "pkg:pypi/jinja2@2.10"
        fix_available: true
    exceptions: [EX-A]
    expect: {verdict: fail, void: [EX-A]}
  - name: a P0 has a week at the most
    env: pr
    findings: [{kind: sca, severity: critical, aliases: [CVE-2026-1], purl: "pkg:pypi/jinja2@2.10"}]
    exceptions: [EX-8-DAYS]
    expect: {verdict: fail, void: [EX-8-DAYS]}
  - name: a P1 has 30 days
    env: pr
    findings: [{kind: sca, severity: high, aliases: [CVE-2026-1], purl: "pkg:pypi/jinja2@2.10"}]
    exceptions: [EX-31-DAYS]
    expect: {verdict: fail, void: [EX-31-DAYS]}
  - name: a P2 has 90 days
    env: pr
    findings: [{kind: sca, severity: medium, aliases: [CVE-2026-1], purl: "pkg:pypi/jinja2@2.10"}]
    exceptions: [EX-91-DAYS]
    expect: {verdict: warn, void: [EX-91-DAYS]}
  - name: nothing has more than 180 days
    env: pr
    exceptions: [EX-181-DAYS]
    expect: {verdict: warn, invalid: [EX-181-DAYS]}
"""
