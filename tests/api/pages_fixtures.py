"""One worked example for the pages: the field-service request with everything a draft can hold."""

from __future__ import annotations

from datetime import UTC, date, datetime

from triage.domain import (
    Answer,
    Attachment,
    Category,
    Citation,
    Cleared,
    Days,
    Deadline,
    Draft,
    Evidence,
    EvidenceKind,
    FoundPassage,
    KindFound,
    Lane,
    MapPart,
    Message,
    NarrowingMove,
    Option,
    Passage,
    PastRequest,
    Promise,
    Question,
    Reading,
    Request,
    RoughSize,
    SimilarRequest,
    StepRun,
    Surprise,
    TripWire,
    TShirt,
    Verdict,
)

BODY = """Hello Sam,

as discussed, before invoices go out our branch managers need to review the job reports.
It is just one more button for them, so it should be simple.

We would like to have it before the spring season starts on 1 March, because that is when
the temporary crews come in and the wrong invoices start.

Two regions, roughly 900 people, and the managers mostly work from their phones.

Kind regards,
Ines Aldermann
Operations, Birchwood Facility Services"""

PAST = PastRequest(
    id="h-031",
    opened="2025-09",
    customer="Larkfield Lifts",
    product_area="invoicing",
    subject="Second signature on work orders",
    body="We need a second signature before a work order counts as done.",
    size_days=14,
    verdict=Verdict.YES_BUT,
    outcome="shipped three weeks late",
    surprises=(
        Surprise(
            category=Category.WORKFLOW,
            question="Orders closed through the importer were never signed.",
            surfaced="2025-11",
        ),
        Surprise(category=Category.SUPPORT, question="Support could not undo a signature given by mistake."),
    ),
)
NOTE = Passage(
    id="notes/invoicing.md#draft-run",
    path="notes/invoicing.md",
    title="Invoicing › Draft run",
    text="Closing a job report triggers the invoice draft at once. The nightly run picks up every draft of "
    "the day; there is no state between closed and drafted, and imported reports take the same way.",
    updated="2026-03-01",
)
MAP = MapPart(id="map-route-3", role="route", text="CSV importer and the mobile app also close job reports")


def field_service_request(request_id: str = "r-field00001") -> Request:
    """A forwarded mail in which something has been promised and made to sound small."""
    return Request(
        id=request_id,
        subject="Managers approve job reports before invoices",
        body=BODY,
        thread=(
            Message(
                sender="Sam Sales",
                address="sales@ours.example",
                sent="Mon, 2 Nov 2026 09:12",
                text="Hi Ines, good to meet you. Yes, we can support that, about two weeks after signing.",
            ),
        ),
        forwarder_note="Birchwood want this in the contract. Can I confirm?",
        customer="Birchwood Facility Services",
        asker_name="Ines Aldermann",
        asker_address="ines@birchwood.example",
        submitter="sales@ours.example",
        forwarded_by="sales@ours.example",
        product_area="invoicing",
        deal_value=48_000,
        need_by=date(2027, 3, 1),
        need_by_reason="the spring season starts and temporary crews come in",
        attachments=(Attachment(name="approval-flow.pdf", media_type="application/pdf", size=183_000),),
        message_id="<field-service@birchwood.example>",
        received=datetime.now(UTC),
    )


