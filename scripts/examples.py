"""Writes docs/examples.md: three drafts of the sample company, whole, as `triage draft` prints them."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from triage.bootstrap import open_encoder  # noqa: E402
from triage.content import content_dir  # noqa: E402
from triage.domain import Request  # noqa: E402
from triage.drafting import as_text  # noqa: E402
from triage.intake.email import parse_mail  # noqa: E402
from triage.oneoff import Knowledge, OneOff  # noqa: E402
from triage.settings import Settings  # noqa: E402

SHOWN = {
    "03-review-reports-before-invoices.eml": "A step that touches money",
    "06-forwarded-calendar-promise.eml": "A forwarded thread with a promise in it",
    "08-tiny-column.eml": "A request that is simply small",
}
HEAD = """# Three drafts

What the catalogue analyst drafts without a model and without a key, for three mails of the invented sample
company, with its notes, product map and 73 past requests at hand. Nobody has edited them yet; this is what
lies before the reviewer.

`python scripts/examples.py` writes this page. For any other mail:

```
triage draft knowledge/sample/inbox/01-simple-export.eml --knowledge knowledge/sample \\
    --history knowledge/sample/history.jsonl
```
"""


def main() -> None:
    """Draft and write."""
    sample = content_dir("knowledge") / "sample"
    settings = Settings(_env_file=None, analyst="catalogue")
    knowledge = Knowledge.named(sample, None, sample / "history.jsonl")
    drafts = OneOff(settings, open_encoder(settings), knowledge)
    parts = [HEAD]
    for name, title in SHOWN.items():
        request = parse_mail(
            (sample / "inbox" / name).read_bytes(), own_domains=frozenset({"fieldhand.example"})
        )
        draft = drafts.draft(request)
        parts.append(f"\n## {title}\n\n{_quoted(request)}\n\n```text\n{as_text(draft).strip()}\n```\n")
    (ROOT / "docs" / "examples.md").write_text("".join(parts), encoding="utf-8")


def _quoted(request: Request) -> str:
    """The mail as it was read: note of the forwarder, the request, the thread below it."""
    earlier = [f"{message.sender}: {message.text}" for message in request.thread]
    lines = "\n\n".join(
        [f"**{request.subject}**", *filter(None, [request.forwarder_note, request.body, *earlier])]
    )
    return "\n".join(f"> {line}".rstrip() for line in lines.splitlines())


if __name__ == "__main__":
    main()
