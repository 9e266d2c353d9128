"""A registry, spoken to by us: exact bytes and digests, referrers, and no credential sent astray.

"There is nothing" and "I could not look" are different answers here: the first is empty, the
second is raised.
"""
