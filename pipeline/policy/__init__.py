"""The judgement: a policy and evidence in, a verdict out. No clock, no disk, no network."""
