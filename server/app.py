"""The whole server, put together in one visible function."""

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any

from fastapi import Depends, FastAPI
from uuid_utils.compat import uuid7

from authority.ca import Authority
from authority.errors import AuthorityError
from process import signing_key
from process.settings import SettingsError
from process.watched import Systemd
from server import health, openapi, page, problems, records, supervisor
from server.access import api as session
from server.access import oidc_api, own, standing
from server.access.first_start import FirstStart
from server.access.guard import Guard, Site, allowed_hosts
from server.access.need import undeclared
from server.access.oidc import Issuer, fetcher
from server.access.people import People, Rules
from server.access.sign_in import SignIn
from server.database import Database, database
from server.delivery import link_page
from server.delivery.channel import Channel, Network
from server.delivery.channels import channels, web_push
from server.delivery.channels.email import EmailChannel
from server.delivery.channels.web_push import key as push_keys
from server.delivery.links import Links
from server.delivery.messenger import Messenger, messenger
from server.delivery.stages import Place, stages
from server.delivery.texts.templates import read as read_texts
from server.delivery.worker import Worker
from server.down import api as documents
from server.down.herald import Herald
from server.down.maker import Maker
from server.duty.digests import Digests
from server.duty.escalation import Escalation
from server.duty.watch import DutyWatch
from server.enrolment import api as enrolment
from server.enrolment.desk import Desk
from server.enrolment.revocations import Revocations
from server.feed import api as live
from server.feed.feed import Feed
from server.feed.watchdog import Watchdog
from server.fullness import Fullness
from server.limits.rates import Rate
from server.limits.requests import Requests
from server.lists.parameters import known_parameters
from server.live_video import watch
from server.live_video.relay import Relay
from server.media import attachments, upload, viewing
from server.media.attachments import Attachments
from server.media.disk import Disk
from server.media.incoming import Incoming
from server.media.leftovers import Leftovers
from server.media.opening import archive_of
from server.media.retention import Retention
from server.media.room import Room
from server.outermost import Outermost
from server.proof.keeper import Keeper, Pace
from server.proof.places import opened
from server.proof.watch import Proof
from server.pruning import Pruning
from server.records import days
from server.records.alerts import texts_api
from server.records.alerts.lapses import Lapses
from server.records.limits import importing
from server.records.overview import api as overview
from server.records.overview.geo import areas_of
from server.records.reports.mails import Mails, posting
from server.records.reports.settings import settings as report_settings
from server.records.reports.sums import Sums
from server.records.subscriptions.web_push import application_key
from server.settings import DeliverySettings, MediaSettings, ServerSettings
from server.told_settings import ToldSettings
from server.watch.own_rules import OwnRulesWatch
from server.watch.watch import CentreWatch

API = "/api/v1"
_DAY_S = 86_400.0


def _now() -> datetime:
    return datetime.now(UTC)


_Work = Callable[[], Coroutine[Any, Any, None]]


def create_app(settings: ServerSettings, now: Callable[[], datetime] = _now) -> FastAPI:
    """Return the ASGI application. No I/O but reading secrets' files; its lifespan opens the database and starts the
    work. Raises SettingsError."""
    db = Database(settings.database)
    feed = Feed(db, settings.feed)
    place = _place(db, settings)
    delivery = _Delivery.of(db, settings.delivery, place)
    people = People(db, _rules(settings))
    entrance = SignIn(db, people, clock=lambda: now().timestamp())

    relay = _relay(settings, db, now)
    uploads = _incoming(settings)
    in_database = Fullness()
    keeper, proof = _proof(settings, db, now)

    def places() -> dict[str, str]:
        """Return why each place takes no writes, by its name; "" where it does."""
        return {"database": in_database.reason} | ({"media": uploads.disk.reason} if uploads else {})

    works = {
        "feed": feed.run,
        "reports": Sums(db, settings.zone).run,
        "first_start": FirstStart(db, is_on=settings.accounts.is_on).run,
        "lapses": Lapses(db).run,
        "escalation": Escalation(db, place.zone, place.calendar).run,
        "digests": Digests(db, place.zone).run,
        "duty": DutyWatch(db, place.zone, place.calendar).run,
        "told_settings": ToldSettings(db, settings).run,
        "watchdog": Watchdog(feed, Systemd()).run,
        "watch": CentreWatch(db, settings.watch, settings.media.folder, places, proof).run,
        "pruning": Pruning(db, settings.keep).run,
        "own_rules": OwnRulesWatch(db, settings.zone, settings.rules_look_s).run,
        **({"proof": keeper.run} if keeper else {}),
    }
    if delivery.email:
        works["report_mails"] = Mails(db, settings.zone, settings.reports, delivery.email).run
    works |= _of_broker(relay, db, settings)
    desk = _desk(settings, db, now)
    if desk:
        works["enrolment"] = Revocations(db, desk.settings, desk.authority, now).run
    if uploads:
        works |= _media(db, settings.media, uploads, now)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await db.open()
        try:
            async with supervisor.running(works), delivery.sending():
                yield
        finally:
            await db.close()

    app = FastAPI(
        title="Shian",
        version=version("shian"),
        summary="Rapid food-test results, live, with a proof that nothing is missing.",
        lifespan=lifespan,
        openapi_url=None,  # a route of ours, which asks for a permission
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
        dependencies=[Depends(known_parameters)],
    )
    app.dependency_overrides = {
        database: lambda: db,
        days.zone: lambda: settings.zone,
        days.calendar: lambda: place.calendar,
        texts_api.texts: lambda: place.templates,
        messenger: lambda: Messenger(db, delivery.channels, place.links),
        application_key: _application_key(settings),
        posting: lambda: delivery.email,
        **_of_pages(settings),
    }
    for router in records.routers():
        app.include_router(router, prefix=API)
    _include_accounts(app, settings, people, entrance)
    app.include_router(live.router(feed), prefix=API)
    app.include_router(watch.router(relay), prefix=API)
    if desk:
        app.include_router(enrolment.router(desk), prefix=API)
    _include_media(app, settings, db, uploads)
    _include_documents(app, settings, db)
    app.include_router(
        health.router(db, feed=feed.is_well, delivery=delivery.is_well, room=lambda: not any(places().values()))
    )
    app.include_router(link_page.router(db, place.links, place.zone))
    app.include_router(page.router)
    app.mount("/static", page.PageFiles(directory=page.DIST, check_dir=False), name="static")
    problems.install(app, on_full=in_database.note)
    openapi.install(app, API)
    _guard(app, settings, people)
    _bound(app, settings)
    return app


