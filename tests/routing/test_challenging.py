"""A challenger takes charge only when it is better, and nobody is worse off."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from time import sleep

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from accounts.models import Department, User
from routing import queries, services, tasks
from routing.classifier import Classifier
from routing.facts import Facts
from routing.models import Alarm, Lesson, RouterModel, RouterSettings, Training
from routing.services import heartbeat
from routing.services import training as trainings
from routing.services.promoting import KEPT, objection, remove_old_models
from routing.tasks import watch_trainings

pytestmark = pytest.mark.django_db

Teach = Callable[[Classifier], None]


def confused(classifier: Classifier) -> Classifier:
    """Takes each department for another."""
    head = classifier.weights.department
    mixed = replace(head, labels=[*head.labels[1:], head.labels[0]])
    weights = replace(classifier.weights, department=mixed)
    return Classifier(weights=weights, encoder=classifier.encoder)


@pytest.fixture
def taught(monkeypatch: pytest.MonkeyPatch) -> Teach:
    """Let the next training bring this classifier, at once."""

    def bring(classifier: Classifier) -> None:
        fresh = Classifier(weights=classifier.weights, encoder=classifier.encoder)
        fresh.info["metrics"] = {"macro_f1": 0.7}
        fresh.info["made_at"] = timezone.now().isoformat()
        monkeypatch.setattr(trainings, "_train", lambda _examples: fresh)

    return bring


def put_in_charge(classifier: Classifier, version: str, **fields: object) -> RouterModel:
    path = queries.model_path(f"{version}.model")
    sha256 = classifier.save(path)
    RouterModel.objects.filter(is_active=True).update(is_active=False)
    return RouterModel.objects.create(
        version=version,
        file_name=path.name,
        sha256=sha256,
        sklearn_version="1.9",
        is_active=True,
        **{"promoted_at": timezone.now(), **fields},
    )


def train(by: User | None = None) -> Training:
    return services.run_training(training=services.request_training(by=by))


def test_a_better_challenger_takes_charge(
    model_dir: Path, classifier: Classifier, taught: Teach
) -> None:
    champion = put_in_charge(confused(classifier), "confused")
    taught(classifier)
    training = train()
    assert training.state == Training.State.DONE
    assert training.is_promoted, training.outcome
    assert training.challenger == RouterModel.objects.get(is_active=True) != champion
    metrics = RouterModel.objects.get(is_active=True).metrics
    assert metrics["against"] == "confused"
    assert metrics["challenger"]["macro_f1"] > metrics["champion"]["macro_f1"]


def test_a_worse_challenger_is_kept_with_the_reason(
    model_dir: Path, classifier: Classifier, taught: Teach
) -> None:
    champion = put_in_charge(classifier, "good")
    taught(confused(classifier))
    training = train()
    assert not training.is_promoted
    assert "no better" in training.outcome
    assert RouterModel.objects.get(is_active=True) == champion
    assert training.challenger is not None
    assert training.challenger.promoted_at is None


def test_the_same_model_once_more_keeps_what_it_was_compared_with(
    model_dir: Path, classifier: Classifier, taught: Teach
) -> None:
    put_in_charge(confused(classifier), "confused")
    taught(classifier)
    assert train().is_promoted
    again = train()
    assert again.outcome == "It is the model in charge already."
    assert again.challenger
    assert again.challenger.metrics["against"] == "confused"
    assert again.challenger.metrics["challenger"]["macro_f1"] > 0


def test_nothing_to_compare_with_means_taking_charge(
    model_dir: Path, classifier: Classifier, taught: Teach
) -> None:
    taught(classifier)
    assert train().is_promoted


def test_a_pinned_model_stays(model_dir: Path, classifier: Classifier, taught: Teach) -> None:
    pinned = put_in_charge(confused(classifier), "confused", is_pinned=True)
    taught(classifier)
    assert "pinned" in train().outcome
    assert RouterModel.objects.get(is_active=True) == pinned


def test_a_department_that_loses_recall_stops_a_promotion() -> None:
    old = {"macro_f1": 0.7, "per_department": {"hr": {"recall": 0.8}, "pr": {"recall": 0.6}}}
    new = {"macro_f1": 0.8, "per_department": {"hr": {"recall": 0.77}, "pr": {"recall": 0.9}}}
    settings = RouterSettings()
    assert "fewer of hr’s posts" in objection(old, new, settings)
    settings.most_recall_lost = 0.05
    assert objection(old, new, settings) == ""
    settings.least_gain = 0.2
    assert "no better" in objection(old, new, settings)


def test_a_failed_training_says_so_and_raises_an_alarm(
    model: RouterModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_examples: object) -> Classifier:
        raise ValueError("no posts")

    monkeypatch.setattr(trainings, "_train", fail)
    training = train()
    assert (training.state, training.outcome) == ("failed", "ValueError: no posts")
    assert Alarm.objects.get(cleared_at=None).key == "routing.training"
    assert RouterModel.objects.get(is_active=True) == model


def test_one_training_at_a_time(model: RouterModel, admin: User) -> None:
    first = services.request_training(by=admin)
    assert services.request_training(by=None) == first
    assert OrmQ.objects.count() == 1


def test_a_job_that_comes_twice_trains_once(
    model_dir: Path, classifier: Classifier, taught: Teach
) -> None:
    taught(classifier)
    training = services.request_training(by=None)
    tasks.train(training.pk)
    tasks.train(training.pk)
    assert RouterModel.objects.count() == 1


def test_a_training_whose_worker_died_makes_room(model: RouterModel) -> None:
    dead = services.request_training(by=None)
    long_ago = timezone.now() - trainings.LONGEST * 2
    Training.objects.filter(pk=dead.pk).update(state="running", heartbeat_at=long_ago)
    assert services.request_training(by=None) != dead
    dead.refresh_from_db()
    assert (dead.state, dead.outcome) == ("failed", "The worker stopped.")


def test_the_night_trains_only_when_there_are_new_lessons(
    model_dir: Path,
    classifier: Classifier,
    taught: Teach,
    departments: dict[str, Department],
    agent: User,
) -> None:
    put_in_charge(classifier, "first")
    taught(classifier)
    assert not tasks.train_nightly()
    lesson = services.learn(
        text="Is the job open?", to=departments["hr"], by=agent, source=Lesson.Source.TRIAGE
    )
    assert tasks.train_nightly()
    services.run_training(training=Training.objects.get())
    assert not tasks.train_nightly()
    assert lesson is not None
    services.unlearn(lesson_ids=[lesson.pk], by=agent)
    assert tasks.train_nightly()


def test_the_night_is_scheduled(db: None) -> None:
    assert Schedule.objects.filter(name="routing.train_nightly").exists()


def test_going_back_passes_over_broken_files_and_pins(
    model_dir: Path, classifier: Classifier
) -> None:
    first = put_in_charge(classifier, "first")
    broken = put_in_charge(classifier, "broken")
    queries.model_path(broken.file_name).write_bytes(b"nonsense")
    put_in_charge(confused(classifier), "third")
    assert services.roll_back() == first
    first.refresh_from_db()
    assert (first.is_active, first.is_pinned) == (True, True)
    with pytest.raises(ValidationError, match="no earlier"):
        services.roll_back()


def test_going_back_twice_goes_further_back(model_dir: Path, classifier: Classifier) -> None:
    names = ["one", "two", "three"]
    for name in names:
        put_in_charge(classifier, name)
    assert [services.roll_back().version for _ in range(2)] == ["two", "one"]


def test_only_the_model_in_charge_can_be_pinned(model_dir: Path, classifier: Classifier) -> None:
    old = put_in_charge(classifier, "old")
    new = put_in_charge(classifier, "new")
    assert services.pin_model(model=new, is_pinned=True).is_pinned
    with pytest.raises(ValidationError):
        services.pin_model(model=old, is_pinned=True)
    services.activate_model(model=old)
    new.refresh_from_db()
    assert not new.is_pinned


def test_models_never_in_charge_are_removed_but_for_the_newest(
    model_dir: Path, classifier: Classifier
) -> None:
    put_in_charge(classifier, "champion")
    for number in range(KEPT + 2):
        path = queries.model_path(f"{number}.model")
        path.write_bytes(b"x")
        RouterModel.objects.create(
            version=str(number), file_name=path.name, sha256="0" * 64, sklearn_version="1.9"
        )
    assert remove_old_models() == 2
    assert not queries.model_path("0.model").exists()
    assert queries.model_path("2.model").exists()


def in_thread(work: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_of_two_promotions_at_once_one_wins(
    model_dir: Path, classifier: Classifier, attempt: int
) -> None:
    champion = put_in_charge(classifier, "champion")
    rivals = [
        RouterModel.objects.create(
            version=name,
            file_name=champion.file_name,
            sha256=champion.sha256,
            sklearn_version="1.9",
        )
        for name in ("one", "two")
    ]
    outcomes: list[str] = []
    start = threading.Barrier(2, timeout=30)

    def promote(model: RouterModel) -> None:
        start.wait()
        try:
            services.activate_model(model=model, instead_of=champion.pk)
            outcomes.append("won")
        except services.Superseded:
            outcomes.append("lost")

    threads = [in_thread(lambda m=rival: promote(m)) for rival in rivals]  # type: ignore[misc]
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["lost", "won"]
    assert RouterModel.objects.filter(is_active=True).count() == 1


@pytest.fixture
def restored() -> Iterator[None]:
    yield
    queries._current = None


@pytest.mark.django_db(transaction=True)
def test_a_promotion_reaches_a_routing_process_without_a_gap(
    model_dir: Path,
    classifier: Classifier,
    departments: dict[str, Department],
    restored: None,
) -> None:
    first = put_in_charge(classifier, "first")
    second = put_in_charge(classifier, "second")
    seen: list[tuple[str, str]] = []
    done = threading.Event()

    def route() -> None:
        while not done.is_set():
            (decision,) = services.decide_batch([Facts(text="my parcel never arrived")])
            seen.append((decision.model_version, decision.method))

    thread = in_thread(route)
    for model in [first, second] * 5:
        services.activate_model(model=model)
        while not seen or seen[-1][0] != model.version:
            done.wait(0.002)
    done.set()
    thread.join()
    assert {version for version, _method in seen} == {"first", "second"}
    assert {method for _version, method in seen} == {"classifier"}


@pytest.mark.parametrize(
    ("state", "minutes", "is_given_up"),
    [("running", 6, True), ("running", 4, False), ("waiting", 6, False), ("waiting", 31, True)],
)
def test_a_training_whose_worker_died_does_not_stand_in_the_way(
    state: str, minutes: int, is_given_up: bool
) -> None:
    silent = timezone.now() - timedelta(minutes=minutes)
    training = Training.objects.create(state=state, heartbeat_at=silent)
    assert watch_trainings() == is_given_up
    training.refresh_from_db()
    assert (training.state == "failed") is is_given_up


def wait_for_a_beat(training: Training) -> None:
    """Until the heartbeat is newer than it is now; a failure after four seconds."""
    before = Training.objects.get(pk=training.pk).heartbeat_at
    for _ in range(200):
        training.refresh_from_db()
        if training.heartbeat_at > before:
            return
        sleep(0.02)
    raise AssertionError("There was no sign of life.")


@pytest.mark.django_db(transaction=True)
def test_a_long_training_gives_signs_of_life_also_after_its_connection_broke(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(heartbeat, "BEAT", timedelta(milliseconds=20))
    training = Training.objects.create(state="running")
    with heartbeat.beating(training):
        wait_for_a_beat(training)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        wait_for_a_beat(training)
        wait_for_a_beat(training)
