"""What an endpoint may ask for, named once.

    ServicesDep   everything `triage.bootstrap` put together
    PersonDep     whoever is signed in, by session cookie or bearer token
    ReviewerDep   likewise, and reviewer or admin
    AdminDep      likewise, and admin

A stranger gets `NotSignedIn`: `api.errors` turns it into 401 for programs and into a redirect to
/sign-in for a browser that asked for a page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

from fastapi import Depends, Request

from triage.domain import Person, RequestRecord, Role
from triage.errors import NotAllowed, NotFound, NotSignedIn

if TYPE_CHECKING:
    from triage.bootstrap import Services
else:
    Services = object  # FastAPI reads the aliases at run time; the class itself is only for the reader


def current_services(request: Request) -> Services:
    """The services this application was created with."""
    return cast("Services", request.app.state.services)


ServicesDep = Annotated[Services, Depends(current_services)]


def current_person(request: Request, services: ServicesDep) -> Person:
    """The person behind this request; also left in `request.state.person` for the templates.

    Raises:
        NotSignedIn: no session or token, or one that is wrong or over.
    """
    person = _by_token(request, services) if bearer_token(request) else _by_session(request, services)
    request.state.person = person
    return person


PersonDep = Annotated[Person, Depends(current_person)]


def current_reviewer(person: PersonDep) -> Person:
    """The person, who must be a reviewer or an admin. Raises NotAllowed."""
    if person.role is Role.SUBMITTER:
        raise NotAllowed("This page is for reviewers.", "Your own requests are under /requests.")
    return person


def current_admin(person: PersonDep) -> Person:
    """The person, who must be an admin. Raises NotAllowed."""
    if person.role is not Role.ADMIN:
        raise NotAllowed("This is for admins.", "Ask an admin of this service.")
    return person


ReviewerDep = Annotated[Person, Depends(current_reviewer)]
AdminDep = Annotated[Person, Depends(current_admin)]


def may_see(person: Person, record: RequestRecord) -> bool:
    """Reviewers see every request, a submitter only those whose answer goes to them."""
    return person.role is not Role.SUBMITTER or record.request.submitter.lower() == person.address.lower()


def visible_record(services: Services, person: Person, request_id: str) -> RequestRecord:
    """The request, if this person may see it.

    Raises:
        NotFound: no such request, or somebody else's: the two look the same from outside.
    """
    record = services.store.record(request_id)
    if not may_see(person, record):
        raise NotFound(f"There is no request {request_id}.", "Check the link you followed.")
    return record.as_submitter_sees() if person.role is Role.SUBMITTER else record


def cookie_name(base_url: str) -> str:
    """`__Host-` binds the cookie to this host over https; a browser refuses it on plain http."""
    return "__Host-triage" if base_url.startswith("https://") else "triage"


def bearer_token(request: Request) -> str:
    """The token of an `Authorization: Bearer` header, empty without one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _by_token(request: Request, services: Services) -> Person:
    person = services.people.token(bearer_token(request))
    if person is None:
        raise NotSignedIn("This token is not known here.", "Make a new one with `triage token add`.")
    return person


def _by_session(request: Request, services: Services) -> Person:
    token = request.cookies.get(cookie_name(services.settings.base_url), "")
    person = services.people.session(token) if token else None
    if person is None:
        raise NotSignedIn(
            "You are not signed in.", "Open your sign-in link, or send a token as `Authorization: Bearer`."
        )
    return person
