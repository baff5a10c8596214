"""A machine that uses the system as its first user and means it harm (TigerBeetle's habit).

The classes are the real ones: decoders, Session, Intake, Recorder, Spool and Uplink of the edge; Worker, Store and
receipts of ingest; the walk behind `shian verify`; a real PostgreSQL. Only the serial line and the broker
between them are in memory, and only the world outside of them is injected (clocks, kills, losses).

clocks       one time for all; each side may be wrong about it
puppets      a thread that moves only when it is told to
analyzers    virtual analyzers, and the truth: every test that was made
network      the broker in memory
box          an agent on its folder: killed, copied, restored
centre       ingest's workers on a database whose now() is ours
world        the whole, with everything that may be done to it
invariants   the promises that must hold at every quiet point
machine      hypothesis chooses the steps, and shrinks its findings
diary        steps as text: a finding can be read, and done again

    python -m tests.simulate --minutes 60 --seed 7
    python -m tests.simulate --repeat found.txt
"""
