"""Short messages by Alibaba Cloud's SDK (extra `aliyun`). The text is the platform's: a signature and a template that
it has approved, with the parameters `title`, `late` and `id`.

https://help.aliyun.com/document_detail/419273.html (SendSms): `Code` "OK" alone is success, `BizId` names the message.
"""

import asyncio
import json
from datetime import datetime
from importlib import import_module
from typing import Annotated, Any, Literal

from pydantic import Field

from process.connections import read_secret
from process.named_files import SecretFile
from process.settings import Settings
from server.delivery.channel import Attempt, ChannelKind, Network, Notice, Outcome, Rate, Recipient
from server.delivery.phones import check_phone
from server.delivery.texts.facts import one_line
from server.delivery.texts.text import texts_of

# A variable of a template takes 35 characters at most.
_MOST_CHARS = 35
_NOT_SET_UP = Attempt(Outcome.NOT_SET_UP, detail="[delivery.channels.aliyun_sms] has no key", is_final=True)
_THROTTLED = ("isv.BUSINESS_LIMIT_CONTROL", "Throttling.User", "Throttling")
_FINAL = ("isv.MOBILE_NUMBER_ILLEGAL", "isv.SMS_TEMPLATE_ILLEGAL", "isv.SMS_SIGNATURE_ILLEGAL")


class AliyunSmsSettings(Settings):
    """The account, the signature and the template. `endpoint` is changed for a government's own cloud."""

    key_id: str = ""
    key_file: SecretFile | None = None
    endpoint: str = "dysmsapi.aliyuncs.com"
    protocol: Literal["https", "http"] = "https"
    sign_name: str = ""
    template: Annotated[str, Field(description="its code, as SMS_154950909")] = ""


class AliyunSmsChannel:
    """A short message by a template."""

    def __init__(self, settings: AliyunSmsSettings, secret: str, network: Network) -> None:
        self._settings = settings
        self._secret = secret
        self._network = network

    async def close(self) -> None: ...

    async def send(self, to: Recipient, notice: Notice, now: datetime) -> Attempt:  # noqa: ARG002  the SDK has a clock of its own
        """Try once. Raises only for our own mistakes."""
        if not (self._settings.key_id and self._secret):
            return _NOT_SET_UP
        began = asyncio.get_running_loop().time()
        try:
            sdk = import_module("alibabacloud_dysmsapi20170525.client")
        except ImportError:
            return Attempt(Outcome.NOT_SET_UP, detail="pip install 'shian[aliyun]'", is_final=True)
        text = texts_of(notice, to.language)[0]
        title = one_line(text.title.replace(text.late, ""), _MOST_CHARS)
        values = {"title": title, "late": one_line(text.late.strip("()（）"), _MOST_CHARS), "id": notice.id}
        try:
            async with asyncio.timeout(self._network.attempt_s):
                attempt = await self._ask(sdk, to, json.dumps(values, ensure_ascii=False))
        except TimeoutError:
            attempt = Attempt(Outcome.TIMEOUT, detail=f"no answer within {self._network.attempt_s:g} s")
        took = round((asyncio.get_running_loop().time() - began) * 1000)
        return Attempt(**{**_as_dict(attempt), "duration_ms": took})

    async def _ask(self, sdk: Any, to: Recipient, values: str) -> Attempt:
        settings, wait_ms = self._settings, int(self._network.attempt_s * 1000)
        openapi = import_module("alibabacloud_tea_openapi.models")
        models = import_module("alibabacloud_dysmsapi20170525.models")
        util = import_module("alibabacloud_tea_util.models")
        config = openapi.Config(
            access_key_id=settings.key_id,
            access_key_secret=self._secret,
            endpoint=settings.endpoint,
            protocol=settings.protocol,
        )
        request = models.SendSmsRequest(
            phone_numbers=to.address.removeprefix("+86"),
            sign_name=settings.sign_name,
            template_code=settings.template,
            template_param=values,
        )
        runtime = util.RuntimeOptions(autoretry=False, read_timeout=wait_ms, connect_timeout=wait_ms)
        try:
            answer = await sdk.Client(config).send_sms_with_options_async(request, runtime)
        except Exception as exc:  # noqa: BLE001  the SDK passes on whatever its HTTP client, its parser or its server raise
            return _of_exception(exc)
        return _of_answer(answer.body)


def _of_answer(body: Any) -> Attempt:
    code = str(getattr(body, "code", None) or "")
    message = str(getattr(body, "message", None) or "")
    if code == "OK":
        return Attempt(Outcome.DELIVERED, 200, remote_id=str(getattr(body, "biz_id", None) or ""))
    if not code:
        return Attempt(Outcome.GARBAGE, 200, detail=message)
    return _of_code(code, message)


def _of_code(code: str, message: str, status: int | None = 200) -> Attempt:
    if code in _THROTTLED:
        return Attempt(Outcome.THROTTLED, status, message[:200], retry_after_s=60.0, code=code)
    return Attempt(Outcome.REJECTED, status, message[:200], code=code, is_final=code in _FINAL)


def _of_exception(exc: Exception) -> Attempt:
    code, message = getattr(exc, "code", None), str(getattr(exc, "message", None) or exc)
    is_connection = isinstance(exc, OSError) or "connect" in f"{type(exc).__name__} {message}".lower()
    if isinstance(code, str) and code and not is_connection:
        return _of_code(code, message, getattr(exc, "status_code", None) or getattr(exc, "statusCode", None))
    if "timeout" in f"{type(exc).__name__} {message}".lower():
        return Attempt(Outcome.TIMEOUT, detail=message[:200])
    kind = Outcome.CONNECTION if is_connection else Outcome.GARBAGE
    return Attempt(kind, detail=f"{type(exc).__name__}: {message}"[:200])


def _as_dict(attempt: Attempt) -> dict[str, Any]:
    return {name: getattr(attempt, name) for name in Attempt.__dataclass_fields__}


def _open(settings: AliyunSmsSettings, network: Network) -> AliyunSmsChannel:
    return AliyunSmsChannel(settings, read_secret(settings.key_file) if settings.key_file else "", network)


CHANNEL = ChannelKind("aliyun_sms", AliyunSmsSettings, check_phone, _open, rate=Rate(5, 60.0))
