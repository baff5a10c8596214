"""The message to a browser, as the console's service worker reads it (server/console/public/push.js). Pure.

`texts` has the message in each language of the subscription: the browser shows the one that is its own. `answer`: the
link of the button; `alert`: what a click opens.
"""

import json
from typing import Any

from server.delivery.channel import Notice, Recipient
from server.delivery.message import TEST
from server.delivery.texts.text import Text, cut, texts_of
from wire.words import terms, vocabularies

# RFC 8291, 4: 3,993 bytes fit into the one record of 4,096. Quotation marks may double what a text takes in JSON.
MOST_TEXT = 3_000
_MOST_BYTES = 3_900
_LEAST_SHARE = 200
_BUTTONS = terms(vocabularies()["link"])


def payload(to: Recipient, notice: Notice) -> bytes:
    """Return the message; lines are cut first, and what says that a test is a screening never."""
    texts = texts_of(notice, to.language)
    share = MOST_TEXT // len(texts)
    while len(packed := _packed(notice, texts, share)) > _MOST_BYTES and share > _LEAST_SHARE:
        share = share * 3 // 4
    return packed


def _packed(notice: Notice, texts: tuple[Text, ...], share: int) -> bytes:
    is_test = notice.alert.rule == TEST
    said: dict[str, Any] = {
        "id": notice.id,
        "alert": "" if is_test or notice.others else str(notice.alert.id),
        "is_test": is_test,
        "is_urgent": notice.alert.severity == "critical",
        "answer": notice.acknowledge,
        "texts": [_shown(text, share, is_test=is_test) for text in texts],
    }
    return json.dumps(said, ensure_ascii=False).encode()


def _shown(text: Text, share: int, *, is_test: bool) -> dict[str, str]:
    title = cut(text.title, share // 3)
    room = share - len(title.encode()) - len(text.notice.encode())
    body = "\n".join(filter(None, (cut("\n".join(text.lines), max(0, room)), text.notice)))
    button = _BUTTONS["confirm" if is_test else "acknowledge"].text(chinese=text.language == "zh")
    return {"language": text.language, "title": title, "body": body, "button": button}
