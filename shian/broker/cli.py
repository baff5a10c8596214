"""`shian broker`: the files of a broker, from one declaration."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from process.language import t
from process.private_files import replace
from process.terminal import say
from shian.broker import emqx, mosquitto
from shian.broker.declaration import DEFAULT_PORT, BadNameError, Centre, Declaration, Files
from shian.failures import CannotError

app = typer.Typer(no_args_is_help=True, add_completion=False, help=t("Files of a broker", "消息代理的配置文件"))


class Kind(StrEnum):
    """Broker that files are written for."""

    MOSQUITTO = "mosquitto"
    EMQX = "emqx"


# In the images of both brokers, with the secrets of docker-compose.yml.
_SECRETS = "/run/secrets"
_ACCESS = {Kind.MOSQUITTO: "/mosquitto/config/acl", Kind.EMQX: "/opt/emqx/etc/shian-acl.conf"}
_STORE = {Kind.MOSQUITTO: "/mosquitto/data", Kind.EMQX: ""}
_NAMES = {Kind.MOSQUITTO: ("mosquitto.conf", "acl"), Kind.EMQX: ("emqx.conf", "emqx-acl.conf")}


@app.callback()
def _group() -> None: ...


@app.command(
    help=t("Write a broker's two files: its configuration and its access list", "生成代理的配置与访问控制列表")
)
def config(
    kind: Annotated[Kind, typer.Option("--for", help=t("the broker", "代理类型"))],
    out: Annotated[Path, typer.Option(help=t("the folder to write them to", "输出目录"))],
    *,
    address: Annotated[str, typer.Option(help=t("to listen on; else every one", "监听地址；缺省为全部"))] = "",
    port: Annotated[int, typer.Option(min=1, max=65535)] = DEFAULT_PORT,
    ingest: Annotated[
        list[str] | None, typer.Option(help=t("certificate of an ingest; again for each", "ingest 证书名，可重复"))
    ] = None,
    server: Annotated[
        list[str] | None, typer.Option(help=t("certificate of a server; again for each", "server 证书名，可重复"))
    ] = None,
    ca: Annotated[str, typer.Option(help=t("as the broker finds it", "代理可见的路径"))] = f"{_SECRETS}/ca.crt",
    certificate: Annotated[
        str, typer.Option(help=t("as the broker finds it", "代理可见的路径"))
    ] = f"{_SECRETS}/broker.crt",
    key: Annotated[str, typer.Option(help=t("as the broker finds it", "代理可见的路径"))] = f"{_SECRETS}/broker.key",
    access: Annotated[
        str | None, typer.Option(help=t("the access list as the broker finds it", "代理可见的访问控制列表路径"))
    ] = None,
    store: Annotated[str | None, typer.Option(help=t("folder of the broker's data", "代理的数据目录"))] = None,
    crl: Annotated[
        str | None,
        typer.Option(help=t("the list of revoked certificates (Mosquitto)", "证书吊销列表（Mosquitto）")),
    ] = None,
) -> None:
    if crl and kind is Kind.EMQX:
        raise CannotError(
            t(
                "EMQX takes lists of revoked certificates from an address in the certificate alone: docs/broker.md",
                "EMQX 只从证书中的地址获取吊销列表：见 docs/broker.md",
            )
        )
    files = Files(ca, certificate, key, access or _ACCESS[kind], store or _STORE[kind], crl)
    try:
        centre = Centre(tuple(ingest or ("ingest",)), tuple(server or ("server",)))
    except BadNameError as exc:
        raise CannotError(str(exc)) from exc
    for name, text in written(kind, Declaration(files, port, address, centre)).items():
        try:
            out.mkdir(parents=True, exist_ok=True)
            replace(out / name, text.encode(), 0o644)
        except OSError as exc:
            raise CannotError(f"{out / name}: {exc.strerror}") from exc
        say(str(out / name))


def written(kind: Kind, declared: Declaration) -> dict[str, str]:
    """Return the texts of both files by their names."""
    configuration, access = _NAMES[kind]
    broker = mosquitto if kind is Kind.MOSQUITTO else emqx
    return {configuration: broker.configuration(declared), access: broker.access(declared.centre)}


def shipped() -> dict[str, str]:
    """Return the files in deploy/broker by their names: what the command writes if nothing is asked for."""
    texts: dict[str, str] = {}
    for kind in Kind:
        texts |= written(kind, Declaration(_in_compose(kind)))
    return texts


def shipped_with_the_revoked() -> str:
    """Return deploy/enrolment/mosquitto.conf: the same with the list that the server writes."""
    declared = Declaration(_in_compose(Kind.MOSQUITTO, "/run/revoked/revoked.pem"))
    return written(Kind.MOSQUITTO, declared)["mosquitto.conf"]


def _in_compose(kind: Kind, revoked: str | None = None) -> Files:
    pair = (f"{_SECRETS}/broker.crt", f"{_SECRETS}/broker.key")
    return Files(f"{_SECRETS}/ca.crt", *pair, _ACCESS[kind], _STORE[kind], revoked)