def _application_key(settings: ServerSettings) -> Callable[[], str | None]:
    """Return what gives browsers the key for Web Push; also where another server sends. Raises SettingsError."""
    file = settings.delivery.of_channel(web_push.CHANNEL).key_file
    own = push_keys.read(file) if file else None
    public = push_keys.public_key(own) if own else None
    return lambda: public


def _of_pages(settings: ServerSettings) -> dict[Callable[..., Any], Callable[..., Any]]:
    """Return what the handlers of reports and of the map ask for. Raises SettingsError for a map that is none."""
    if settings.map.areas:
        areas_of(settings.map.areas)
    return {report_settings: lambda: settings.reports, overview.map_settings: lambda: settings.map}


def _include_accounts(app: FastAPI, settings: ServerSettings, people: People, entrance: SignIn) -> None:
    """Let people sign in, also by another server where one is set. Raises SettingsError."""
    door = session.router(people, entrance, has_oidc=settings.oidc is not None, zone=settings.timezone)
    app.include_router(door, prefix=API)
    app.include_router(own.router(people, entrance), prefix=API)
    app.include_router(standing.router(people), prefix=API)
    if settings.oidc is None:
        return
    issuer = Issuer(settings.oidc, fetcher(settings.oidc.answer_s))
    makes_accounts = settings.oidc.makes_accounts
    app.include_router(oidc_api.router(people, entrance, issuer, makes_accounts=makes_accounts), prefix=API)


def _include_media(app: FastAPI, settings: ServerSettings, db: Database, uploads: Incoming | None) -> None:
    """Let stations bring pictures and clips, and people look at them, where they are taken in."""
    if uploads is None:
        return
    archive = archive_of(settings.media)
    take = upload.Uploads(
        db, uploads, archive, Room(uploads, settings.budgets), settings.budgets, settings.media.keep_days or 0
    )
    app.include_router(upload.router(take), prefix=API)
    app.include_router(viewing.router(archive), prefix=API)
    files = Attachments(db, uploads, archive_of(settings.media, "attachments"), uuid7)
    app.include_router(attachments.router(files), prefix=API)


def _include_documents(app: FastAPI, settings: ServerSettings, db: Database) -> None:
    """Let the stations fetch their documents, where the centre has a key to sign them. Raises SettingsError."""
    if settings.proof.key_file is not None:
        maker = Maker(db, signing_key.read(settings.proof.key_file), settings.zone, settings.documents)
        app.include_router(documents.router(maker), prefix=API)


def _guard(app: FastAPI, settings: ServerSettings, people: People) -> None:
    """Put the guard before all routes, each of which declares what it needs."""
    hosts = allowed_hosts(is_loopback=settings.is_loopback(), names=settings.allowed_hosts)
    site = Site(hosts, settings.is_https)
    routes = app.router.routes
    if forgotten := undeclared(routes):
        raise AssertionError(f"routes without a permission: {', '.join(forgotten)}")
    app.add_middleware(Guard, site=site, recognise=people.recognise, routes=routes)


def _bound(app: FastAPI, settings: ServerSettings) -> None:
    """Put the bounds of a request before everything else: what is added last sees it first."""
    limits = settings.limits
    app.add_middleware(Requests, rate=Rate("requests", burst=limits.requests_burst, per_s=limits.requests_s))
    longest = {("PATCH", ""): settings.media.largest_mib << 20, ("POST", "/attachments"): attachments.MOST_BYTES}
    longest |= dict.fromkeys((("POST", "/limits/import/check"), ("POST", "/limits/import")), importing.MOST_BYTES)
    app.add_middleware(Outermost, is_behind_tls=settings.is_https, longest=longest, pictures_from=settings.map.origin)


