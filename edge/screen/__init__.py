"""The station's own screen: a small web server beside the agent, and its page. `shian edge screen`.

    browser (a tablet, a kiosk) -HTTP-> edge/screen -agent.sock-> agent

A process of its own: it keeps nothing but who is signed in, and all that is registered, laid out or handed over goes to
the agent in one request each. The agent does not notice when it dies, and it goes on when the agent is started again.

    app.py        the whole server in one function
    agents.py     connections to the agent, lent to one request at a time
    news.py       one thread that waits for news of the agent, and tells every open page
    asks.py       what the page may ask the agent
    guard.py      whose requests are taken: this page's alone
    operators.py  who is signed in, by PIN
    label/        the label of a sample, by the browser or by a printer
    photos.py     photographs that people take, brought to the agent
    board/        the market's board for a television; off by default
    page/         the page: plain modules of JavaScript, no build; page/words has every text
"""
