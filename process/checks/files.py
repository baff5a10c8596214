"""Each file that settings name is opened as the process will open it."""

import os
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import BaseModel

from process.checks.findings import Finding, note
from process.connections import Broker
from process.language import t
from process.named_files import Key, Use, named_files
from process.private_files import openness
from process.settings import CREDENTIALS

_SOON = timedelta(days=14)


def look_at_files(settings: BaseModel) -> Iterator[Finding]:
    """Yield what is wrong with the files and folders that the settings name."""
    for named in named_files(settings):
        if str(named.path).startswith(CREDENTIALS):
            yield note(
                named.key,
                t(
                    f"{named.path}: systemd hands it over at the start; it is not opened here",
                    f"{named.path}：由 systemd 在启动时提供，此处未打开",
                ),
            )
        elif named.use is not None:
            try:
                yield from _LOOKS[named.use](named.key, named.path)
            except OSError as exc:
                yield _unreadable(named.key, named.path, exc, _REMEDIES[named.use]())


def look_at_broker(key: Key, broker: Broker) -> Iterator[Finding]:
    """Yield whether the certificate and the key of a broker's client belong together. Files that cannot be opened are
    named elsewhere."""
    if broker.cert_file and broker.key_file:
        yield from _together((*key, "key_file"), broker.cert_file, broker.key_file)
    if broker.password_file and not broker.username:
        yield Finding(
            (*key, "password_file"),
            t("a password without `username` is never sent", "只有密码而没有 username，不会生效"),
        )


def _secret(key: Key, path: Path) -> Iterator[Finding]:
    content = path.read_bytes()
    yield from _openness(key, path)
    try:
        text = content.decode().strip()
    except UnicodeDecodeError:
        yield Finding(key, t(f"{path}: not UTF-8", f"{path}：不是 UTF-8 编码"))
        return
    if not text:
        yield Finding(key, t(f"{path}: the file is empty", f"{path}：文件为空"))


def _certificates(key: Key, path: Path) -> Iterator[Finding]:
    content = path.read_bytes()
    try:
        found = x509.load_pem_x509_certificates(content)
    except ValueError:
        yield Finding(key, t(f"{path}: no certificate in PEM", f"{path}：没有 PEM 格式的证书"))
        return
    now = datetime.now(UTC)
    for certificate in found:
        ends = certificate.not_valid_after_utc
        if ends <= now:
            yield Finding(
                key,
                t(
                    f"{path}: the certificate ended on {ends:%Y-%m-%d}: a new one is needed (docs/deploy.md)",
                    f"{path}：证书已于 {ends:%Y-%m-%d} 到期，须更换（docs/deploy.md）",
                ),
            )
        elif certificate.not_valid_before_utc > now:
            begins = certificate.not_valid_before_utc
            yield Finding(
                key,
                t(
                    f"{path}: the certificate begins on {begins:%Y-%m-%d}: look at this machine's clock",
                    f"{path}：证书自 {begins:%Y-%m-%d} 起有效，请检查本机时钟",
                ),
            )
        elif ends <= now + _SOON:
            yield note(
                key,
                t(
                    f"{path}: the certificate ends on {ends:%Y-%m-%d}",
                    f"{path}：证书将于 {ends:%Y-%m-%d} 到期",
                ),
            )


def _key(key: Key, path: Path) -> Iterator[Finding]:
    content = path.read_bytes()
    yield from _openness(key, path)
    try:
        load_pem_private_key(content, None)
    except (ValueError, TypeError):
        yield Finding(
            key,
            t(
                f"{path}: no private key in PEM without a passphrase",
                f"{path}：没有不带口令的 PEM 格式私钥",
            ),
        )


def _pair(key: Key, path: Path) -> Iterator[Finding]:
    wrong = [*_key(key, path), *_certificates(key, path)]
    yield from wrong
    if not any(finding.is_fault for finding in wrong):
        yield from _together(key, path, path)


