"""The demo's subscribers: mails are taken, and one of three messages is answered by its link."""

import json
import smtplib
from email.message import EmailMessage
from pathlib import Path

from shian.demo.alerts import link_in, link_of
from shian.demo.answers import Answers
from shian.demo.mailbox import Mailbox
from tests.support.webhooks import Answer, receiving


def test_one_of_three_is_answered_when_it_was_read_and_each_once() -> None:
    pressed: list[str] = []
    time = [0.0]
    answers = Answers(1, 30.0, pressed.append, lambda: time[0])
    for number in (0, 1, 1, 2, 3, 4):
        answers.read(f"http://127.0.0.1/a/{number}")
    answers.read("")
    answers.look()
    assert pressed == []
    time[0] = 30.0
    answers.look()
    answers.look()
    assert pressed == ["http://127.0.0.1/a/1", "http://127.0.0.1/a/4"]


def test_a_link_that_does_nothing_any_more_ends_nothing() -> None:
    with receiving(lambda _: Answer(410)) as server:
        answers = Answers(0, 0.0)
        answers.read(f"{server.address}/a/x")
        answers.look()
        assert [request.path for request in server.received] == ["/hook/a/x"]


def test_the_link_is_found_in_both_messages() -> None:
    data = {"rule": "failed_test", "occasion": "new", "acknowledge_url": "http://127.0.0.1:8000/a/Ab-1_"}
    assert link_of({"data": data}) == "http://127.0.0.1:8000/a/Ab-1_"
    for other in ({"occasion": "resolved"}, {"rule": "drill"}, {"acknowledge_url": None}):
        assert link_of({"data": data | other}) == ""
    assert link_of([]) == ""
    assert link_in("签收：http://127.0.0.1:8000/a/Ab-1_\n查看：http://127.0.0.1:8000/alerts?open=1") == (
        "http://127.0.0.1:8000/a/Ab-1_"
    )
    assert link_in("查看：http://127.0.0.1:8000/alerts?open=1") == ""


def test_a_mail_is_taken_logged_and_read(tmp_path: Path) -> None:
    read: list[str] = []
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = "a@b.example", "c@d.example", "快检", "<1@b>"
    mail.set_content("第一行\n.一个点\n")
    mail.add_alternative("<p>x</p>", subtype="html")
    log = tmp_path / "logs" / "mail.log"
    with Mailbox(log, read.append) as box, smtplib.SMTP("127.0.0.1", box.port, timeout=30) as client:
        client.send_message(mail)
        assert client.docmd("VRFY", "x")[0] == 502
    (line,) = log.read_text("utf-8").splitlines()
    said = json.loads(line)
    assert (said["to"], said["subject"], said["text"]) == ("c@d.example", "快检", "第一行\n.一个点\n")
    assert read == [said["text"]]
