"""One case of a report: the request, what was drafted and what it rests on, and how the labels came out."""

from __future__ import annotations

from html import escape

from evals.metrics import MOST
from evals.scoring.scored import Remark, Scored
from triage.domain import Citation, Draft, EvidenceKind, Question


def case_section(scored: Scored, heading: str) -> str:
    """The whole case, closed but for its line."""
    case, draft = scored.solved.case, scored.solved.draft
    body = escape(case.request.text()).replace("\n", "<br>")
    return (
        f"<article id='{escape(case.id, quote=True)}'><details><summary><b>"
        f"{escape(case.request.subject or case.id)}</b> {_chip(scored)}<br>"
        f"<small class='soft'>{escape(case.id)} · {escape(_kinds(draft))} · {_size(scored)}</small></summary>"
        f"<blockquote>{body}</blockquote><div class='columns'><div>{_drafted(draft)}</div>"
        f"<div>{_remarks(scored, heading)}{_evidence(draft)}{_rounds(scored)}</div></div></details></article>"
    )


def _chip(scored: Scored) -> str:
    """How it came out, in a word."""
    if not scored.remarks:
        asked = len(scored.solved.draft.questions)
        words = "nothing found" if scored.baselines == {} else f"small, {asked} questions"
        return f"<span class='chip {'good' if not asked or not scored.baselines else 'soft'}'>{words}</span>"
    good = sum(remark.good for remark in scored.remarks)
    tone = "good" if good == len(scored.remarks) else "bad" if not good else "soft"
    return f"<span class='chip {tone}'>{good} of {len(scored.remarks)}</span>"


def _kinds(draft: Draft) -> str:
    return ", ".join(kind.name for kind in draft.reading.sure_kinds) or "no kind of change found"


def _size(scored: Scored) -> str:
    case, size = scored.solved.case, scored.solved.draft.size
    total = size.total
    really = f", really {case.size}" if case.size else ""
    return f"size {size.label} ({total.low:g}–{total.high:g} days){really}"


def _drafted(draft: Draft) -> str:
    questions = "".join(map(_question, draft.questions[:MOST])) or "<li class='soft'>Nothing is asked.</li>"
    more = f"<p class='soft'><small>{len(draft.folded)} more are folded.</small></p>" if draft.folded else ""
    promises = "".join(f"<li>“{escape(promise.quote)}”</li>" for promise in draft.reading.promises)
    notes = "".join(f"<li class='bad'>{escape(note)}</li>" for note in (*draft.flags, *draft.degraded))
    return (
        f"<h3>Drafted</h3><ol>{questions}</ol>{more}"
        f"<p class='sentence'>{escape(draft.answer.sentence) or '<span class=soft>No sentence.</span>'}</p>"
        + (f"<p class='soft'>Already promised</p><ul>{promises}</ul>" if promises else "")
        + (f"<ul>{notes}</ul>" if notes else "")
    )


def _question(question: Question) -> str:
    quote = f"<br><small class='soft'>“{escape(question.quote)}”</small>" if question.quote else ""
    cited = "".join(f"<br><small class='soft'>{escape(_source(one))}</small>" for one in question.evidence)
    area = f"<small class='soft'>{escape(question.category)}</small>"
    return f"<li>{escape(question.question)} {area}{quote}{cited}</li>"


def _source(citation: Citation) -> str:
    if citation.kind is EvidenceKind.MAP:
        return f"product map: {citation.passage}"
    return f"{'note' if citation.kind is EvidenceKind.NOTE else 'seen on'}: {citation.title or citation.id}"


def _remarks(scored: Scored, heading: str) -> str:
    items = "".join(map(_remark, scored.remarks)) or "<li class='soft'>Nothing.</li>"
    odd = ", ".join(scored.solved.case.irrelevant)
    absurd = f"<p class='soft'><small>Not relevant here: {escape(odd)}</small></p>" if odd else ""
    return f"<h3>{escape(heading)}</h3><ul>{items}</ul>{absurd}"


def _remark(remark: Remark) -> str:
    tone = "good" if remark.good else "bad"
    detail = f"<br><small class='soft'>{escape(remark.detail)}</small>" if remark.detail else ""
    return f"<li>{escape(remark.text)} <small class='{tone}'>{escape(remark.verdict)}</small>{detail}</li>"


def _evidence(draft: Draft) -> str:
    evidence = draft.evidence
    past = [f"{similar.past.subject or similar.past.id} — {similar.ended}" for similar in evidence.similar]
    notes = [found.passage.title for found in evidence.notes]
    parts = [part.text for part in evidence.map_parts]
    groups = (("Similar past requests", past), ("Notes", notes), ("Product map", parts))
    shown = "".join(
        f"<p class='soft'>{name}</p><ul>{''.join(f'<li>{escape(text)}</li>' for text in texts)}</ul>"
        for name, texts in groups
        if texts
    )
    return f"<h3>Evidence</h3>{shown}" if shown else ""


def _rounds(scored: Scored) -> str:
    """With `--repeat`: the questions of the further rounds."""
    rest = scored.solved.drafts[1:]
    if not rest:
        return ""
    asked = (" · ".join(question.question for question in draft.questions[:MOST]) for draft in rest)
    rounds = "".join(f"<li>{escape(questions or 'nothing')}</li>" for questions in asked)
    title = "<summary class='soft'>Asked in the other rounds</summary>"
    return f"<details>{title}<ol start='2'>{rounds}</ol></details>"