def _together(key: Key, certificate: Path, private: Path) -> Iterator[Finding]:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(certificate, private, password=lambda: b"")
    except ssl.SSLError as exc:
        if exc.reason == "KEY_VALUES_MISMATCH":
            yield Finding(
                key,
                t(
                    f"{private} is not the key of the certificate in {certificate}",
                    f"{private} 不是 {certificate} 中证书的私钥",
                ),
            )
    except OSError:
        return


def _text(key: Key, path: Path) -> Iterator[Finding]:
    try:
        path.read_bytes().decode()
    except UnicodeDecodeError:
        yield Finding(key, t(f"{path}: not UTF-8", f"{path}：不是 UTF-8 编码"))


def _folder(_: Key, path: Path) -> Iterator[Finding]:
    next(path.iterdir(), None)  # as it will be read; the error says more than a mode
    return iter(())


def _own_folder(key: Key, path: Path) -> Iterator[Finding]:
    there = path if path.exists() else next(parent for parent in path.absolute().parents if parent.exists())
    if not there.is_dir():
        yield Finding(key, t(f"{there} is no folder", f"{there} 不是目录"))
    elif not os.access(there, os.W_OK | os.X_OK):
        yield Finding(
            key,
            t(
                f"{path} cannot be written: {there} belongs to another user",
                f"{path} 无法写入：{there} 属于其他用户",
            ),
        )


def _own_file(key: Key, path: Path) -> Iterator[Finding]:
    if path.is_dir():
        yield Finding(key, t(f"{path} is a folder, not a file", f"{path} 是目录，不是文件"))
    elif not path.parent.is_dir():
        yield Finding(key, t(f"{path.parent} is not there: mkdir {path.parent}", f"{path.parent} 不存在，请先创建"))
    else:
        yield from _own_folder(key, path.parent)


def _own_key(key: Key, path: Path) -> Iterator[Finding]:
    return (_key if path.exists() else _own_file)(key, path)


def _openness(key: Key, path: Path) -> Iterator[Finding]:
    if complaint := openness(path):
        yield Finding(key, complaint)


def _unreadable(key: Key, path: Path, error: OSError, remedy: str) -> Finding:
    if isinstance(error, FileNotFoundError):
        what = t("there is no such file", "文件不存在")
    elif isinstance(error, PermissionError):
        what = t("this user may not read it", "当前用户无权读取")
    else:
        what = str(error.strerror)
    missing = isinstance(error, FileNotFoundError)
    return Finding(key, f"{path}: {what}" + (f"; {remedy}" if missing and remedy else ""))


_LOOKS: dict[Use, Callable[[Key, Path], Iterator[Finding]]] = {
    Use.SECRET: _secret,
    Use.CERTIFICATES: _certificates,
    Use.KEY: _key,
    Use.PAIR: _pair,
    Use.TEXT: _text,
    Use.FOLDER: _folder,
    Use.OWN_FOLDER: _own_folder,
    Use.OWN_FILE: _own_file,
    Use.OWN_KEY: _own_key,
}
# Functions: the language is chosen when they are called.
_REMEDIES: dict[Use, Callable[[], str]] = {
    Use.SECRET: lambda: t(
        "write the secret into it, and nothing else: install -m 600 /dev/stdin FILE",
        "请把口令单独写入该文件：install -m 600 /dev/stdin 文件",
    ),
    Use.CERTIFICATES: lambda: t(
        "copy the certificate there, or enrol anew: shian edge enroll, shian ca",
        "请把证书复制到该处，或重新登记：shian edge enroll、shian ca",
    ),
    Use.KEY: lambda: t("make or copy the key first (docs/deploy.md)", "请先生成或复制私钥（docs/deploy.md）"),
    Use.PAIR: lambda: t("make one: shian ca server NAME --out FILE", "请生成：shian ca server 主机名 --out 文件"),
    Use.TEXT: lambda: t("write it, or take the line out", "请编写该文件，或删除此行"),
    Use.FOLDER: lambda: t("make it, or take the line out", "请创建该目录，或删除此行"),
    Use.OWN_FOLDER: lambda: "",
    Use.OWN_FILE: lambda: "",
    Use.OWN_KEY: lambda: "",
}
