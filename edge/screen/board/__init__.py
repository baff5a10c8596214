"""The market's board: a page for a television at the entrance, in words that may be public. Off by default.

settings.py  the policy: who allowed it, and what may be shown
rows.py      today's tests as rows of stall, food and a public word
routes.py    /board/: its page and its data, without a sign-in, and nothing else
page/        the page, with files of its own
"""
