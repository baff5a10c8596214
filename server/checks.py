"""The looks and the questions of `shian server config check`."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from process.checks.files import look_at_broker, look_at_files
from process.checks.findings import Finding
from process.checks.peers import (
    Question,
    broker_question,
    centre_question,
    look_at_listening,
    look_up,
    page_question,
    port_question,
)
from process.connections import Broker
from process.language import t
from process.named_files import Key
from process.settings import CREDENTIALS, SettingsError
from server.app import create_app
from server.settings import ServerSettings
from storage.checks import database_question, look_at_database


def look(settings: ServerSettings) -> Iterator[Finding]:
    """Yield what is wrong on this machine, beside the files."""
    yield from look_at_database(("database",), settings.database)
    if settings.broker:
        yield from look_at_broker(("broker",), settings.broker)
    if settings.port:
        yield from look_at_listening(("port",), settings.host, settings.port)
    yield from _names(settings)
    if not settings.accounts.is_on:
        try:
            settings.check_alone()
        except SettingsError as exc:
            yield Finding(("accounts", "is_on"), str(exc))
    yield from _as_run(settings)


def questions(settings: ServerSettings) -> Iterator[Question]:
    """Yield the questions to the database, the broker, and whoever else is named."""
    yield from database_question(("database",), settings.database)
    if settings.broker:
        yield broker_question(("broker",), settings.broker)
    if settings.public_url:
        yield page_question(("public_url",), settings.public_url)
    if settings.oidc:
        known = f"{settings.oidc.issuer}/.well-known/openid-configuration"
        yield centre_question(("oidc", "issuer"), known, None, path="")
    yield from _enrolment(settings)
    yield from _channels(settings)
    if settings.proof.mail:
        yield port_question(("proof", "mail", "host"), settings.proof.mail.host, settings.proof.mail.port)
    if settings.proof.webhook:
        yield look_up(("proof", "webhook", "url"), urlsplit(settings.proof.webhook.url).hostname or "")
    for key, endpoint in (
        (("media", "s3", "endpoint"), settings.media.s3.endpoint if settings.media.s3 else None),
        (("proof", "s3", "endpoint"), settings.proof.s3.endpoint if settings.proof.s3 else None),
    ):
        if endpoint:
            yield look_up(key, urlsplit(endpoint).hostname or "")


def _channels(settings: ServerSettings) -> Iterator[Question]:
    """Yield the questions to those by whom alerts go: each channel's address and port, where its settings name one."""
    for name in type(settings.delivery.channels).model_fields:
        channel, key = getattr(settings.delivery.channels, name), ("delivery", "channels", name)
        broker, host, port = (getattr(channel, word, None) for word in ("broker", "host", "port"))
        if isinstance(broker, Broker):
            yield broker_question((*key, "broker"), broker)
        elif isinstance(host, str) and host and isinstance(port, int):
            yield port_question((*key, "host"), host, port)


def _enrolment(settings: ServerSettings) -> Iterator[Question]:
    """Yield the questions that an enrolled station will ask: the centre's page, and the broker."""
    wanted = settings.enrolment
    if wanted is None:
        return
    authority = wanted.authority / "ca.crt" if wanted.authority else None
    trusted = authority if authority and authority.is_file() else None
    if wanted.url:
        yield page_question(("enrolment", "url"), wanted.url, trusted)
    yield port_question(("enrolment", "broker", "host"), wanted.broker.host, wanted.broker.port)


def _names(settings: ServerSettings) -> Iterator[Finding]:
    """Yield the public addresses whose name this server does not take for its own."""
    known = {name.lower() for name in settings.allowed_hosts}
    if not known and not settings.is_loopback():
        return  # any name is taken
    named: list[tuple[Key, str]] = [(("public_url",), settings.public_url)]
    if settings.enrolment:
        named.append((("enrolment", "url"), settings.enrolment.url))
    if settings.oidc:
        named.append((("oidc", "address"), settings.oidc.address))
    for key, url in named:
        host = urlsplit(url).hostname or ""
        if host and host.lower() not in known | {"localhost", "127.0.0.1", "::1"}:
            yield Finding(
                key,
                t(
                    f"whoever comes by the name {host} is refused: add it to allowed_hosts",
                    f"以 {host} 访问将被拒绝：请将其加入 allowed_hosts",
                ),
            )


def _as_run(settings: ServerSettings) -> Iterator[Finding]:
    """Yield why the server would not start, once all files are good: it is put together as `run` does."""
    is_whole = settings.database.dsn or settings.database.dsn_file
    if not is_whole or any(finding.is_fault or CREDENTIALS in finding.text for finding in look_at_files(settings)):
        return
    try:
        settings.read_token()
    except SettingsError as exc:
        yield Finding(("token_file",) if settings.token_file else ("accounts", "is_on"), str(exc))
        return
    try:
        create_app(settings)
    except SettingsError as exc:
        yield Finding((), str(exc))
    except ModuleNotFoundError as exc:
        # A part that comes with an extra of its own: a bucket, a channel.
        yield Finding(
            (),
            t(f"{exc.name} is not installed: pip install 'shian[all]'", f"缺少 {exc.name}：pip install 'shian[all]'"),
        )
