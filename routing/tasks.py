"""What the workers run: load, call the service."""

from __future__ import annotations

from routing.models import Rehearsal, Training
from routing.services import health, rehearsing
from routing.services import training as services


def train(training_id: int) -> None:
    """Train a challenger, unless another worker has it."""
    training = Training.objects.filter(pk=training_id).first()
    if training is not None:
        services.run_training(training=training)


def train_nightly() -> bool:
    """Ask for a training when people taught something new; return whether it was asked for."""
    if not services.is_training_due():
        return False
    services.request_training(by=None)
    return True


def watch_trainings() -> int:
    """Give trainings up whose worker died, so that the next can be asked for; return how many."""
    return services.give_up_stale()


def count_decisions() -> int:
    """Count what was decided, day by day."""
    return health.count_days()


def run_rehearsal(rehearsal_id: int) -> None:
    """Replay a change, unless another worker has it."""
    rehearsal = Rehearsal.objects.filter(pk=rehearsal_id).first()
    if rehearsal is not None:
        rehearsing.run_rehearsal(rehearsal=rehearsal)


def resume_rehearsals() -> int:
    """Nudge rehearsals whose worker died, and forget old ones."""
    return rehearsing.resume_rehearsals()
