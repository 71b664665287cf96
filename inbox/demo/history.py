"""The fortnight before now, as the channels told it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from random import Random
from typing import TypeVar

from inbox.connectors.types import IncomingAuthor
from inbox.demo.content import Content, Conversation, Line, PagePost, load
from inbox.demo.network import Heard
from inbox.demo.rhythm import DAYS, Rhythm
from inbox.demo.story import Story, Told

Thing = TypeVar("Thing")

POSTS = 2000
ANSWERED_SHARE = {"customer_service": 0.42, "marketing": 0.22, "pr": 0.16, "hr": 0.2, "": 0.05}
FOLLOW_UP_SHARE = 0.4
THANKS_SHARE = 0.7
BYSTANDER_SHARE = 0.06
EDITED_SHARE = 0.02
DELETED_SHARE = 0.015
COUNTED_SHARE = 0.1
EDITS = (
    "EDIT: sorted now, thanks all",
    "EDIT: wrong order number, sorry",
    "(edited for spelling)",
    "EDIT: still waiting",
)


def generate(now: datetime, seed: int, posts: int = POSTS) -> list[Heard]:
    """Return everything heard in the fortnight before `now`, in order; about `posts` new posts.

    The same arguments give the same list, ids included. Fewer posts are the same fortnight, thinner.
    """
    rng = Random(seed)
    return _History(thinned(load(), rng, posts / POSTS), rng, now, f"history:{seed}").told(posts)


def thinned(content: Content, rng: Random, share: float) -> Content:
    """Return `content` with about `share` of what people say; all of it from 1 on."""
    if share >= 1:
        return content

    def some(things: tuple[Thing, ...]) -> tuple[Thing, ...]:
        return tuple(thing for thing in things if rng.random() < share)

    return replace(
        content,
        lines=some(content.lines),
        conversations=some(content.conversations),
        page_posts=tuple(replace(p, comments=some(p.comments)) for p in content.page_posts),
    )


class _History:
    def __init__(self, content: Content, rng: Random, now: datetime, scope: str) -> None:
        self.content = content
        self.rng = rng
        self.rhythm = Rhythm(rng, now, content.brand)
        self.now = self.rhythm.now
        self.story = Story(content, rng, self.now, scope)

    def told(self, posts: int) -> list[Heard]:
        for page_post in sorted(self.content.page_posts, key=lambda p: (p.day, p.time)):
            self._page_post(page_post)
        for conversation in self.content.conversations:
            self._conversation(conversation)
        for line, at in self._schedule(self._lines()):
            self._lone(line, at)
        self._fill_up(posts)
        start = self.now - timedelta(days=DAYS)
        heard = sorted(self.story.heard, key=lambda h: h.at)
        return _rooted([h for h in heard if start <= h.at <= self.now])

    def _lines(self) -> list[Line]:
        lines = list(self.content.lines)
        self.rng.shuffle(lines)
        return lines

    def _schedule(self, lines: list[Line]) -> list[tuple[Line, datetime]]:
        """Give each line its moment: of its event, or of everyday life."""
        plan: list[tuple[Line, datetime]] = []
        for event in sorted({line.event for line in lines}):
            some = [line for line in lines if line.event == event]
            moments = (
                self.rhythm.wave(event, len(some)) if event else self.rhythm.moments(len(some))
            )
            plan += zip(some, moments, strict=True)
        return plan

    def _fill_up(self, posts: int) -> None:
        """Say lines with slots a second time, in other words, until there are enough posts."""
        again = [line for line in self._lines() if line.has_slots]
        for line, at in self._schedule(again):
            if sum(h.is_new and h.at <= self.now for h in self.story.heard) >= posts:
                break
            self._lone(line, at)

    def _page_post(self, page_post: PagePost) -> None:
        at = self.rhythm.day(page_post.day, time.fromisoformat(page_post.time))
        walls = []
        for key in page_post.channels:
            at += timedelta(minutes=self.rng.uniform(0.2, 3))
            told = self.story.page_says(self.content.channels[key], page_post.text, at)
            walls.append(told)
            share = page_post.reactions * self.rng.uniform(0.2, 1)
            for hours, part in ((1, 0.2), (5, 0.6), (30, 1)):
                self.story.count(told, told.at + timedelta(hours=hours), int(share * part))
        for line in page_post.comments:
            wall = self.rng.choice(walls)
            told = self.story.comment(wall, line, self.rhythm.after(wall.at, page_post.spread))
            self._aftermath(told)

    def _lone(self, line: Line, at: datetime) -> None:
        told = self.story.lone(line, at)
        self._aftermath(told)
        self._dialogue(told)

    def _dialogue(self, told: Told) -> None:
        """The page answers, people answer back, others chime in; or nothing of the kind."""
        rng, line = self.rng, told.line
        bystanders = self.content.bystanders.get(line.language)
        if bystanders and line.kind == "post" and rng.random() < BYSTANDER_SHARE:
            other = self.story.authors.someone(told.channel, line.language)
            at = told.at + timedelta(minutes=rng.uniform(2, 300))
            self.story.answer(told, rng.choice(bystanders), at, by=other)
        answers = self.content.answers_to(line)
        if answers is None or rng.random() >= ANSWERED_SHARE[line.department]:
            return
        reply = self.story.answer(told, rng.choice(answers.page), self.rhythm.answered(told.at))
        back = answers.thanks if rng.random() < THANKS_SHARE else answers.unhappy
        if back and rng.random() < FOLLOW_UP_SHARE:
            at = self.rhythm.after(reply.at, 8)
            self.story.answer(reply, rng.choice(back), at, by=told.author, root=told)

    def _aftermath(self, told: Told) -> None:
        """A few posts are edited, deleted or become popular."""
        rng = self.rng
        later = told.at + timedelta(minutes=rng.uniform(3, 200))
        if rng.random() < EDITED_SHARE and told.line.language == "en":
            self.story.edit(told, f"{told.post.text} {rng.choice(EDITS)}", later)
        elif rng.random() < DELETED_SHARE:
            self.story.delete(told, later)
        elif rng.random() < COUNTED_SHARE and not told.post.is_private:
            self.story.count(told, later, int(rng.lognormvariate(3, 1.2)) + 1)

    def _conversation(self, conversation: Conversation) -> None:
        line = conversation.opening
        moments = self.rhythm.wave(line.event, 1) if line.event else self.rhythm.moments(1)
        root = self.story.lone(line, moments[0])
        people: dict[str, IncomingAuthor] = {"a": root.author}
        last = root
        for who, text in conversation.turns[1:]:
            last = self._turn(root, last, who, text, people)

    def _turn(
        self, root: Told, last: Told, who: str, text: str, people: dict[str, IncomingAuthor]
    ) -> Told:
        at = last.at + timedelta(minutes=self.rng.uniform(2, 50))
        if who == "a~":
            self.story.edit(root, text, at)
        elif who == "a-":
            self.story.delete(last, at)
        elif who == "p":
            return self.story.answer(last, text, self.rhythm.answered(last.at), root=root)
        else:
            if who == "o" or who not in people:
                people[who] = self.story.authors.someone(root.channel, root.line.language)
            return self.story.answer(last, text, at, by=people[who], root=root)
        return last


def _rooted(heard: list[Heard]) -> list[Heard]:
    """Drop what hangs under a post that the window has cut off."""
    known: set[tuple[str, str]] = set()
    kept = []
    for one in heard:
        post = one.post
        anchor = post.parent_external_id if one.is_new else post.external_id
        if anchor and (one.channel, anchor) not in known:
            continue
        known.add((one.channel, post.external_id))
        kept.append(one)
    return kept
