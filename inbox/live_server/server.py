"""The ASGI application: `/live/` streams changes, `/live/health` says how it is."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from accounts.access import NOTHING
from inbox.live_server import database, messages, shutdown
from inbox.live_server.hub import Client, Hub
from inbox.live_server.listener import Listener
from inbox.live_server.messages import Message
from inbox.live_server.requests import LiveRequest
from inbox.live_server.viewers import Viewer, rights_of, viewer_of

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 15.0
COALESCE_SECONDS = 0.05
RENEW_SECONDS = 60.0
# A browser that takes nothing for so long is let go; it returns and fetches anew.
SEND_SECONDS = 20.0
STREAMS_A_PERSON = 20
RETRY_MS = (1000, 4000)


class LiveServer:
    """Streams to every signed-in browser which of the tickets it may see have changed."""

    def __init__(self) -> None:
        self.hub = Hub()
        self.listener = Listener(
            database.parameters, on_start=self._start_over, on_payload=self._hear
        )
        self._renewing = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(LiveRequest(scope), receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self._tasks = [
            asyncio.create_task(self.listener.run()),
            asyncio.create_task(self._renew_now_and_then()),
        ]
        shutdown.before_server(self.hub.close)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.hub.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, request: LiveRequest, receive: Receive, send: Send) -> None:
        if request.path == "/live/health":
            await self._say_health(request, send)
        elif request.path != "/live/":
            await refuse(request, send, HTTPStatus.NOT_FOUND)
        elif request.method != "GET":
            await refuse(request, send, HTTPStatus.METHOD_NOT_ALLOWED)
        elif not request.has_allowed_origin:
            await refuse(request, send, HTTPStatus.FORBIDDEN)
        else:
            await self._stream_if_allowed(request, receive, send)

    async def _say_health(self, request: LiveRequest, send: Send) -> None:
        is_listening = self.listener.is_listening
        status = HTTPStatus.OK if is_listening else HTTPStatus.SERVICE_UNAVAILABLE
        body = json.dumps({"listening": is_listening, "streams": len(self.hub)})
        await respond(request, send, status, "application/json", body)

    async def _stream_if_allowed(self, request: LiveRequest, receive: Receive, send: Send) -> None:
        try:
            viewer = await self._sign_in(request.session_key)
        except database.Unavailable:
            await refuse(request, send, HTTPStatus.SERVICE_UNAVAILABLE)
            return
        if viewer is None:
            await refuse(request, send, HTTPStatus.UNAUTHORIZED)
        elif viewer.access == NOTHING:
            await refuse(request, send, HTTPStatus.FORBIDDEN)
        elif self.hub.is_closed:
            await refuse(request, send, HTTPStatus.SERVICE_UNAVAILABLE)
        elif self.hub.streams_of(viewer.user_id) >= STREAMS_A_PERSON:
            await refuse(request, send, HTTPStatus.TOO_MANY_REQUESTS)
        else:
            client = Client(viewer, request.ticket)
            # No await between reading the rights and this: nothing is said in between.
            self.hub.join(client)
            try:
                await self._stream(client, request, receive, send)
            finally:
                self.hub.leave(client)

    async def _sign_in(self, session_key: str) -> Viewer | None:
        while session_key:
            version = self.hub.rights_version
            viewer = await database.run(viewer_of, session_key)
            if version == self.hub.rights_version:
                return viewer
        return None

    async def _stream(
        self, client: Client, request: LiveRequest, receive: Receive, send: Send
    ) -> None:
        if request.last_mark and self.hub.has_missed(client, request.last_mark):
            client.resync("missed")
        await send(head(request, HTTPStatus.OK, "text/event-stream; charset=utf-8"))
        wait = random.randint(*RETRY_MS)  # noqa: S311
        hello = messages.retry(wait) + messages.heartbeat(mark=self.hub.mark())
        leaving = asyncio.create_task(wait_until_gone(receive))
        leaving.add_done_callback(lambda _: client.close(""))
        try:
            await send(chunk(hello))
            while client.end is None:
                await self._say_what_waits(client, send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except (TimeoutError, OSError):
            logger.info("A browser took nothing for %s seconds.", SEND_SECONDS)
        finally:
            leaving.cancel()

    async def _say_what_waits(self, client: Client, send: Send) -> None:
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS):
                await client.wake.wait()
        except TimeoutError:
            text = messages.heartbeat(mark=self.hub.mark())
        else:
            if client.end is None:
                await asyncio.sleep(COALESCE_SECONDS)
            text = client.take(mark=self.hub.mark())
        if text:
            async with asyncio.timeout(SEND_SECONDS):
                await send(chunk(text))

    async def _hear(self, payload: str) -> None:
        message = Message.parse(payload)
        if message is None:
            logger.warning("Not a live message: %.200s", payload)
        elif message.kind == "access":
            # Awaited, so that nothing said after a change of rights is judged by the old ones.
            await self._renew()
        else:
            self.hub.deliver(message)

    async def _start_over(self) -> None:
        await self._renew()
        self.hub.lost_track()

    async def _renew(self) -> None:
        self.hub.rights_version += 1
        # One after the other: an older reading must not be applied after a newer one.
        async with self._renewing:
            viewers = {client.viewer for client in self.hub.clients}
            if viewers:
                self.hub.renew(await database.run(rights_of, list(viewers)))

    async def _renew_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                await self._renew()
            except database.Unavailable:
                logger.warning("Rights could not be read again.")


def head(request: LiveRequest, status: HTTPStatus, content_type: str) -> dict[str, Any]:
    """The start of an answer; a page of an allowed origin may read it."""
    headers = [
        ("content-type", content_type),
        ("cache-control", "no-store"),
        ("x-accel-buffering", "no"),
        ("x-content-type-options", "nosniff"),
        ("vary", "Origin, Cookie"),
    ]
    if request.origin and request.has_allowed_origin:
        headers += [
            ("access-control-allow-origin", request.origin),
            ("access-control-allow-credentials", "true"),
        ]
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    return {"type": "http.response.start", "status": int(status), "headers": raw}


def chunk(text: str) -> dict[str, Any]:
    """A piece of a stream that goes on."""
    return {"type": "http.response.body", "body": text.encode(), "more_body": True}


async def respond(
    request: LiveRequest, send: Send, status: HTTPStatus, content_type: str, body: str
) -> None:
    """Send a whole answer."""
    await send(head(request, status, content_type))
    await send({"type": "http.response.body", "body": body.encode(), "more_body": False})


async def refuse(request: LiveRequest, send: Send, status: HTTPStatus) -> None:
    """Answer with an error in a word."""
    await respond(request, send, status, "text/plain; charset=utf-8", f"{status.phrase}\n")


async def wait_until_gone(receive: Receive) -> None:
    """Return when the browser has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
