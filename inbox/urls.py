"""The inbox's URLs."""

from django.urls import URLPattern, URLResolver, include, path

from inbox.views import actions, incidents, pictures, search, shell, tickets, webhooks, workspace

app_name = "inbox"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", workspace.home, name="home"),
    path("q/<slug:slug>/", workspace.queue, name="queue"),
    path("q/<slug:slug>/filters/", workspace.filters, name="filters"),
    path("queues/", workspace.queues, name="queues"),
    path("live/rows/", workspace.live_rows, name="live_rows"),
    path("t/<int:pk>/", tickets.ticket, name="ticket"),
    path("t/<int:pk>/presence/", tickets.beat, name="presence"),
    path("t/<int:pk>/people/", tickets.people, name="people"),
    path("t/<int:pk>/claim/", actions.Claim.as_view(), name="claim"),
    path("t/<int:pk>/assign/", actions.Assign.as_view(), name="assign"),
    path("t/<int:pk>/note/", actions.Note.as_view(), name="note"),
    path("t/<int:pk>/tags/", actions.Tags.as_view(), name="tags"),
    path("t/<int:pk>/priority/", actions.Priority.as_view(), name="priority"),
    path("t/<int:pk>/pending/", actions.Pending.as_view(), name="pending"),
    path("t/<int:pk>/snooze/", actions.Snooze.as_view(), name="snooze"),
    path("t/<int:pk>/resolve/", actions.Resolve.as_view(), name="resolve"),
    path("t/<int:pk>/reopen/", actions.Reopen.as_view(), name="reopen"),
    path("t/<int:pk>/hand-over/", actions.HandOver.as_view(), name="hand_over"),
    path("t/<int:pk>/confirm/", actions.Confirm.as_view(), name="confirm"),
    path("t/<int:pk>/sort/", actions.Sort.as_view(), name="sort"),
    path("t/<int:pk>/incident/", incidents.of_ticket, name="ticket_incident"),
    path("incidents/", incidents.listing, name="incidents"),
    path("incidents/new/", incidents.create, name="incident_create"),
    path("incidents/<int:pk>/", incidents.detail, name="incident"),
    path("incidents/<int:pk>/edit/", incidents.edit, name="incident_edit"),
    path("incidents/<int:pk>/switch/", incidents.switch, name="incident_switch"),
    path("incidents/<int:pk>/all/", incidents.act_on_all, name="incident_all"),
    path("media/posts/<int:pk>/<int:number>/", pictures.picture, name="picture"),
    path("media/posts/<int:pk>/<int:number>/card/", pictures.card, name="picture_card"),
    path("undo/", actions.undo, name="undo"),
    path("search/", search.search, name="search"),
    path("receipts/", shell.receipts, name="receipts"),
    path("keyboard/", shell.keyboard, name="keyboard"),
    path("settings/", include("inbox.urls_settings")),
    path("webhooks/<int:pk>/", webhooks.deliver, name="deliver"),
]
