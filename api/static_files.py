"""Our own style sheet, script and pictures."""

from __future__ import annotations

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope


class HashedStaticFiles(StaticFiles):
    """A URL with its content hash may be kept for ever, any other is asked for again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or Starlette's 404."""
        response = await super().get_response(path, scope)
        for_ever = scope.get("query_string", b"").startswith(b"v=") and response.status_code == 200
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if for_ever else "no-cache"
        return response
