"""Channels, contacts, posts, tickets and what happens to them."""

from inbox.models.backfills import Backfill
from inbox.models.channels import Channel, ChannelQuota, ChannelState, Contact
from inbox.models.consults import Consult, Notice
from inbox.models.intake import DeliveryWindow, Import, QuarantinedPayload, WaitingDelivery
from inbox.models.ledger import IntakeHour, IntakeTick
from inbox.models.lesson_imports import LessonImport
from inbox.models.notes import Mention, Note
from inbox.models.posts import Post, PostVersion
from inbox.models.previews import Preview
from inbox.models.raw import RawPayload
from inbox.models.tickets import Presence, Tag, Ticket
from inbox.models.timeline import HandOver, TicketEvent
from inbox.models.triage import TriagePolicy

__all__ = [
    "Backfill",
    "Channel",
    "ChannelQuota",
    "ChannelState",
    "Consult",
    "Contact",
    "DeliveryWindow",
    "HandOver",
    "Import",
    "IntakeHour",
    "IntakeTick",
    "LessonImport",
    "Mention",
    "Note",
    "Notice",
    "Post",
    "PostVersion",
    "Presence",
    "Preview",
    "QuarantinedPayload",
    "RawPayload",
    "Tag",
    "Ticket",
    "TicketEvent",
    "TriagePolicy",
    "WaitingDelivery",
]
