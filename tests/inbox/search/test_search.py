"""What people find, and what they must not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Department, User
from inbox.models import Channel, Ticket
from inbox.queries import SearchPage, search
from inbox.services import notes
from tests.factories import make_contact, make_note, make_post, make_ticket

Departments = dict[str, Department]


@pytest.fixture
def desk(departments: Departments) -> Department:
    return departments["customer_service"]


def texts(page: SearchPage) -> list[str]:
    return [hit.post.text for hit in page.hits if hit.post]


def test_words_are_stemmed_in_the_language_of_the_post(
    channel: Channel, desk: Department, agent: User
) -> None:
    make_ticket(channel, desk, "Die Brötchen waren verbrannt", language="de")
    make_ticket(channel, desk, "My rolls were burning", language="en")

    assert texts(search(agent, "burned")) == ["My rolls were burning"]
    assert texts(search(agent, "Brötchens")) == ["Die Brötchen waren verbrannt"]


def test_a_word_left_out_is_left_out_in_every_language(
    channel: Channel, desk: Department, agent: User
) -> None:
    make_ticket(channel, desk, "rye bread and rolls", language="en")
    make_ticket(channel, desk, "rye bread", language="en")
    assert texts(search(agent, "bread -roll")) == ["rye bread"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("bisc*", ["burnt forest biscuit"]),
        ('"burnt forest"', ["burnt forest biscuit"]),
        ('"forest burnt"', []),
        ("forest burnt", ["burnt forest biscuit", "forest fire, burnt"]),
        ("forest -biscuit", ["forest fire, burnt"]),
        ('forest -"burnt forest"', ["forest fire, burnt"]),
        ("BURNT biscuits", ["burnt forest biscuit"]),
    ],
)
def test_prefix_phrase_and_left_out(
    channel: Channel, desk: Department, agent: User, text: str, found: list[str]
) -> None:
    make_ticket(channel, desk, "burnt forest biscuit")
    make_ticket(channel, desk, "forest fire, burnt")
    assert sorted(texts(search(agent, text))) == found


def test_an_exact_handle_finds_its_person(channel: Channel, desk: Department, agent: User) -> None:
    tomke = make_contact("Tomke Jansen", handle="tomke")
    make_ticket(channel, desk, "about bread", contact=tomke)
    make_ticket(channel, desk, "about rolls", contact=tomke)
    make_ticket(channel, desk, "about bread too", contact=make_contact(handle="@tomke2"))

    assert texts(search(agent, "@Tomke")) == ["about rolls", "about bread"]
    assert texts(search(agent, "from:tomke bread")) == ["about bread"]
    assert texts(search(agent, "from:@tomke2")) == ["about bread too"]
    assert texts(search(agent, "@tom")) == []


def test_contacts_are_found_by_name_with_their_newest_ticket(
    channel: Channel, desk: Department, agent: User
) -> None:
    ana = make_contact("Ana Costa")
    now = timezone.now()
    make_ticket(channel, desk, contact=ana, at=now - timedelta(days=2))
    newest = make_ticket(channel, desk, contact=ana, at=now)

    hit = search(agent, "costa").hits[0]
    assert (hit.kind, hit.contact, hit.ticket) == ("contact", ana, newest)


def test_notes_are_found(channel: Channel, desk: Department, agent: User) -> None:
    ticket = make_ticket(channel, desk)
    notes.add_note(ticket=ticket, text="Vouchers were promised", by=agent)

    hit = search(agent, "voucher").hits[0]
    assert (hit.kind, hit.ticket, str(hit.headline)) == (
        "note",
        ticket,
        "<mark>Vouchers</mark> were promised",
    )
    assert [h.kind for h in search(agent, "from:maya").hits] == ["note"]


def test_a_number_jumps_to_its_ticket(
    channel: Channel, departments: Departments, agent: User
) -> None:
    ticket = make_ticket(channel, departments["pr"])
    secret = make_ticket(channel, departments["hr"])
    assert search(agent, f" #{ticket.pk} ").jump == ticket
    assert search(agent, f"#{secret.pk}").jump is None
    assert search(agent, f"#{secret.pk}").message == search(agent, "#987654").message.replace(
        "987654", str(secret.pk)
    )


@pytest.mark.parametrize("text", ["zebra", "zeb*", "@zoe", "Zoe", "zebra @zoe", '"a zebra"'])
def test_what_may_not_be_seen_is_not_found(
    channel: Channel,
    departments: Departments,
    agent: User,
    admin: User,
    hr_partner: User,
    text: str,
) -> None:
    zoe = make_contact("Zoe", handle="zoe")
    secret = make_ticket(channel, departments["hr"], "I saw a zebra", contact=zoe)
    make_note(secret, hr_partner, "a zebra indeed")

    assert search(agent, text) == search(admin, text) == SearchPage(message="")
    assert {hit.ticket for hit in search(hr_partner, text).hits} == {secret}


def test_newest_first_page_by_page_whatever_the_kind(
    channel: Channel, desk: Department, agent: User
) -> None:
    now = timezone.now()
    ticket = make_ticket(channel, desk, "zebra", at=now - timedelta(days=1))
    for n in range(3):
        make_post(ticket, f"zebra {n}", posted_at=now)
        make_note(ticket, agent, f"zebra {n}", at=now)
        make_post(ticket, f"zebra later {n}", posted_at=now + timedelta(minutes=n))

    seen, after = [], ""
    for _ in range(6):
        page = search(agent, "zebra", after=after, size=2)
        seen += [(hit.at, hit.kind) for hit in page.hits]
        after = page.next
        if not after:
            break
    assert len(seen) == 10
    assert len({*seen}) < 10  # several at one moment, each shown once
    assert [at for at, _ in seen] == sorted((at for at, _ in seen), reverse=True)


def test_a_hostile_text_stays_text(channel: Channel, desk: Department, agent: User) -> None:
    hostile = '<script>alert("zebra")</script> \ue001 <b>zebra \ue000 & <img src=x onerror=zebra>'
    make_ticket(channel, desk, hostile)

    headline = str(search(agent, "zebra").hits[0].headline)

    assert "<mark>zebra</mark>" in headline
    stripped = headline.replace("<mark>", "").replace("</mark>", "")
    assert "<" not in stripped
    assert not {"\ue000", "\ue001"} & set(headline)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        '"',
        '"unbalanced phrase',
        "'; DROP TABLE inbox_post; --",
        "\0",
        "a\0b",
        "&|!():*<->",
        "\\",
        "\\' \\'",
        "foo\\",
        "'",
        "x" * 5000,
        "word " * 1000,
        "-only -negations",
        "*",
        "@",
        "from:",
        "-@tomke",
        "#",
        "#999999999999999999",
        "#99999999999999999999999",
        "%s %(x)s {}",
        "\ue000\ue001",
        "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
        "https://example.com/a?b=c&d='e'",
        "a:*b :* !x & | y",
        "日本語 テスト",
        "مرحبا",
    ],
)
def test_no_text_breaks_the_search(
    channel: Channel, desk: Department, agent: User, text: str
) -> None:
    make_ticket(channel, desk, "x")
    page = search(agent, text, after=text)
    assert page.hits or page.message or page.next == ""


def test_words_too_common_are_named(channel: Channel, desk: Department, agent: User) -> None:
    make_ticket(channel, desk, "the bread", language="en")
    page = search(agent, "the")
    assert page.hits == ()
    assert page.message == "Too common to be searched for in: en."


def test_searching_for_nothing_says_what_to_do(agent: User) -> None:
    assert "Type a word" in search(agent, " ").message
    assert "Say what to look for" in search(agent, "-bread").message


def test_a_search_that_takes_too_long_says_so(
    agent: User, monkeypatch: pytest.MonkeyPatch, channel: Channel, desk: Department
) -> None:
    from django.db import connection

    def slow(*_: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(1)")

    monkeypatch.setattr("inbox.queries.find.MOST_SECONDS", 0.05)
    monkeypatch.setattr("inbox.queries.find._found", slow)
    assert "takes too long" in search(agent, "bread").message
    assert Ticket.objects.count() == 0


def test_the_languages_with_stemming_are_the_databases_own(db: None) -> None:
    from django.db import connection

    from inbox.models.search import CONFIGURATIONS

    with connection.cursor() as cursor:
        cursor.execute("SELECT cfgname FROM pg_ts_config")
        known = {row[0] for row in cursor.fetchall()}
    assert set(CONFIGURATIONS.values()) <= known


def test_a_long_text_is_shown_around_its_words(
    channel: Channel, desk: Department, agent: User
) -> None:
    filler = "something quite different that nobody looks for goes on and on here. " * 8
    make_ticket(channel, desk, f"{filler}Then a zebra came. {filler}And one more zebra. {filler}")
    headline = str(search(agent, "zebra").hits[0].headline)
    assert headline.count("<mark>zebra</mark>") == 2
    assert " … " in headline
    assert len(headline) < 500
