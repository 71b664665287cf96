"""What people read where the classifier has a slug."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TOPICS: dict[str, str | Promise] = {
    # Customer service
    "delivery": _("Delivery"),
    "billing": _("Billing"),
    "refund": _("Refund"),
    "product_fault": _("Product fault"),
    "account_access": _("Account access"),
    "outage": _("Outage"),
    "how_to": _("How to"),
    "staff": _("Staff"),
    "price": _("Price"),
    "booking_change": _("Booking change"),
    "cancellation": _("Cancellation"),
    "thanks": _("Thanks"),
    # Marketing
    "product_love": _("Product love"),
    "product_opinion": _("Product opinion"),
    "feature_idea": _("Feature idea"),
    "campaign": _("Campaign"),
    "contest": _("Contest"),
    "promotion": _("Promotion"),
    "partnership": _("Partnership"),
    "event": _("Event"),
    "launch": _("Launch"),
    # PR
    "activism": _("Activism"),
    "boycott": _("Boycott"),
    "ethics": _("Ethics"),
    "environment": _("Environment"),
    "legal": _("Legal"),
    "press": _("Press"),
    "misinformation": _("Misinformation"),
    "investors": _("Investors"),
    "executives": _("Executives"),
    "data_breach": _("Data breach"),
    "safety": _("Safety"),
    "company_news": _("Company news"),
    # HR
    "vacancy": _("Vacancy"),
    "application": _("Application"),
    "interview": _("Interview"),
    "pay": _("Pay"),
    "conditions": _("Conditions"),
    "management": _("Management"),
    "layoffs": _("Layoffs"),
    "union": _("Union"),
    "employer_praise": _("Employer praise"),
    "harassment": _("Harassment"),
}

URGENCIES: tuple[str | Promise, ...] = (_("none"), _("some"), _("high"), _("very high"))

CUES: dict[str, str | Promise] = {
    "self-harm": _("self-harm"),
    "threat": _("threat"),
    "danger": _("danger"),
    "distress": _("distress"),
    "legal": _("legal step"),
    "fraud": _("fraud"),
    "outage": _("outage"),
    "press": _("press deadline"),
    "breach": _("data breach"),
    "harm": _("harm done"),
    "vulnerable": _("needs care"),
    "hurry": _("hurry"),
}


def topic_name(slug: str) -> str:
    """The name of a topic; one's own topics are shown as they are."""
    return str(TOPICS.get(slug, slug.replace("_", " ")))


def cue_name(cue: str) -> str:
    """A cue of urgency as people read it: its kind, then the words."""
    kind, _colon, words = cue.partition(": ")
    return f"{CUES.get(kind, kind)}: {words}"
