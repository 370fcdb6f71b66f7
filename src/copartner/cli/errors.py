"""Expected errors as messages, not tracebacks: what is wrong, where, and what to do."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def reported() -> Iterator[None]:
    """Print expected errors to standard error and leave with exit code 2; anything else keeps its trace."""
    from copartner.assessments.document import AssessmentError
    from copartner.evidence.errors import EvidenceError
    from copartner.sources.git.repository import GitError
    from copartner.sources.portfolio_file.errors import PortfolioErrors

    try:
        yield
    except PortfolioErrors as errors:
        for problem in errors.problems:
            print(problem, file=sys.stderr)  # noqa: T201
        count = len(errors.problems)
        print(f"{count} problem{'' if count == 1 else 's'}; nothing was written.", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    except (AssessmentError, EvidenceError, GitError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        sys.exit(2)
    except KeyboardInterrupt:
        print("Stopped. What was collected whole is kept; run the command again to go on.", file=sys.stderr)  # noqa: T201
        sys.exit(130)
