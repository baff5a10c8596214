"""Checks the broker and the database, as the processes will meet them."""

import threading
from collections.abc import Iterator
from typing import Any

import paho.mqtt.client as mqtt
import psycopg
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from process.connections import Broker, introduce
from process.language import t
from process.settings import SettingsError
from shian.checks import Finding, clock
from storage.errors import StorageError
from storage.exchange import Connection
from storage.migrate import check, shipped, version
from wire.codec import MAX_BYTES

_ANSWER_S = 10.0
_OLDEST, _NEWEST = 15, 18
# A publish also carries its topic, properties and header.
_NEEDED_PACKET = MAX_BYTES + 1024


def broker(settings: Broker) -> Iterator[Finding]:
    place = f"{settings.host}:{settings.port}"
    answered = threading.Event()
    answer: dict[str, Any] = {}

    def on_connect(
        _client: mqtt.Client, _data: object, _flags: object, reason: ReasonCode, properties: Properties | None
    ) -> None:
        answer.update(reason=reason, limit=getattr(properties, "MaximumPacketSize", None))
        answered.set()

    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="shian-doctor", protocol=mqtt.MQTTv5)
    client.on_connect = on_connect
    try:
        introduce(client, settings)
        client.connect(settings.host, settings.port, keepalive=30)
    except (OSError, SettingsError) as exc:
        yield Finding(
            "fail", "broker", f"{place}: {exc}", t("is it running? is the address right?", "是否已启动？地址是否正确？")
        )
        return
    client.loop_start()
    is_answered = answered.wait(_ANSWER_S)
    client.disconnect()
    client.loop_stop()
    yield judge_broker(place, answer.get("reason") if is_answered else None, answer.get("limit"))


def judge_broker(place: str, reason: ReasonCode | None, limit: int | None) -> Finding:
    if reason is None:
        text = t(f"{place}: no answer to MQTT 5", f"{place}：对 MQTT 5 无应答")
        return Finding("fail", "broker", text, t("use a broker that speaks MQTT 5", "请使用支持 MQTT 5 的代理"))
    if reason.is_failure:
        text = t(f"{place}: refused: {reason}", f"{place}：被拒绝：{reason}")
        return Finding("fail", "broker", text, t("check user, password and certificate", "请检查用户名、密码与证书"))
    if limit is not None and limit < _NEEDED_PACKET:
        text = t(f"{place}: takes packets of {limit} bytes only", f"{place}：最大报文仅 {limit} 字节")
        hint = t(f"set its maximum packet size to {_NEEDED_PACKET} or more", f"请将其最大报文设为至少 {_NEEDED_PACKET}")
        return Finding("fail", "broker", text, hint)
    size = t("no limit given", "未限制") if limit is None else str(limit)
    return Finding("ok", "broker", t(f"{place}: MQTT 5, packets up to: {size}", f"{place}：MQTT 5，最大报文：{size}"))


def database(dsn: str) -> Iterator[Finding]:
    try:
        with Connection.connect(dsn, connect_timeout=10, autocommit=True) as connection:
            yield _server(connection)
            yield _schema(connection)
            yield _timescale(connection)
            yield from clock.skew(connection)
    except psycopg.Error as exc:
        yield Finding(
            "fail",
            "database",
            str(exc).strip(),
            t("is it running? is the DSN right?", "是否已启动？连接地址是否正确？"),
        )


def _server(connection: "psycopg.Connection[tuple[object, ...]]") -> Finding:
    major = connection.info.server_version // 10_000
    text = f"PostgreSQL {connection.info.parameter_status('server_version')}"
    if major < _OLDEST:
        return Finding("fail", "database", text, t(f"use {_OLDEST} or newer", f"请使用 {_OLDEST} 或更高版本"))
    if major > _NEWEST:
        return Finding("warn", "database", text, t(f"tested up to {_NEWEST}", f"仅测试到 {_NEWEST}"))
    return Finding("ok", "database", text)


def _schema(connection: "psycopg.Connection[tuple[object, ...]]") -> Finding:
    have, want = version(connection), max(migration.number for migration in shipped())
    try:
        check(connection)
    except StorageError as exc:
        return Finding("fail", "database", str(exc), t("update this program", "请升级本程序"))
    if have < want:
        text = t(f"schema {have}, this version has {want}", f"结构版本 {have}，当前程序为 {want}")
        return Finding("fail", "database", text, t("run `shian migrate`", "请运行 shian migrate"))
    return Finding("ok", "database", t(f"schema {have}, up to date", f"结构版本 {have}，已是最新"))


def _timescale(connection: "psycopg.Connection[tuple[object, ...]]") -> Finding:
    row = connection.execute("SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'").fetchone()
    if row:
        return Finding("ok", "database", f"TimescaleDB {row[0]}")
    return Finding("ok", "database", t("plain PostgreSQL, without TimescaleDB", "普通 PostgreSQL，未安装 TimescaleDB"))
