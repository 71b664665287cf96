"""The publishing room's URLs."""

from django.urls import URLPattern, path

from publishing.views import composer, macros, replies, signatures

app_name = "publishing"
urlpatterns: list[URLPattern] = [
    path("tickets/<int:pk>/composer/", composer.composer, name="composer"),
    path("tickets/<int:pk>/composer/draft/", composer.SaveDraft.as_view(), name="save_draft"),
    path("tickets/<int:pk>/composer/preview/", composer.Preview.as_view(), name="preview"),
    path("tickets/<int:pk>/composer/send/", composer.Send.as_view(), name="send_draft"),
    path("tickets/<int:pk>/composer/discard/", composer.Discard.as_view(), name="discard"),
    path("tickets/<int:pk>/composer/restore/", composer.Restore.as_view(), name="restore"),
    path("tickets/<int:pk>/composer/macro/", composer.InsertMacro.as_view(), name="insert_macro"),
    path("tickets/<int:pk>/composer/attach/", composer.Attach.as_view(), name="attach"),
    path("tickets/<int:pk>/composer/detach/", composer.Detach.as_view(), name="detach"),
    path("tickets/<int:pk>/replies/", replies.replies, name="replies"),
    path("replies/", replies.attention, name="attention"),
    path("replies/count/", replies.attention_count, name="attention_count"),
    path("replies/<int:pk>/", replies.reply, name="reply"),
    path("replies/<int:pk>/undo/", replies.Undo.as_view(), name="undo"),
    path("replies/<int:pk>/send/", replies.SendAnyway.as_view(), name="send_anyway"),
    path("replies/<int:pk>/retry/", replies.Retry.as_view(), name="retry"),
    path("replies/<int:pk>/discard/", replies.Discard.as_view(), name="discard_reply"),
    path("replies/<int:pk>/approve/", replies.Approve.as_view(), name="approve"),
    path("replies/<int:pk>/reject/", replies.Reject.as_view(), name="reject"),
    path("replies/<int:pk>/decide/", replies.Decide.as_view(), name="decide"),
    path("replies/<int:pk>/edit/", replies.Edit.as_view(), name="edit"),
    path("replies/<int:pk>/delete/", replies.Delete.as_view(), name="delete"),
    path("replies/<int:pk>/undo-change/", replies.UndoChange.as_view(), name="undo_change"),
    path("replies/pictures/<int:pk>/", composer.upload, name="picture"),
    path("settings/macros/", macros.listing, name="macros"),
    path("settings/macros/new/", macros.create, name="macro_create"),
    path("settings/macros/<int:pk>/", macros.edit, name="macro"),
    path("settings/macros/<int:pk>/delete/", macros.delete, name="macro_delete"),
    path("settings/signatures/", signatures.signatures, name="signatures"),
    path("settings/signatures/<slug:slug>/", signatures.set_signing, name="set_signing"),
]
