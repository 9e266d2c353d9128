"""What an auditor asks for: the register of exceptions, controls, remediation times, roles."""
