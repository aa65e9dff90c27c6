"""The nouns of the product, as frozen types.

    words      enums with a fixed set of meanings, and `Frozen`
    request    what a customer wants, as it was received
    reading    step 1, what it says
    evidence   step 2, what was retrieved
    draft      steps 3 to 5: questions, rough size, answer, and the draft they make
    decision   what a human decided, people, and where a request stands

Everything that crosses a module border is one of these. They hold no behaviour beyond what follows
from their own fields, import nothing of ours and can be written to a LangGraph checkpoint.

Times are timezone-aware UTC `datetime`s, sizes are engineer-days, money is a plain number in the
currency named beside it.
"""

from triage.domain.decision import (
    Accepted,
    Claim,
    Deadlines,
    Decision,
    DecisionKind,
    Event,
    OutChannel,
    OutgoingMessage,
    Person,
    RequestRecord,
)
from triage.domain.draft import (
    FULL_REVIEW_DAYS,
    MAX_QUESTIONS,
    TOP_QUESTIONS,
    Answer,
    Cleared,
    Days,
    Draft,
    Gaps,
    NarrowingMove,
    Option,
    OwnSize,
    PromiseResponse,
    Question,
    RoughSize,
    SizeOpinion,
    StepRun,
    TripWire,
)
from triage.domain.evidence import (
    Citation,
    Evidence,
    Found,
    FoundPassage,
    MapPart,
    Passage,
    PastRequest,
    SimilarRequest,
    Surprise,
    TrackRecord,
    distinct_words,
)
from triage.domain.reading import (
    SURE_KIND,
    Deadline,
    KindFound,
    Promise,
    Reading,
    best_score,
)
from triage.domain.request import (
    Attachment,
    LaterMail,
    Message,
    Request,
    Source,
    Who,
)
from triage.domain.words import (
    Category,
    Channel,
    DateKind,
    EvidenceKind,
    FromRole,
    Frozen,
    Lane,
    NoReason,
    PromiseStance,
    QuestionState,
    Role,
    Status,
    TShirt,
    Verdict,
)

__all__ = [
    "FULL_REVIEW_DAYS",
    "MAX_QUESTIONS",
    "SURE_KIND",
    "TOP_QUESTIONS",
    "Accepted",
    "Answer",
    "Attachment",
    "Category",
    "Channel",
    "Citation",
    "Claim",
    "Cleared",
    "DateKind",
    "Days",
    "Deadline",
    "Deadlines",
    "Decision",
    "DecisionKind",
    "Draft",
    "Event",
    "Evidence",
    "EvidenceKind",
    "Found",
    "FoundPassage",
    "FromRole",
    "Frozen",
    "Gaps",
    "KindFound",
    "Lane",
    "LaterMail",
    "MapPart",
    "Message",
    "NarrowingMove",
    "NoReason",
    "Option",
    "OutChannel",
    "OutgoingMessage",
    "OwnSize",
    "Passage",
    "PastRequest",
    "Person",
    "Promise",
    "PromiseResponse",
    "PromiseStance",
    "Question",
    "QuestionState",
    "Reading",
    "Request",
    "RequestRecord",
    "Role",
    "RoughSize",
    "SimilarRequest",
    "SizeOpinion",
    "Source",
    "Status",
    "StepRun",
    "Surprise",
    "TShirt",
    "TrackRecord",
    "TripWire",
    "Verdict",
    "Who",
    "best_score",
    "distinct_words",
]