def field_service_draft(request_id: str = "r-field00001") -> Draft:
    """What the pipeline might make of it; not ready for approval: the promise has no stance."""
    return Draft(
        request_id=request_id,
        reading=Reading(
            ask="Managers approve job reports before the invoice goes out",
            kinds=(
                KindFound(id="approval_step", name="Approval step", quote="need to review the job reports"),
            ),
            minimisers=("It is just one more button", "it should be simple"),
            promises=(
                Promise(
                    quote="Yes, we can support that, about two weeks after signing",
                    by="Sam Sales",
                    date="two weeks",
                ),
            ),
            deadline=Deadline(text="1 March", quote="spring season starts on 1 March", day=date(2027, 3, 1)),
        ),
        evidence=Evidence(
            similar=(
                SimilarRequest(
                    past=PAST,
                    score=0.74,
                    same=("a person must agree before a document leaves", "invoicing"),
                    differs=("one role signed there, two regions here",),
                ),
            ),
            notes=(FoundPassage(passage=NOTE, score=0.61),),
            map_parts=(MAP,),
        ),
        questions=_questions(),
        folded=_folded(),
        cleared=(
            Cleared(category=Category.SCALE, reason="volume is named and small", quote="roughly 900 people"),
            Cleared(category=Category.SSO, reason="nothing about signing in changes"),
        ),
        size=RoughSize(
            groundwork=Days(low=1, high=3),
            setup=Days(low=1, high=2.5),
            build=Days(low=5, high=12),
            support=Days(low=1, high=3),
            label=TShirt.L,
            lane=Lane.FULL,
            comparables=(
                Citation(kind=EvidenceKind.PAST, id=PAST.id, title=PAST.subject, passage="14 days"),
            ),
            trip_wires=(
                TripWire(
                    id="billing_rules",
                    name="Billing rules",
                    quote="before invoices go out",
                    why="changes when money leaves",
                ),
            ),
            reasons=("an approval step takes 4–11 days here", "the similar request took 14 days"),
        ),
        answer=_answer(),
        runs=(
            StepRun(step="propose", analyst="catalogue", degraded="the model timed out after 60 s", ms=12),
        ),
    )


def _questions() -> tuple[Question, ...]:
    return (
        Question(
            id="workflow.second_route",
            question="The importer and the mobile app also close job reports: must those wait too?",
            category=Category.WORKFLOW,
            why="Closing a report triggers the invoice draft at once; a second route would skip it.",
            quote="before invoices go out",
            ask="Ines Aldermann",
            effect="+2–4 days of build if yes",
            evidence=(
                Citation(kind=EvidenceKind.PAST, id=PAST.id, title=PAST.subject),
                Citation(kind=EvidenceKind.NOTE, id=NOTE.id, title=NOTE.title),
                Citation(kind=EvidenceKind.MAP, id=MAP.id, title="Routes"),
            ),
            origin="past",
        ),
        Question(
            id="permissions.who_approves",
            question="May a manager approve reports of every team, or of the own branch only?",
            category=Category.PERMISSIONS,
            why="There is no branch scope on roles today.",
            quote="our branch managers need to review the job reports",
            ask="Ines Aldermann",
            effect="+3 days of groundwork for a branch scope",
        ),
        Question(
            id="support.repair",
            question="What can support do when a report was approved by mistake?",
            category=Category.SUPPORT,
            why="An approved report becomes an invoice the same night.",
            quote="the wrong invoices start",
            ask="Head of support",
            effect="+1 day for an undo",
            origin="map",
        ),
    )


def _folded() -> tuple[Question, ...]:
    return (
        Question(
            id="existing_data.in_flight",
            question="What happens to reports that are closed but not yet invoiced on the day it goes live?",
            category=Category.EXISTING_DATA,
            why="They would wait for an approval nobody knows about.",
            ask="Engineering",
        ),
        Question(
            id="notifications.who_is_told",
            question="Who is told that a report waits, and how often?",
            category=Category.NOTIFICATIONS,
            ask="Ines Aldermann",
        ),
    )


def _answer() -> Answer:
    return Answer(
        ships_first="One approval step for closed reports in the web app, managers see all teams",
        waits="Branch scope, reminders, approval on the phone",
        dependencies="none",
        biggest_risk="Reports closed by the importer may still reach the invoice run",
        moves=(
            NarrowingMove(
                id="one_step_only",
                name="One step only",
                sentence="One approval by one role, no exception paths.",
                saves="saves 3–5 days",
            ),
        ),
        options=(
            Option(
                name="Fast now",
                delivers="One step in the web app",
                cost="9 days, rebuilt by autumn",
                by="end of January",
            ),
            Option(name="Clean later", delivers="Approval as a state of its own", cost="24 days", by="April"),
        ),
        checklist=("Map the customer's managers to the approver role", "Train both regions before go-live"),
    )
