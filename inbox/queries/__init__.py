"""Every read of the inbox that a page or the API shows."""

from inbox.queries.conversation import Conversation, Entry, conversation_of, tickets_in_full
from inbox.queries.counts import QueueCounts, queue_counts
from inbox.queries.filters import TicketFilter
from inbox.queries.find import Hit, SearchPage, search
from inbox.queries.lists import TicketPage, page_of, rows_of
from inbox.queries.presence import who
from inbox.queries.receipts import receipts_of
from inbox.queries.tags import tags_seen_by

__all__ = [
    "Conversation",
    "Entry",
    "Hit",
    "QueueCounts",
    "SearchPage",
    "TicketFilter",
    "TicketPage",
    "conversation_of",
    "page_of",
    "queue_counts",
    "receipts_of",
    "rows_of",
    "search",
    "tags_seen_by",
    "tickets_in_full",
    "who",
]