def _place(db: Database, settings: ServerSettings) -> Place:
    """Return the district as alerts are told in it."""
    links = Links(db, settings.public_url, timedelta(hours=settings.delivery.link_hours))
    templates = read_texts(settings.delivery.texts_file)
    return Place(settings.public_url, links, settings.zone, settings.calendar.days(), templates)


def _rules(settings: ServerSettings) -> Rules:
    """Make the rules of sessions. Raises SettingsError for an open door."""
    return Rules(
        is_on=settings.accounts.is_on,
        is_behind_tls=settings.is_https,
        session_s=settings.accounts.session_days * _DAY_S,
        idle_s=settings.accounts.idle_days * _DAY_S,
        fixed_token=settings.read_token(),
    )


def _relay(settings: ServerSettings, db: Database, now: Callable[[], datetime]) -> Relay | None:
    """Make the relay of live cameras, when there is a broker to ask the stations by."""
    if settings.broker is None:
        return None
    return Relay(db, settings.broker, settings.live_video, new_id=uuid7, now=now)


def _desk(settings: ServerSettings, db: Database, now: Callable[[], datetime]) -> Desk | None:
    """Make the desk at which stations come in, when there is one. Raises SettingsError for an authority that cannot be
    used."""
    wanted = settings.enrolment
    if wanted is None:
        return None
    try:
        authority = Authority.open(wanted.authority) if wanted.authority else None
    except AuthorityError as exc:
        raise SettingsError(f"[enrolment] authority: {exc}") from exc
    media_url = wanted.url if settings.media.folder else ""
    return Desk(db, wanted, authority, media_url, settings.timezone, now)


def _proof(settings: ServerSettings, db: Database, now: Callable[[], datetime]) -> tuple[Keeper | None, Proof | None]:
    """Make the keeper of the proof, when there is a key. Raises SettingsError."""
    wanted = settings.proof
    if wanted.key_file is None:
        return None, None
    places = opened(wanted, now)
    pace = Pace(wanted.every_s, wanted.look_s, wanted.lists_days)
    keeper = Keeper(db, signing_key.read(wanted.key_file), places, pace)
    return keeper, Proof(wanted.every_s, frozenset(place.name for place in places), now())


def _of_broker(relay: Relay | None, db: Database, settings: ServerSettings) -> dict[str, _Work]:
    """Return the works that need the broker."""
    if relay is None:
        return {}
    works: dict[str, _Work] = {"live_video": relay.run, "views": relay.views.run}
    if settings.proof.key_file is not None:
        works["documents"] = Herald(db, relay.retain).run
    return works


def _media(db: Database, settings: MediaSettings, uploads: Incoming, now: Callable[[], datetime]) -> dict[str, _Work]:
    """Return the works on media: the disk is watched, leftovers go, and by age what the settings say."""
    leftovers = Leftovers(uploads, timedelta(days=settings.upload_days), now)
    works: dict[str, _Work] = {"disk": uploads.disk.run, "media": leftovers.run}
    if settings.keep_days is not None:
        works["media_retention"] = Retention(db, archive_of(settings), settings.keep_days).run
    return works


def _incoming(settings: ServerSettings) -> Incoming | None:
    """Make the place that takes in pictures and clips, when there is one."""
    if settings.media.folder is None:
        return None
    folder = settings.media.folder / "incoming"
    return Incoming(folder, settings.media.largest_mib << 20, Disk(folder, settings.budgets.free_mib << 20))


@dataclass(frozen=True, slots=True)
class _Delivery:
    """The worker that sends alerts, and the channels that it closes at its end. None of them: another server sends."""

    worker: Worker | None = None
    channels: Mapping[str, Channel] = field(default_factory=dict)

    @classmethod
    def of(cls, db: Database, settings: DeliverySettings, place: Place) -> "_Delivery":
        if not settings.is_enabled:
            return cls()
        network = Network(settings.attempt_s, settings.allow_private_addresses, settings.ports)
        opened = {kind.name: kind.open(settings.of_channel(kind), network) for kind in channels().values()}
        rates = {kind.name: kind.rate for kind in channels().values()}
        return cls(Worker(db, settings, stages(db, settings, opened, rates, place), tuple(opened)), opened)

    @property
    def email(self) -> EmailChannel | None:
        """Return the channel by which files go, too; None: this server sends nothing."""
        channel = self.channels.get("email")
        return channel if isinstance(channel, EmailChannel) else None

    def is_well(self) -> bool:
        return self.worker is None or self.worker.is_well()

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[None]:
        """Send deliveries during the block."""
        if self.worker is None:
            yield
            return
        try:
            async with supervisor.running({"delivery": self.worker.run}):
                yield
            await self.worker.close()
        finally:
            for channel in self.channels.values():
                await channel.close()
