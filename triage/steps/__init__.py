"""The nine steps, each a plain function that returns only what it adds. `triage.graph` wires them."""

from triage.steps.check import check
from triage.steps.deliver import deliver
from triage.steps.find_gaps import find_gaps
from triage.steps.learn import learn
from triage.steps.propose import propose
from triage.steps.read import read
from triage.steps.retrieve import retrieve
from triage.steps.size import size

__all__ = ["check", "deliver", "find_gaps", "learn", "propose", "read", "retrieve", "size"]
