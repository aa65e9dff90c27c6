"""The reports of `triage eval run`, for reviewers and admins.

A report is one file with its style inside and no script. It quotes what customers wrote, so it is served
under a policy of its own that lets it do nothing but show itself: no script, no request, no form, and an
origin apart from the application's, whatever got into the file.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from api.deps import ReviewerDep, ServicesDep
from api.templating import render
from triage.evaluations import list_runs, report_of

router = APIRouter(include_in_schema=False)

SHOWN = 100
REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox"
)


@router.get("/evals", response_model=None)
def runs(request: Request, services: ServicesDep, person: ReviewerDep) -> Response:
    """The runs in the data folder, the latest first."""
    found = list_runs(services.settings.data_dir)
    return render(request, "evals/list.html", runs=found[:SHOWN], more=max(0, len(found) - SHOWN))


@router.get("/evals/{name}", response_model=None)
def report(services: ServicesDep, person: ReviewerDep, name: str) -> Response:
    """One report, as the run has written it."""
    page = report_of(services.settings.data_dir, name).read_bytes()
    return HTMLResponse(page, headers={"Content-Security-Policy": REPORT_POLICY})
