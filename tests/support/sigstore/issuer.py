"""An OIDC issuer: identity tokens, and those of a GitHub Actions job."""

import hashlib
import json
import time
from typing import Final

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.sigstore.encoding import Json, RefusedError

WORKFLOW: Final = "acme/app/.github/workflows/release.yml@refs/heads/main"


class Issuer:
    """Signs tokens, and reads them as Fulcio does."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._key = rsa.generate_private_key(65537, 2048)  # cosign takes a raw JWT only if RS256

    def token(self, subject: str = "ci@example.com", *, life: int = 600, **claims: object) -> str:
        """An identity token. An address makes an e-mail identity, anything else a URI."""
        now = int(time.time())
        base: Json = {
            "iss": self.url,
            "aud": "sigstore",
            "sub": subject,
            "iat": now,
            "nbf": now - 5,
            "exp": now + life,
        }
        if "@" in subject and "/" not in subject:
            base |= {"email": subject, "email_verified": True}
        return jwt.encode(base | claims, self._key, algorithm="RS256", headers={"kid": "k1"})

    def github_token(self, workflow: str = WORKFLOW, **claims: object) -> str:
        """An identity token with the claims of a GitHub Actions job."""
        repository, ref = workflow.partition("/.github/")[0], workflow.partition("@")[2]
        owner, _, name = repository.partition("/")
        sha = hashlib.sha1(ref.encode(), usedforsecurity=False).hexdigest()
        base: Json = {
            "job_workflow_ref": workflow,
            "job_workflow_sha": sha,
            "workflow_ref": workflow,
            "workflow_sha": sha,
            "workflow": "release",
            "repository": repository,
            "repository_id": "1001",
            "repository_owner": owner,
            "repository_owner_id": "2002",
            "repository_visibility": "public",
            "ref": ref,
            "sha": sha,
            "event_name": "push",
            "runner_environment": "github-hosted",
            "run_id": "1",
            "run_attempt": "1",
        }
        # the immutable form, GitHub's default for repositories made since July 2026
        return self.token(f"repo:{owner}@2002/{name}@1001:ref:{ref}", **base | claims)

    def claims(self, authorization: str) -> Json:
        try:
            found: Json = jwt.decode(
                authorization.partition(" ")[2],
                self._key.public_key(),
                algorithms=["RS256"],
                audience="sigstore",
                issuer=self.url,
            )
        except jwt.PyJWTError as exc:
            raise RefusedError(
                401, f"There was an error processing the identity token: {exc}"
            ) from exc
        return found

    def configuration(self) -> Json:
        """Answer OpenID discovery."""
        return {
            "issuer": self.url,
            "jwks_uri": self.url + "/keys",
            "authorization_endpoint": self.url + "/auth",
            "token_endpoint": self.url + "/token",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def keys(self) -> Json:
        """Answer with the public key."""
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key()))
        return {"keys": [key | {"kid": "k1", "use": "sig", "alg": "RS256"}]}
