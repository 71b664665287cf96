"""Asking the Graph API: what its errors mean, how much of its limits is used, page by page."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping
from functools import partial
from hashlib import sha256
from typing import Any

from inbox.connectors.base import Access, Quota
from inbox.connectors.errors import (
    Blocked,
    Expired,
    Forbidden,
    Gone,
    Limited,
    NetworkError,
    Refused,
    TooLong,
    Uncertain,
    Unreachable,
)
from inbox.connectors.http import LONGEST_REASON, Api, Reply, retry_after
from inbox.connectors.looking import made

BASE_URL = "https://graph.facebook.com/v24.0"
MOST_PAGES = 20
_LIMITED = {4, 17, 32, 341, 613, 1390008, *range(80_000, 80_015)}
_EXPIRED = {
    458: "the app was removed from the account",
    459: "the account must sign in on Facebook first",
    460: "the password was changed",
    463: "the token has expired",
    464: "the account is not confirmed",
    467: "the token was withdrawn",
    492: "the person no longer has a role on the page",
}
_UNWILLING = {1545041, 2018108}
_TOO_LATE = {2018278, 2534022}
_WAIT = 300.0


def reading(access: Access) -> Api:
    """The API for questions, and for writes that may be done twice."""
    return _api(access, is_safe=True)


def writing(access: Access) -> Api:
    """The API for what must not be done twice."""
    return _api(access, is_safe=False)


def proof_of(access: Access, token: str) -> dict[str, str]:
    """What shows that the app's own server uses `token`; {} without the app's secret."""
    secret = access.secrets.get("app_secret", "")
    if not secret:
        return {}
    return {"appsecret_proof": hmac.new(secret.encode(), token.encode(), sha256).hexdigest()}


def get(access: Access, path: str, **params: Any) -> dict[str, Any]:
    """Read one object."""
    token = access.secrets.get("page_token", "")
    return reading(access).get(path, {**params, **proof_of(access, token)}).object()


def post(
    access: Access, path: str, data: Mapping[str, str], *, is_safe: bool = False
) -> dict[str, Any]:
    """Write something; `is_safe` when doing it twice is like doing it once."""
    token = access.secrets.get("page_token", "")
    api = reading(access) if is_safe else writing(access)
    reply = api.post(path, is_safe=is_safe, data={**data, **proof_of(access, token)})
    return reply.object() if is_safe else made(reply)


def delete(access: Access, path: str) -> None:
    """Remove something; what is gone already is fine."""
    token = access.secrets.get("page_token", "")
    try:
        reading(access).ask("DELETE", path, is_safe=True, params=proof_of(access, token))
    except Gone:
        return


def pages(access: Access, path: str, *, most: int = MOST_PAGES, **params: Any) -> Iterator[Any]:
    """The items of a list, over at most `most` of its pages."""
    for _ in range(most):
        found = get(access, path, **params)
        yield from data_of(found)
        after = after_of(found)
        if not after:
            return
        params["after"] = after


def data_of(found: Mapping[str, Any]) -> list[Any]:
    """The items of one page of a list."""
    data = found.get("data")
    return data if isinstance(data, list) else []


def after_of(found: Mapping[str, Any]) -> str:
    """Where the next page of a list begins; "" when this is the last."""
    paging = found.get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return ""
    cursors = paging.get("cursors")
    return str(cursors.get("after") or "") if isinstance(cursors, dict) else ""


def _api(access: Access, *, is_safe: bool) -> Api:
    token = access.secrets.get("page_token", "")
    return Api(
        base_url=access.base_url,
        headers={"Authorization": f"Bearer {token}"} if token else {},
        allow_private=access.allow_private,
        fault=partial(_fault, access, is_safe=is_safe),
    )


def _fault(access: Access, reply: Reply, *, is_safe: bool) -> NetworkError | None:
    for quota in quotas_of(reply.headers):
        access.quota(quota)
    try:
        found = json.loads(reply.body) if reply.body else None
    except (ValueError, RecursionError):
        return None
    error = found.get("error") if isinstance(found, dict) else None
    if not isinstance(error, dict) or not isinstance(error.get("code"), int):
        return None
    subcode = error.get("error_subcode")
    error["error_subcode"] = subcode if isinstance(subcode, int) else 0
    return fault_of(error, reply.headers, is_safe=is_safe)


def fault_of(
    error: Mapping[str, Any], headers: Mapping[str, str], *, is_safe: bool
) -> NetworkError | None:
    """What an error object of the Graph API means; None when its status says it best."""
    code = error["code"]
    said = str(error.get("error_user_msg") or error.get("message") or "")
    reason = f"answers error {code}{': ' if said else ''}{said}"[:LONGEST_REASON]
    if code in _LIMITED:
        return Limited(reason, retry_after=_wait_of(headers))
    if code in {1, 2} or error.get("is_transient") is True:
        return (Unreachable if is_safe else Uncertain)(reason, retry_after=_WAIT)
    return _refusal(code, error.get("error_subcode") or 0, reason)


def _refusal(code: int, subcode: int, reason: str) -> NetworkError | None:
    if subcode in _TOO_LATE:
        return Refused(
            "no longer takes an answer to this message: the person last wrote too long ago"
        )
    if code == 551 or subcode in _UNWILLING:
        return Blocked(reason)
    if code in {102, 190}:
        why = _EXPIRED.get(subcode)
        return Expired(f"no longer takes the credentials: {why}" if why else reason)
    if code == 368:
        return Forbidden("has stopped the page from doing this for a while: see the page's quality")
    if code == 506:
        return Refused("has this very text already, written a moment ago")
    if code in {3, 10} or 200 <= code < 300:
        return Forbidden(reason)
    if code in {803, 2018001} or (code == 100 and subcode == 33):
        return Gone(reason)
    if code == 100 and ("less than or equal" in reason or "too long" in reason.lower()):
        return TooLong(reason)
    return Refused(reason)


def quotas_of(headers: Mapping[str, str]) -> list[Quota]:
    """How much of each limit is used, in percent, as the headers say."""
    named = {"app": "x-app-usage", "page": "x-page-usage"}
    usages = [(name, _loaded(headers.get(header))) for name, header in named.items()]
    usages += [(str(case.get("type", "business")), case) for case in _cases(headers)]
    return [
        Quota(name, 100, max(0, 100 - used))
        for name, usage in usages
        if (used := _highest(usage)) is not None
    ]


def _cases(headers: Mapping[str, str]) -> list[dict[str, Any]]:
    usage = _loaded(headers.get("x-business-use-case-usage"))
    listed = [case for cases in usage.values() if isinstance(cases, list) for case in cases]
    return [case for case in listed if isinstance(case, dict)]


def _highest(usage: Mapping[str, Any]) -> int | None:
    names = ("call_count", "total_time", "total_cputime")
    shares = [usage[name] for name in names if isinstance(usage.get(name), int | float)]
    return int(max(shares)) if shares else None


def _wait_of(headers: Mapping[str, str]) -> float:
    """Seconds until calls are taken again; the headers tell it in minutes."""
    name = "estimated_time_to_regain_access"
    minutes = [case[name] for case in _cases(headers) if isinstance(case.get(name), int | float)]
    longest = max(minutes, default=0) * 60.0
    return min(longest or retry_after(headers) or _WAIT, 86_400.0)


def _loaded(value: str | None) -> dict[str, Any]:
    try:
        found = json.loads(value) if value else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
