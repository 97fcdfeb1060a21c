"""Long calls: Ctrl-C, limits, other threads, progress."""

import os
import signal
import threading
import time

import pytest

import counterproof

# far more than any of these tests waits for
LONG = {"m": 8, "d": 3, "bound": 3, "budget": 10**9}


def test_ctrl_c_ends_the_work_and_keeps_what_is_decided():
    def press():
        time.sleep(1)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press)
    # what runs in the background of a shell begins with the signal ignored
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        start = time.monotonic()
        thread.start()
        with pytest.raises(KeyboardInterrupt) as raised:
            counterproof.search_embedding(**{**LONG, "d": [1, 3]}, time_limit=60)
        thread.join()
    finally:
        signal.signal(signal.SIGINT, before)
    assert time.monotonic() - start < 6
    assert isinstance(raised.value, counterproof.Interrupted)
    records = raised.value.records
    assert [record.params["d"] for record in records] == [1, 3]
    assert records[1].verdict == "undecided" and records[1].reason == "interrupted"
    # the next call is not interrupted
    assert counterproof.verify("qc-histogram", n=3, m=2)[0].verdict == "verified"


def test_a_time_limit():
    start = time.monotonic()
    record = counterproof.search_embedding(**LONG, time_limit="0.5", threads=1)[0]
    assert time.monotonic() - start < 5
    assert record.verdict == "undecided"


def test_other_threads_run_meanwhile():
    ticks = []
    done = threading.Event()

    def tick():
        while not done.is_set():
            ticks.append(1)
            time.sleep(0.01)

    thread = threading.Thread(target=tick)
    thread.start()
    counterproof.search_embedding(**LONG, time_limit=1, threads=1)
    done.set()
    thread.join()
    assert len(ticks) > 20


def test_calls_on_several_threads_do_not_mix():
    found = {}

    def call(m):
        found[m] = counterproof.search_collision([[k * k] for k in range(m)])[0].params["m"]

    threads = [threading.Thread(target=call, args=(m,)) for m in range(2, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {m: m for m in range(2, 7)}


class Bar:
    """What tqdm is called with."""

    made: list["Bar"] = []

    def __init__(self, total, desc):
        self.total, self.desc, self.n, self.closed, self.words = total, desc, 0, False, []
        Bar.made.append(self)

    def update(self, by):
        self.n += by

    def set_postfix_str(self, text, refresh=True):
        self.words.append(text)

    def close(self):
        self.closed = True


def test_progress_has_the_interface_of_tqdm():
    Bar.made.clear()
    counterproof.verify("qc-histogram", n=[3, 4], m=[2, 3], progress=Bar)
    assert [(bar.total, bar.n, bar.closed) for bar in Bar.made] == [(4, 4, True)]
    assert Bar.made[0].words[-1] == "qc-histogram-n4-m3-d3"


def test_an_exception_of_the_bar_ends_the_work():
    class Broken(Bar):
        def update(self, by):
            raise OSError("no more room")

    start = time.monotonic()
    with pytest.raises(OSError, match="no more room"):
        counterproof.search_embedding(**LONG, progress=Broken)
    assert time.monotonic() - start < 5
